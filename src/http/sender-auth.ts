import type { Request } from 'express';
import type { SentRequest } from '../intake/sent-request.ts';
import type { Source } from '../intake/source.ts';
import { isSame } from '../intake/verify/same.ts';
import { HttpProblem } from './problem.ts';

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
