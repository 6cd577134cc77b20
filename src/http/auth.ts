import type { Request, RequestHandler } from 'express';
import type { Source } from '../intake/source.ts';
import type { SentRequest } from '../intake/sent-request.ts';
import { isSame } from '../intake/verify/same.ts';
import { HttpProblem } from './problem.ts';

/** What an API token may do: `read` looks, `write` changes too. */
export type Scope = 'read' | 'write';

/** A token for the API, the page and the metrics. */
export interface ApiToken {
  readonly name: string;
  readonly token: string;
  readonly scopes: readonly Scope[];
}

/** Who may administer. */
export interface AdminAccess {
  /** Without any, only this machine may. */
  readonly tokens: readonly ApiToken[];
  /** Names, beside those of this machine, by which the router may be addressed without a token. */
  readonly allowedHosts: readonly string[];
}

const LOOPBACK_HOSTS: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];
const FORWARDED_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'];
const LOOPBACK_ADDRESSES = /^(?:127\.|::1$|::ffff:127\.)/;

/**
 * Guards administration. With tokens configured a bearer token is needed; without, the request must come from this
 * machine and be addressed to it by name, so that no foreign web page can reach it by pointing a name here. A page of
 * another origin is refused in either case.
 */
export function adminGuard({ tokens, allowedHosts }: AdminAccess): RequestHandler {
  return (request, _response, next) => {
    refuseOtherOrigins(request);
    if (tokens.length === 0) refuseStrangers(request, allowedHosts);
    else checkToken(request, tokens);
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

function checkToken(request: Request, tokens: readonly ApiToken[]): void {
  const given = bearerOf(request);
  const found = given === undefined ? undefined : tokens.find(({ token }) => isSame(token, given));
  if (found === undefined) {
    const detail =
      given === undefined ? 'send an API token: Authorization: Bearer …' : 'the API token is not known';
    throw new HttpProblem('unauthorized', detail, {
      headers: { 'www-authenticate': 'Bearer realm="hookswitch"' },
    });
  }
  const needed: Scope = ['GET', 'HEAD', 'OPTIONS'].includes(request.method) ? 'read' : 'write';
  if (found.scopes.includes(needed) || found.scopes.includes('write')) return;
  throw new HttpProblem('forbidden', `the token "${found.name}" may not ${needed}`);
}

/**
 * Checks that a sender shows what its source asks for.
 *
 * @throws HttpProblem 401, with a challenge.
 */
export function authenticateSender(request: Request, { name, credentials }: Source): void {
  if (credentials === undefined) return;
  const isBasic = 'basic' in credentials;
  const expected = isBasic
    ? `Basic ${Buffer.from(`${credentials.basic.username}:${credentials.basic.password}`).toString('base64')}`
    : `Bearer ${credentials.bearer}`;
  const given = (request.headers.authorization ?? '').replace(/^(?:basic|bearer) +/i, (scheme) =>
    scheme.trim().toLowerCase() === 'basic' ? 'Basic ' : 'Bearer ',
  );
  if (isSame(expected, given)) return;
  throw new HttpProblem('unauthorized', `the source "${name}" asks for other credentials`, {
    headers: { 'www-authenticate': `${isBasic ? 'Basic' : 'Bearer'} realm="hookswitch ${name}"` },
  });
}

/**
 * Checks by its signature or token that a request is the vendor's own, where the source is set to.
 *
 * @throws HttpProblem 401.
 */
export function verifySender(request: SentRequest, { name, verifier }: Source, nowMs: number): void {
  const reason = verifier?.(request, nowMs);
  if (reason === undefined) return;
  throw new HttpProblem('unauthorized', `the source "${name}" refused this request: ${reason}`, {
    headers: { 'www-authenticate': `Signature realm="hookswitch ${name}"` },
  });
}

function bearerOf(request: Request): string | undefined {
  return /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}
