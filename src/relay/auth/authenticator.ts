import type { JsonValue } from '../../check/json-text.ts';
import { authHeader, type Auth, type OAuth2Auth, type TlsFiles } from '../../webhooks/connection.ts';
import { missingReferences, resolveReferences, type Environment } from '../../webhooks/references.ts';
import { textsWithReferences, type Webhook } from '../../webhooks/webhook.ts';
import type { Transport } from '../transport.ts';
import { basicCredentials } from './basic-credentials.ts';
import { requestToken } from './token-request.ts';
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

/**
 * Gives each request its credentials. Tokens are kept by their settings, so whatever uses the same account, by a connection
 * or not, uses the same token.
 */
export class Authenticator {
  readonly #options: Required<AuthenticatorOptions>;
  /** By their settings with every reference filled in: another secret is another source. */
  readonly #sources = new Map<string, TokenSource>();

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
    const key = JSON.stringify([auth, tls]);
    const known = this.#sources.get(key);
    if (known !== undefined) return known;
    const source = this.#newSource(auth, tls, webhook.connection?.name ?? webhook.id);
    this.#sources.set(key, source);
    return source;
  }

  #newSource(auth: OAuth2Auth, tls: TlsFiles | undefined, owner: string): TokenSource {
    const { transport, now, onRefreshTokenRotated } = this.#options;
    return new TokenSource({
      now,
      refreshToken: auth.grant === 'refresh_token' ? auth.refreshToken : undefined,
      request: (refreshToken) => requestToken(transport, { auth, tls, refreshToken }, now()),
      onRotated: () => {
        onRefreshTokenRotated(owner);
      },
    });
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
