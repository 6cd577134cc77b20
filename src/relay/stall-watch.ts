/** Tells for how long something that could have been sent has not been. */
export class StallWatch {
  readonly #lookEveryMs: number;
  readonly #clock: () => number;
  #lastLookAtMs: number;
  /** Found in the last round over all webhooks, or already in this one. */
  #overdueMs = 0;
  #overdueInRound = 0;

  /**
   * @param lookEveryMs how often waiting deliveries are looked for; not looking at all is a stall too.
   * @param clock epoch milliseconds.
   */
  constructor(lookEveryMs: number, clock: () => number) {
    this.#lookEveryMs = lookEveryMs;
    this.#clock = clock;
    this.#lastLookAtMs = clock();
  }

  /** Looking begins now. */
  begin(): void {
    this.#lastLookAtMs = this.#clock();
  }

  /**
   * A part of the webhooks was looked at.
   *
   * @param overdueMs how long the oldest delivery among them that could be sent has been due.
   * @param isLastPart whether this completes a round over all webhooks. What was found stays until the next is complete.
   */
  looked(overdueMs: number, isLastPart: boolean): void {
    this.#lastLookAtMs = this.#clock();
    this.#overdueInRound = Math.max(this.#overdueInRound, overdueMs);
    this.#overdueMs = isLastPart ? this.#overdueInRound : Math.max(this.#overdueMs, this.#overdueInRound);
    if (isLastPart) this.#overdueInRound = 0;
  }

  /** Milliseconds; 0 when nothing is stuck. */
  get overdueMs(): number {
    return Math.max(this.#overdueMs, this.#clock() - this.#lastLookAtMs - this.#lookEveryMs);
  }
}
