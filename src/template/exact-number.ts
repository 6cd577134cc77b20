import { parseKeepingDigits, type JsonValue } from '../check/json-text.ts';

/**
 * A number that JavaScript cannot hold, such as an id of 19 digits. Calculated with, it is the nearest number; copied
 * and made into text, it has the digits it came with.
 */
export class ExactNumber {
  readonly #digits: string;

  /** @param digits a number as JSON writes it. */
  constructor(digits: string) {
    this.#digits = digits;
  }

  valueOf(): number {
    return Number(this.#digits);
  }

  toString(): string {
    return this.#digits;
  }

  toJSON(): JsonValue {
    return parseKeepingDigits(this.#digits);
  }
}

/** Whether a number read from JSON text may have lost digits that matter: an integer too large, or infinite. */
export function hasLostDigits(value: number): boolean {
  return !Number.isSafeInteger(value) && (Number.isInteger(value) || !Number.isFinite(value));
}
