/**
 * Milliseconds on a clock that all processes of one machine share and that never jumps, so that a time taken where a
 * request starts can be subtracted from one taken where the delivery arrives. (`performance.timeOrigin` would do too, but
 * every process reads it from the wall clock anew, and the wall clock is adjusted while a benchmark runs.)
 */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * Waits for something, but not for ever.
 *
 * @throws Error naming what was waited for.
 */
export async function within<Result>(
  limitMs: number,
  what: string,
  promise: Promise<Result>,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what}: not within ${limitMs / 1_000} s`));
    }, limitMs);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
