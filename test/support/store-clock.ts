export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** The beginning of an hour, later than any real clock shows: what a real process made due is due by this clock, too. */
const BEGINNING_MS = Date.UTC(2100, 0, 1);

/** A clock that stands still until a test moves it. */
export class TestClock {
  #nowMs = BEGINNING_MS;

  /** The function that a store takes for its clock. */
  readonly read = (): number => this.#nowMs;

  /** Epoch milliseconds. */
  get nowMs(): number {
    return this.#nowMs;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }

  /** Puts the clock back, as an administrator or a time server does. */
  setBack(ms: number): void {
    this.#nowMs -= ms;
  }
}
