import type { Request, RequestHandler } from 'express';
import { mayDo, type ApiToken, type Scope } from './api-token.ts';
import type { Logins } from './logins.ts';
import { HttpProblem } from './problem.ts';

/** Who may administer. */
export interface AdminAccess {
  /** Without any, only this machine may. */
  readonly tokens: readonly ApiToken[];
  /** Names, beside those of this machine, by which the router may be addressed without a token. */
  readonly allowedHosts: readonly string[];
}

/** The header that a page has to send with what changes something; no form and no foreign page can send it. */
export const CSRF_HEADER = 'x-hookswitch-csrf';

const LOOPBACK_HOSTS: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];
const FORWARDED_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'];
const LOOPBACK_ADDRESSES = /^(?:127\.|::1$|::ffff:127\.)/;

/**
 * Refuses requests from pages of another origin. Without tokens configured it also refuses all that do not come from this
 * machine and are addressed to it by name, so that no foreign web page can reach it by pointing a name here.
 */
export function originGuard({ tokens, allowedHosts }: AdminAccess): RequestHandler {
  return (request, _response, next) => {
    refuseOtherOrigins(request);
    if (tokens.length === 0) refuseStrangers(request, allowedHosts);
    next();
  };
}

/**
 * Guards administration, behind `originGuard`: asks for a token or a session where tokens are configured, and looks what
 * it may do. Who calls is then found by `callerOf`.
 */
export function adminGuard(logins: Logins): RequestHandler {
  return (request, response, next) => {
    const caller = logins.callerOf(request);
    const needed = scopeOf(request);
    if (!mayDo(caller, needed)) {
      throw new HttpProblem('forbidden', `the token "${caller.name}" may not ${needed}`);
    }
    if (caller.bySession && !isSafe(request)) refuseWithoutCsrfHeader(request);
    response.locals['caller'] = caller.name;
    next();
  };
}

function refuseOtherOrigins(request: Request): void {
  const { origin, host } = request.headers;
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)) return;
  throw new HttpProblem('forbidden', 'requests from pages of another origin are refused');
}

function refuseStrangers(request: Request, allowedHosts: readonly string[]): void {
  const { remoteAddress = '' } = request.socket;
  // Behind a proxy on this machine every request comes from this machine.
  const isForwarded = FORWARDED_HEADERS.some((name) => request.headers[name] !== undefined);
  if (isForwarded || !LOOPBACK_ADDRESSES.test(remoteAddress)) {
    const detail = 'administration from other machines needs an API token; configure one under admin.tokens';
    throw new HttpProblem('forbidden', detail);
  }
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  if ([...LOOPBACK_HOSTS, ...allowedHosts].some((allowed) => allowed.toLowerCase() === host)) return;
  throw new HttpProblem(
    'forbidden',
    'this host name is not among admin.allowedHosts, and no API token is configured',
  );
}

/** What is asked by POST because it takes a body, and changes nothing. */
const READING_POSTS: readonly string[] = [
  '/match:explain',
  '/rules:validate',
  '/runs:plan',
  '/templates:render',
  '/webhooks:backtest',
];

/** What a request needs. One that is not told apart exactly needs `write`, never less. */
function scopeOf(request: Request): Scope {
  if (isSafe(request)) return 'read';
  if (request.method !== 'POST') return 'write';
  if (request.path === '/cdrs') return 'ingest';
  return READING_POSTS.includes(request.path) ? 'read' : 'write';
}

function isSafe({ method }: Request): boolean {
  return ['GET', 'HEAD', 'OPTIONS'].includes(method);
}

/** @throws HttpProblem 403 for a request that a form of another page could have made with this browser's cookie. */
export function refuseWithoutCsrfHeader(request: Request): void {
  if (request.get(CSRF_HEADER) !== undefined) return;
  throw new HttpProblem('forbidden', `what a session changes needs the header ${CSRF_HEADER}: 1`);
}
