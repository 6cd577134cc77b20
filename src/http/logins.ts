import type { CookieOptions, Request } from 'express';
import { isSame } from '../intake/verify/same.ts';
import type { ApiToken, Scope } from './api-token.ts';
import { FailedLogins } from './failed-logins.ts';
import { HttpProblem } from './problem.ts';
import { openSession, sealSession } from './sessions.ts';

/** Who makes a request. */
export interface Caller {
  /** The name of the token; empty where no tokens are configured. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Whether the browser sent a cookie by itself, so that it needs a sign that its page wanted the request. */
  readonly bySession: boolean;
  /** When the session ends, epoch milliseconds. */
  readonly endsAtMs?: number;
}

const SESSION_MS = 12 * 3_600_000;

/** Without tokens whoever gets this far is on this machine and may do everything. */
const LOCAL_CALLER: Caller = { name: '', scopes: ['read', 'write'], bySession: false };

/** Tells by tokens and sessions who calls. */
export class Logins {
  readonly #tokens: readonly ApiToken[];
  readonly #clock: () => number;
  readonly #failed: FailedLogins;

  /** @param clock epoch milliseconds. */
  constructor(tokens: readonly ApiToken[], clock: () => number) {
    this.#tokens = tokens;
    this.#clock = clock;
    this.#failed = new FailedLogins(clock);
  }

  /** Whether a token is needed at all. */
  get needsToken(): boolean {
    return this.#tokens.length > 0;
  }

  /**
   * Who makes a request: a token that is sent is what counts, else a session.
   *
   * @throws HttpProblem 401 when it is nobody, 429 instead of it when too many wrong tokens came.
   */
  callerOf(request: Request): Caller {
    if (!this.needsToken) return LOCAL_CALLER;
    const given = bearerOf(request);
    if (given !== undefined) {
      const { name, scopes } = this.#tokenLike(given, addressOf(request));
      return { name, scopes, bySession: false };
    }
    const caller = request.headers.authorization === undefined ? this.sessionOf(request) : undefined;
    if (caller !== undefined) return caller;
    throw unauthorized('send an API token: Authorization: Bearer …');
  }

  /** Who opened the session that a request's cookie holds, if it is one. */
  sessionOf(request: Request): Caller | undefined {
    const cookie = cookieOf(request);
    const session = cookie === undefined ? undefined : openSession(cookie, this.#tokens, this.#clock());
    if (session === undefined) return undefined;
    const { token, endsAtMs } = session;
    return { name: token.name, scopes: token.scopes, bySession: true, endsAtMs };
  }

  /**
   * Opens a session with a token.
   *
   * @throws HttpProblem 401 for a token that is not known, 429 instead of it when too many wrong ones came.
   */
  open(token: string, request: Request): { readonly caller: Caller; readonly cookie: string } {
    const found = this.#tokenLike(token, addressOf(request));
    const endsAtMs = this.#clock() + SESSION_MS;
    const caller = { name: found.name, scopes: found.scopes, bySession: true, endsAtMs };
    return { caller, cookie: sealSession(found, endsAtMs) };
  }

  /** A token that is known is taken whatever came before: behind a proxy all callers have one address. */
  #tokenLike(given: string, address: string): ApiToken {
    // Each one is compared, so that the time tells nothing of where it stands.
    const [found] = this.#tokens.filter(({ token }) => isSame(token, given));
    if (found !== undefined) return found;
    const waitMs = this.#failed.waitMs(address);
    if (waitMs > 0) throw tooManyWrong(waitMs);
    this.#failed.failed(address, given);
    throw unauthorized('the API token is not known');
  }
}

/**
 * The name of a session's cookie. Browsers send the cookies of one port to all others of a host (RFC 6265 §8.5), so the port
 * that the browser knows is part of it: a router beside this one does not take its sessions away.
 */
export function sessionCookieName(request: Request): string {
  const port = /:(\d{1,5})$/.exec(request.headers.host ?? '')?.[1];
  return port === undefined ? 'hookswitch_session' : `hookswitch_session_${port}`;
}

/** How the cookie of a session is set: sent to this router only, only by its own pages, and never shown to scripts. */
export function cookieOptions(request: Request): CookieOptions {
  // A proxy before this router may be the one that speaks TLS.
  const isHttps = request.secure || /^https\b/i.test(request.get('x-forwarded-proto') ?? '');
  return { httpOnly: true, sameSite: 'strict', secure: isHttps, path: '/', maxAge: SESSION_MS };
}

function unauthorized(detail: string): HttpProblem {
  return new HttpProblem('unauthorized', detail, {
    headers: { 'www-authenticate': 'Bearer realm="hookswitch"' },
  });
}

function tooManyWrong(waitMs: number): HttpProblem {
  const minutes = Math.ceil(waitMs / 60_000);
  const wait = minutes === 1 ? 'a minute' : `${minutes} minutes`;
  const detail = `the API token is not known, as too many before it; wrong ones are looked at again in ${wait}`;
  return new HttpProblem('too-many-requests', detail, {
    headers: { 'retry-after': String(Math.ceil(waitMs / 1_000)) },
  });
}

function bearerOf(request: Request): string | undefined {
  return /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

function cookieOf(request: Request): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  const start = `${sessionCookieName(request)}=`;
  return pairs.find((pair) => pair.startsWith(start))?.slice(start.length);
}

function addressOf(request: Request): string {
  return request.socket.remoteAddress ?? '';
}
