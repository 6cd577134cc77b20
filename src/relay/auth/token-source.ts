import { TokenError, type GrantedToken } from './token-request.ts';

/** A token that is kept. */
interface KeptToken {
  readonly accessToken: string;
  readonly grantedAtMs: number;
  /** From when on another is fetched. */
  readonly renewAtMs: number;
  /** Until when it is used if there is no other. */
  readonly expiresAtMs: number;
}

/** How a token source gets its tokens. */
export interface TokenSourceOptions {
  /** The refresh token to begin with, for the grant that has one. */
  readonly refreshToken: string | undefined;
  /** @throws TokenError */
  readonly request: (refreshToken: string | undefined) => Promise<GrantedToken>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Told when the endpoint has put another refresh token in the place of the one used. */
  readonly onRotated: () => void;
}

/** A token is renewed so long before its end, or a fifth of its life if that is less. */
const AHEAD_MS = 60_000;
/** After a failure the endpoint is left alone for so long; each further failure doubles it. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;
/** A target that refuses a token as new as this would refuse the next one too. */
const NEW_MS = 10_000;

/** Keeps one access token and renews it: one request at a time, whoever asks, and none for a while after one failed. */
export class TokenSource {
  readonly #options: TokenSourceOptions;
  #kept: KeptToken | undefined;
  #renewal: Promise<string> | undefined;
  /** The endpoint may put another in its place with every token (RFC 6749 §6). */
  #refreshToken: string | undefined;
  #failure: TokenError | undefined;
  #failures = 0;
  #pausedUntilMs = 0;

  constructor(options: TokenSourceOptions) {
    this.#options = options;
    this.#refreshToken = options.refreshToken;
  }

  /**
   * A token that is good now.
   *
   * @throws TokenError when the endpoint gives none, or gave none a moment ago.
   */
  async token(): Promise<string> {
    const nowMs = this.#options.now();
    const kept = this.#kept;
    if (kept !== undefined && nowMs < kept.renewAtMs) return kept.accessToken;
    try {
      return await this.#renewed(nowMs);
    } catch (error) {
      // What is still good for a minute must not fail because the endpoint is away for a moment.
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
      const granted = await this.#options.request(this.#refreshToken);
      this.#failures = 0;
      this.#keep(granted);
      return granted.accessToken;
    } catch (error) {
      this.#pause(error instanceof TokenError ? error : new TokenError('the token could not be asked for'));
      throw this.#failure ?? error;
    }
  }

  #keep({ accessToken, expiresInMs = Number.POSITIVE_INFINITY, refreshToken }: GrantedToken): void {
    const grantedAtMs = this.#options.now();
    const aheadMs = Math.min(AHEAD_MS, expiresInMs / 5);
    const expiresAtMs = grantedAtMs + expiresInMs;
    this.#kept = { accessToken, grantedAtMs, renewAtMs: expiresAtMs - aheadMs, expiresAtMs };
    const hasOne = this.#refreshToken !== undefined && refreshToken !== undefined;
    if (!hasOne || refreshToken === this.#refreshToken) return;
    this.#refreshToken = refreshToken;
    this.#options.onRotated();
  }

  #pause(failure: TokenError): void {
    const pauseMs = Math.max(FIRST_PAUSE_MS * 2 ** this.#failures, failure.retryAfterMs ?? 0);
    this.#failures += 1;
    this.#failure = failure;
    this.#pausedUntilMs = this.#options.now() + Math.min(pauseMs, LONGEST_PAUSE_MS);
  }
}
