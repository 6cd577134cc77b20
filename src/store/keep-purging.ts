const INTERVAL_MS = 3_600_000;

/**
 * Deletes now and every hour what was received longer ago than `retentionMs`, until the timer is cleared.
 *
 * @param store what is to be purged.
 * @param onFailure told why the store could not; that is tried again in an hour.
 */
export function keepPurging(
  store: { purge(beforeMs: number): Promise<unknown> },
  retentionMs: number,
  onFailure: (error: unknown) => void,
): NodeJS.Timeout {
  const purge = (): void => {
    store.purge(Date.now() - retentionMs).catch(onFailure);
  };
  purge();
  return setInterval(purge, INTERVAL_MS);
}
