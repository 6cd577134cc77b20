import { hash } from 'node:crypto';
import type { Request } from 'express';
import { HttpProblem } from './problem.ts';

/**
 * The versions that a change is meant for, as `If-Match` has them.
 *
 * @throws HttpProblem 428 when the header is missing: whoever changes a thing unseen undoes what others changed.
 */
export function requiredIfMatch(request: Request): string {
  const ifMatch = request.get('if-match');
  if (ifMatch !== undefined) return ifMatch;
  const detail = 'get it first and send its ETag as If-Match, or If-Match: * to change whatever is there';
  throw new HttpProblem('precondition-required', detail);
}

/**
 * Refuses a change that is meant for other versions than the one there is.
 *
 * @param what for people, such as `the webhook`.
 * @throws HttpProblem 412 with the current ETag.
 */
export function refuseStale(ifMatch: string | undefined, current: string, what: string): void {
  if (isMeant(ifMatch, current)) return;
  throw new HttpProblem('precondition-failed', `${what} is not as you last saw it; get it again`, {
    headers: { etag: current },
  });
}

/** Whether a change is meant for a version. */
export function isMeant(ifMatch: string | undefined, etag: string): boolean {
  return ifMatch === undefined || ifMatch === '*' || ifMatch.split(/\s*,\s*/).includes(etag);
}

/** The version of a webhook or of all rules: changes with what their editors write, not with counters. */
export function etagOf(document: object): string {
  const known = etags.get(document);
  if (known !== undefined) return known;
  const etag = `"${hash('sha256', JSON.stringify(document), 'hex').slice(0, 32)}"`;
  etags.set(document, etag);
  return etag;
}

/** What is in force never changes, and all rules together may be large. */
const etags = new WeakMap<object, string>();
