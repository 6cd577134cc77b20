/** How often a program that npm runs looks whether its shell is still there. */
const LOOK_MS = 500;

/**
 * Waits until this process is told to stop; a second signal ends it at once. npm runs scripts in a shell, and passes signals on
 * to that alone: some shells, such as dash, end then and say nothing to what they run. So the end of the shell counts as SIGTERM.
 */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        resolve(signal);
        process.once(signal, () => process.exit(1));
      });
    }
    if (process.env['npm_lifecycle_event'] === undefined) return;
    const shell = process.ppid;
    const looking = setInterval(() => {
      if (process.ppid === shell) return;
      clearInterval(looking);
      resolve('SIGTERM');
    }, LOOK_MS).unref();
  });
}
