/** How long what waits for a webhook that is no longer in the rules is kept: an editor may have saved half a file. */
export const KEPT_MS = 600_000;
/** A deletion is forgotten when what was under way then has long ended. */
const REMEMBERED_MS = 86_400_000;
/** For how long rules that were found to be the newest are believed to be so. */
const BELIEVED_MS = 5_000;

/**
 * When webhooks went out of the rules. One that is missing in a rules file may come back with the next save; one that was
 * deleted does not, and another of its id is another webhook.
 *
 * Only rules that are the newest tell that a webhook is missing. While the newest cannot be read or used here, other nodes
 * may well know it, so that no time passes then.
 */
export class Departures {
  /** When the rules in force were last found to be the newest; milliseconds of `performance.now()`. */
  #confirmedAtMs = Number.NEGATIVE_INFINITY;
  /** For how long the rules in force have been the newest. */
  #confirmedMs = 0;
  /** What `#confirmedMs` was when a webhook was first missing. */
  readonly #missingSinceMs = new Map<string, number>();
  /** Epoch milliseconds. */
  readonly #deletedAtMs = new Map<string, number>();

  /** The rules in force have just been found to be the newest; to be told so every few seconds. */
  confirmed(): void {
    const nowMs = performance.now();
    const passedMs = nowMs - this.#confirmedAtMs;
    if (passedMs <= BELIEVED_MS) this.#confirmedMs += passedMs;
    this.#confirmedAtMs = nowMs;
  }

  /** Other webhooks are in force. */
  replaced(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): void {
    for (const id of before.keys()) if (!after.has(id)) this.#missingSinceMs.set(id, this.#confirmedMs);
    for (const [id, sinceMs] of this.#missingSinceMs)
      if (after.has(id) || this.#confirmedMs - sinceMs > REMEMBERED_MS) this.#missingSinceMs.delete(id);
    const nowMs = Date.now();
    for (const [id, deletedAtMs] of this.#deletedAtMs)
      if (nowMs - deletedAtMs > REMEMBERED_MS) this.#deletedAtMs.delete(id);
  }

  /** Somebody has deleted a webhook: it is not waited for. */
  deleted(id: string): void {
    this.#deletedAtMs.set(id, Date.now());
    this.#missingSinceMs.set(id, this.#confirmedMs - KEPT_MS);
  }

  /** When a webhook of this id was last deleted, within a day and by this router; `undefined` when it was not. */
  deletedAtMs(id: string): number | undefined {
    return this.#deletedAtMs.get(id);
  }

  /**
   * Whether a webhook that is not in the rules is not waited for: it was deleted, or has been missing for `KEPT_MS` in which
   * the rules were the newest. One that was never there is missing from when it is first asked for: another node may have made
   * it just now.
   */
  isFinal(id: string): boolean {
    const sinceMs = this.#missingSinceMs.get(id);
    if (sinceMs === undefined) this.#missingSinceMs.set(id, this.#confirmedMs);
    const isBelieved = performance.now() - this.#confirmedAtMs <= BELIEVED_MS;
    return isBelieved && sinceMs !== undefined && this.#confirmedMs - sinceMs >= KEPT_MS;
  }
}
