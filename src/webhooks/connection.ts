/** `Authorization: Basic …` (RFC 7617). */
export interface BasicAuth {
  readonly type: 'basic';
  readonly username: string;
  readonly password: string;
}

/** `Authorization: Bearer …` with a token that does not change (RFC 6750). */
export interface BearerAuth {
  readonly type: 'bearer';
  readonly token: string;
}

/** A token that is fetched from a token endpoint and renewed (RFC 6749 §4.4 and §6). */
export interface OAuth2Auth {
  readonly type: 'oauth2';
  readonly grant: 'client_credentials' | 'refresh_token';
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken?: string;
  readonly scope?: string;
  readonly audience?: string;
  /** How the client shows its secret to the token endpoint; `body` when left out. */
  readonly clientAuth?: 'header' | 'body';
  /** More members of the token request's form. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** The header the token goes into; `Authorization` when left out. */
  readonly header?: string;
  /** What stands before the token; `Bearer` when left out, nothing when empty. */
  readonly scheme?: string;
}

/** How requests to a target show who sends them; texts may hold `${NAME}`. */
export type Auth = BasicAuth | BearerAuth | OAuth2Auth;

/** The header that credentials go into. */
export function authHeader(auth: Auth): string {
  return auth.type === 'oauth2' ? (auth.header ?? 'Authorization') : 'Authorization';
}

/** Files of PEM text for connections by TLS. */
export interface TlsFiles {
  /** The client's certificate with its chain; goes with `keyFile`. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** Authorities to trust beside the well-known ones. */
  readonly caFile?: string;
}

/** At most so many requests in any stretch of so many seconds. */
export interface RateLimitSettings {
  readonly requests: number;
  readonly perSeconds: number;
}

/** A connection as a user writes it: what the webhooks to one account have in common. */
export interface ConnectionDocument {
  readonly auth?: Auth;
  readonly rateLimit?: RateLimitSettings;
  readonly concurrency?: number;
  readonly tls?: TlsFiles;
}

/** Connections by name, as the rules file has them. */
export type ConnectionDocuments = Readonly<Record<string, ConnectionDocument>>;

/** A connection in force. */
export interface Connection extends ConnectionDocument {
  readonly name: string;
}
