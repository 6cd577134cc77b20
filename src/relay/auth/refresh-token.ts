import type { GrantedToken } from './token-request.ts';

/** How a token endpoint is asked with a refresh token. */
export interface RefreshTokenUse {
  /** @throws TokenError */
  readonly request: (refreshToken: string) => Promise<GrantedToken>;
  /** Told when the endpoint has put another refresh token in the place of the one used. */
  readonly onRotated: () => void;
}

/**
 * The refresh token of one account. The endpoint may give another with every use, and revoke the one used (RFC 6749 §6,
 * RFC 9700 §4.14.2); so there is one use at a time, and each is of the newest.
 */
export class RefreshToken {
  #current: string;
  #lastUse: Promise<unknown> = Promise.resolve();

  /** @param first as it is in the rules. */
  constructor(first: string) {
    this.#current = first;
  }

  /**
   * Asks for an access token, once whoever asked before has been answered.
   *
   * @throws whatever `request` throws.
   */
  use({ request, onRotated }: RefreshTokenUse): Promise<GrantedToken> {
    const use = this.#lastUse.then(async () => {
      const granted = await request(this.#current);
      const { refreshToken = this.#current } = granted;
      if (refreshToken !== this.#current) {
        this.#current = refreshToken;
        onRotated();
      }
      return granted;
    });
    this.#lastUse = use.catch(() => undefined);
    return use;
  }
}
