import { setTimeout as wait } from 'node:timers/promises';

/** Each look at a router takes it some milliseconds of work. */
const LOOK_AGAIN_MS = 25;

/** For tests that start routers: on a machine that is busy with others each start takes seconds. */
export const PATIENT = { timeout: 60_000 };

/** Thrown when what a test waits for does not come. */
class NeverHappenedError extends Error {
  constructor(what: string, patienceMs: number) {
    super(`did not happen within ${patienceMs} ms: ${what}`);
    this.name = 'NeverHappenedError';
  }
}

/**
 * Waits until something is the case: asks again and again, and gives up after a time.
 *
 * @param what it waits for, told when it does not come.
 */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  patienceMs = 20_000,
): Promise<void> {
  const giveUpAtMs = Date.now() + patienceMs;
  while (!(await isSo())) {
    if (Date.now() > giveUpAtMs) throw new NeverHappenedError(what, patienceMs);
    await wait(LOOK_AGAIN_MS);
  }
}
