import type { JsonValue } from '../../check/json-text.ts';
import { authHeader, type Auth, type OAuth2Auth, type TlsFiles } from '../../webhooks/connection.ts';
import { missingReferences, resolveReferences, type Environment } from '../../webhooks/references.ts';
import { textsWithReferences, type Webhook } from '../../webhooks/webhook.ts';
import type { Transport } from '../transport.ts';
import { basicCredentials } from './basic-credentials.ts';
import { RefreshToken } from './refresh-token.ts';
import { requestToken, type GrantedToken } from './token-request.ts';
import { TokenSource } from './token-source.ts';

/** The credentials of one request. */
export interface Credentials {
  /** Headers with names in lower case; none when the webhook has no authentication. */
  readonly headers: Readonly<Record<string, string>>;
  /** A token that can be renewed when the target refuses it. */
  readonly token?: string;
}

/** What an authenticator needs to work. */
export interface AuthenticatorOptions {
  readonly transport: Transport;
  /** Where `${NAME}` gets its value, looked at anew for each request. */
  readonly environment: Environment;
  /**
   * Told when a token endpoint has put another refresh token in the place of the one in the rules. The new one is in
   * memory only: after a restart the old one is used, and an endpoint that has revoked it gives no more tokens.
   *
   * @param owner the connection's name, or the webhook's id.
   */
  readonly onRefreshTokenRotated?: (owner: string) => void;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** The credentials of a webhook without authentication. */
export const NO_CREDENTIALS: Credentials = { headers: {} };

/** A token source with when it was last used, in epoch milliseconds. */
interface KeptSource {
  readonly source: TokenSource;
  usedAtMs: number;
}

/** A token source that has not been used for so long is forgotten: its settings are probably not in the rules any more. */
const IDLE_MS = 3_600_000;

/**
 * Gives each request its credentials. Tokens are kept by the settings that they are asked for with, so whatever asks for
 * the same, by a connection or not, uses the same token. A refresh token is one for all that use it, however they ask.
 */
export class Authenticator {
  readonly #options: Required<AuthenticatorOptions>;
  /** By their settings with every reference filled in: another secret is another source. */
  readonly #sources = new Map<string, KeptSource>();
  /**
   * By account and the refresh token in the rules. Kept for good, because the one in the rules may be revoked by now; there
   * are no more than have ever been in the rules.
   */
  readonly #refreshTokens = new Map<string, RefreshToken>();

  constructor(options: AuthenticatorOptions) {
    this.#options = { now: Date.now, onRefreshTokenRotated: () => undefined, ...options };
  }

  /**
   * The headers that a request to a webhook has to have.
   *
   * @throws TokenError, MissingReferenceError, and the signal's reason when it was aborted.
   */
  async headersFor(webhook: Webhook, signal: AbortSignal): Promise<Credentials> {
    if (webhook.auth === undefined) return NO_CREDENTIALS;
    const auth = resolved(webhook.auth, this.#options.environment);
    if (auth.type === 'basic') return authorization(basicCredentials(auth.username, auth.password));
    if (auth.type === 'bearer') return authorization(`Bearer ${auth.token}`);
    const token = await unlessAborted(this.#sourceOf(auth, webhook).token(), signal);
    const { scheme = 'Bearer' } = auth;
    const value = scheme === '' ? token : `${scheme} ${token}`;
    return { headers: { [authHeader(auth).toLowerCase()]: value }, token };
  }

  /** Tells that the target refused a token. Whether another attempt, with another token, may fare better. */
  invalidate(webhook: Webhook, token: string): boolean {
    const { auth } = webhook;
    if (auth?.type !== 'oauth2') return false;
    // A secret that has gone since the token was given leaves nothing to ask for another with.
    if (missingReferences(textsWithReferences(webhook), this.#options.environment).length > 0) return false;
    return this.#sourceOf(resolved(auth, this.#options.environment), webhook).reject(token);
  }

  #sourceOf(auth: OAuth2Auth, webhook: Webhook): TokenSource {
    const { tls } = webhook;
    // How the token is shown to the target makes no other token of it.
    const key = JSON.stringify([{ ...auth, header: undefined, scheme: undefined }, tls]);
    const nowMs = this.#options.now();
    const known = this.#sources.get(key);
    if (known !== undefined) {
      known.usedAtMs = nowMs;
      return known.source;
    }
    this.#forgetIdle(nowMs);
    const source = this.#newSource(auth, tls, webhook.connection?.name ?? webhook.id);
    this.#sources.set(key, { source, usedAtMs: nowMs });
    return source;
  }

  #forgetIdle(nowMs: number): void {
    for (const [key, { usedAtMs }] of this.#sources) {
      if (nowMs - usedAtMs > IDLE_MS) this.#sources.delete(key);
    }
  }

  #newSource(auth: OAuth2Auth, tls: TlsFiles | undefined, owner: string): TokenSource {
    const { transport, now, onRefreshTokenRotated } = this.#options;
    const request = (refreshToken?: string): Promise<GrantedToken> =>
      requestToken(transport, { auth, tls, refreshToken }, now());
    if (auth.grant !== 'refresh_token') return new TokenSource({ now, request: () => request() });
    const refreshToken = this.#refreshTokenOf(auth);
    const onRotated = (): void => {
      onRefreshTokenRotated(owner);
    };
    return new TokenSource({ now, request: () => refreshToken.use({ request, onRotated }) });
  }

  #refreshTokenOf({ tokenUrl, clientId, refreshToken = '' }: OAuth2Auth): RefreshToken {
    const key = JSON.stringify([tokenUrl, clientId, refreshToken]);
    const known = this.#refreshTokens.get(key) ?? new RefreshToken(refreshToken);
    this.#refreshTokens.set(key, known);
    return known;
  }
}

function authorization(value: string): Credentials {
  return { headers: { authorization: value } };
}

/** The settings with every reference filled in. */
function resolved<Settings extends Auth>(auth: Settings, environment: Environment): Settings {
  const fill = (value: JsonValue): JsonValue => {
    if (typeof value === 'string') return resolveReferences(value, environment);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fill(inner)]));
  };
  return fill(auth as unknown as JsonValue) as unknown as Settings;
}

/** Others may wait for the same work, so only the waiting is given up. */
async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const aborted = Promise.withResolvers<never>();
  const giveUp = (): void => {
    aborted.reject(signal.reason as Error);
  };
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
