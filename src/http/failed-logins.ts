import { hash } from 'node:crypto';
import { addressGroup } from '../intake/address-group.ts';

/** Wrong tokens from one address within the window, and from all addresses together, after which others are told to wait. */
const LIMITS = { perAddress: 10, overall: 200 };
const WINDOW_MS = 10 * 60_000;

/**
 * Counts who guesses tokens. Counted are different wrong tokens: a client with an old one repeats that, and is no guesser.
 * Whoever guesses is told to wait until the window ends; when many addresses guess at once, so is every address. It is about
 * wrong tokens alone: strangers must not keep out who has a right one, and behind a proxy all have one address. In memory,
 * at most `LIMITS.overall` guesses and as many addresses.
 */
export class FailedLogins {
  readonly #clock: () => number;
  /** Digests of wrong tokens by address. */
  readonly #guesses = new Map<string, Set<string>>();
  #count = 0;
  #windowEndsAtMs = 0;

  /** @param clock epoch milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** How long an address has to wait before another wrong token of its is counted; 0 when it need not. */
  waitMs(address: string): number {
    const leftMs = this.#windowEndsAtMs - this.#clock();
    if (leftMs <= 0) return 0;
    const isFull = (this.#guesses.get(addressGroup(address))?.size ?? 0) >= LIMITS.perAddress;
    return isFull || this.#count >= LIMITS.overall ? leftMs : 0;
  }

  /** Counts a wrong token of an address that need not wait. */
  failed(address: string, token: string): void {
    const nowMs = this.#clock();
    if (nowMs >= this.#windowEndsAtMs) {
      this.#guesses.clear();
      this.#count = 0;
      this.#windowEndsAtMs = nowMs + WINDOW_MS;
    }
    const group = addressGroup(address);
    const digests = this.#guesses.get(group) ?? new Set();
    const digest = hash('sha256', token, 'base64url');
    if (digests.has(digest)) return;
    this.#guesses.set(group, digests.add(digest));
    this.#count += 1;
  }
}
