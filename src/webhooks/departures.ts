/** How long what waits for a webhook that is no longer in the rules is kept: an editor may have saved half a file. */
export const KEPT_MS = 600_000;
/** A deletion is forgotten when what was under way then has long ended. */
const REMEMBERED_MS = 86_400_000;

/**
 * When webhooks went out of the rules. One that is missing in a rules file may come back with the next save; one that was
 * deleted does not, and another of its id is another webhook. All times are epoch milliseconds.
 */
export class Departures {
  readonly #startedAtMs = Date.now();
  readonly #leftAtMs = new Map<string, number>();
  readonly #deletedAtMs = new Map<string, number>();

  /** Other webhooks are in force. */
  replaced(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): void {
    const nowMs = Date.now();
    for (const id of before.keys()) if (!after.has(id)) this.#leftAtMs.set(id, nowMs);
    // One that left longer ago than it is waited for counts from the start, which is earlier still.
    for (const [id, leftAtMs] of this.#leftAtMs)
      if (after.has(id) || nowMs - leftAtMs > KEPT_MS) this.#leftAtMs.delete(id);
    for (const [id, deletedAtMs] of this.#deletedAtMs)
      if (nowMs - deletedAtMs > REMEMBERED_MS) this.#deletedAtMs.delete(id);
  }

  /** Somebody has deleted a webhook: it is not waited for. */
  deleted(id: string): void {
    this.#deletedAtMs.set(id, Date.now());
  }

  /** When a webhook of this id was last deleted, within a day and by this router; `undefined` when it was not. */
  deletedAtMs(id: string): number | undefined {
    return this.#deletedAtMs.get(id);
  }

  /** Whether a webhook that is not in the rules is not waited for: it was deleted, or has been missing for `KEPT_MS`. */
  isFinal(id: string): boolean {
    const leftAtMs = this.#leftAtMs.get(id) ?? this.#startedAtMs;
    return (this.#deletedAtMs.get(id) ?? -1) >= leftAtMs || Date.now() - leftAtMs >= KEPT_MS;
  }
}
