/**
 * Threads of the process's pool. Names are looked up in it, and one whose name servers do not answer holds its thread for
 * seconds; Node's own 4 leave 2 for lookups (https://nodejs.org/api/cli.html#uv_threadpool_sizesize).
 */
const THREADS = 32;

// Read when the pool is first used, so this module is the first that is imported. What the user has set stands.
process.env['UV_THREADPOOL_SIZE'] ??= String(THREADS);

/** How many names can be looked up at the same time: libuv gives them no more than half of its threads, rounded up. */
export function lookupThreads(): number {
  const threads = Number(process.env['UV_THREADPOOL_SIZE']);
  return Math.max(1, Math.ceil(threads / 2) || 1);
}
