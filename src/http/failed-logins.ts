import { hash } from 'node:crypto';

/** Wrong tokens from one address within the window, and from all addresses together, after which no more are looked at. */
const LIMITS = { perAddress: 10, overall: 200 };
const WINDOW_MS = 10 * 60_000;
const MAX_KNOWN_ADDRESSES = 1_000;

/**
 * Slows down who guesses tokens. Counted are different wrong tokens: a client with an old one repeats that, and must not
 * shut out others behind the same proxy. Over the limit an address is refused unlooked-at until the window ends; when many
 * addresses guess at once, so is every address that has not shown a good token before. In memory, at most
 * `LIMITS.overall` guesses and as many addresses.
 */
export class FailedLogins {
  readonly #clock: () => number;
  /** Digests of wrong tokens by address. */
  readonly #guesses = new Map<string, Set<string>>();
  readonly #known = new Set<string>();
  #count = 0;
  #windowEndsAtMs = 0;

  /** @param clock epoch milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** How long an address has to wait before a token of its is looked at; 0 when it need not. */
  waitMs(address: string): number {
    const leftMs = this.#windowEndsAtMs - this.#clock();
    if (leftMs <= 0) return 0;
    const group = groupOf(address);
    const isFull = (this.#guesses.get(group)?.size ?? 0) >= LIMITS.perAddress;
    const isFlooded = this.#count >= LIMITS.overall && !this.#known.has(group);
    return isFull || isFlooded ? leftMs : 0;
  }

  /** Counts a wrong token. */
  failed(address: string, token: string): void {
    const nowMs = this.#clock();
    if (nowMs >= this.#windowEndsAtMs) {
      this.#guesses.clear();
      this.#count = 0;
      this.#windowEndsAtMs = nowMs + WINDOW_MS;
    }
    const group = groupOf(address);
    const digests = this.#guesses.get(group) ?? new Set();
    const digest = hash('sha256', token, 'base64url');
    // What known addresses guess while the others are shut out is bounded for each of them.
    if (digests.has(digest) || digests.size >= LIMITS.perAddress) return;
    this.#guesses.set(group, digests.add(digest));
    this.#count += 1;
  }

  /** Remembers an address that has shown a good token. */
  succeeded(address: string): void {
    const group = groupOf(address);
    if (this.#known.has(group)) return;
    const [oldest] = this.#known;
    if (this.#known.size >= MAX_KNOWN_ADDRESSES && oldest !== undefined) this.#known.delete(oldest);
    this.#known.add(group);
  }
}

/** Who has one IPv6 address has the 2^64 beside it too (RFC 6177). */
function groupOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const whole = tail === undefined ? before : [...before, ...zeros, ...after];
  return whole.slice(0, 4).join(':');
}
