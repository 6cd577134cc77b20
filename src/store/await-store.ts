import { setTimeout as wait } from 'node:timers/promises';

/** How long a database that is not there yet is waited for: what is started together with it, or fails over, is there by then. */
export const PATIENCE_MS = 60_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** How somebody waits for a store. */
export interface Waiting {
  /** Told once for each reason why the store is not there yet. */
  readonly onAway: (reason: string) => void;
  /** Told when the store is there, if it had to be waited for. */
  readonly onThere: () => void;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a store, again and again with growing pauses as long as it is merely not there yet.
 *
 * @param mayCome whether an error says that the store may be there in a moment.
 * @throws what `open` throws: at once when waiting is of no use, else after `PATIENCE_MS` or when the waiting is ended.
 */
export async function awaitStore<Store>(
  open: () => Promise<Store>,
  mayCome: (error: unknown) => boolean,
  { onAway, onThere, signal }: Waiting,
): Promise<Store> {
  const untilMs = performance.now() + PATIENCE_MS;
  let told: string | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      const store = await open();
      if (told !== undefined) onThere();
      return store;
    } catch (error) {
      const isOver = performance.now() + pauseMs > untilMs || signal?.aborted === true;
      if (isOver || !mayCome(error)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== told) onAway(reason);
      told = reason;
    }
    await wait(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}
