import { TokenError, type GrantedToken } from './token-request.ts';

/** A token that is kept. */
interface KeptToken {
  readonly accessToken: string;
  readonly grantedAtMs: number;
  /** From when on another is fetched, while this one is used. */
  readonly renewAtMs: number;
  /** From when on another is waited for. */
  readonly lateAtMs: number;
  /** Until when it is used if there is no other. */
  readonly expiresAtMs: number;
}

/** How a token source gets its tokens. */
export interface TokenSourceOptions {
  /** @throws TokenError */
  readonly request: () => Promise<GrantedToken>;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A token is renewed so long before its end, or a fifth of its life if that is less. */
const AHEAD_MS = 60_000;
/** The last part of that time, in which a request with the old token might come too late. */
const LATE_PART = 1 / 6;
/** After a failure the endpoint is left alone for so long; each further failure doubles it. */
const FIRST_PAUSE_MS = 5_000;
/** It is left alone no longer than this, whatever it asks for: nothing that waits for its token can be sent. */
const LONGEST_PAUSE_MS = 300_000;
/** A target that refuses a token as new as this would refuse the next one too. */
const NEW_MS = 10_000;

/**
 * Keeps one access token and renews it in time: one request at a time, whoever asks, and none for a while after one failed.
 * Nobody waits for another token while the one that is kept is good.
 */
export class TokenSource {
  readonly #options: TokenSourceOptions;
  #kept: KeptToken | undefined;
  #renewal: Promise<string> | undefined;
  #failure: TokenError | undefined;
  #failures = 0;
  #pausedUntilMs = 0;

  constructor(options: TokenSourceOptions) {
    this.#options = options;
  }

  /**
   * A token that is good now.
   *
   * @throws TokenError when the endpoint gives none, or gave none a moment ago.
   */
  async token(): Promise<string> {
    const nowMs = this.#options.now();
    const kept = this.#kept;
    if (kept !== undefined && nowMs < kept.lateAtMs) {
      // Should it fail, that is told to whoever has to wait for the next.
      if (nowMs >= kept.renewAtMs) this.#renewed(nowMs).catch(() => undefined);
      return kept.accessToken;
    }
    try {
      return await this.#renewed(nowMs);
    } catch (error) {
      // What is still good for a moment must not fail because the endpoint is away.
      if (kept !== undefined && kept === this.#kept && nowMs < kept.expiresAtMs) return kept.accessToken;
      throw error;
    }
  }

  /**
   * Tells that a target refused a token, which is then not given out again. Whether another attempt may fare better: not
   * when the token is new.
   */
  reject(accessToken: string): boolean {
    const kept = this.#kept;
    // Another delivery has seen to it that there is a newer one.
    if (kept?.accessToken !== accessToken) return true;
    if (this.#options.now() - kept.grantedAtMs < NEW_MS) return false;
    this.#kept = undefined;
    return true;
  }

  #renewed(nowMs: number): Promise<string> {
    if (this.#renewal !== undefined) return this.#renewal;
    if (this.#failure !== undefined && nowMs < this.#pausedUntilMs) return Promise.reject(this.#failure);
    this.#renewal = this.#renew().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #renew(): Promise<string> {
    try {
      const granted = await this.#options.request();
      this.#failures = 0;
      this.#keep(granted);
      return granted.accessToken;
    } catch (error) {
      this.#pause(error instanceof TokenError ? error : new TokenError('the token could not be asked for'));
      throw this.#failure ?? error;
    }
  }

  #keep({ accessToken, expiresInMs = Number.POSITIVE_INFINITY }: GrantedToken): void {
    const grantedAtMs = this.#options.now();
    const aheadMs = Math.min(AHEAD_MS, expiresInMs / 5);
    const expiresAtMs = grantedAtMs + expiresInMs;
    const renewAtMs = expiresAtMs - aheadMs;
    const lateAtMs = expiresAtMs - aheadMs * LATE_PART;
    this.#kept = { accessToken, grantedAtMs, renewAtMs, lateAtMs, expiresAtMs };
  }

  #pause(failure: TokenError): void {
    const pauseMs = Math.max(FIRST_PAUSE_MS * 2 ** this.#failures, failure.retryAfterMs ?? 0);
    this.#failures += 1;
    this.#failure = failure;
    this.#pausedUntilMs = this.#options.now() + Math.min(pauseMs, LONGEST_PAUSE_MS);
  }
}
