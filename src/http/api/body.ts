import express, { type Request, type RequestHandler } from 'express';
import { parseJson, type JsonObject, type JsonValue } from '../../check/json-text.ts';
import { hasErrors, InvalidDocumentError } from '../../check/problem.ts';
import type { SchemaCheck } from '../../check/schema.ts';
import { HttpProblem } from '../problem.ts';

/** A webhook with every condition it may have fits in many times. */
const MAX_BODY_BYTES = 4 * 1_048_576;

const JSON_TYPE = /^application\/(?:[\w.!#$&^-]+\+)?json$/;

/** Reads the body of a request to the API. */
export const readJson: RequestHandler = express.raw({ type: () => true, limit: MAX_BODY_BYTES });

/** Whether the request brought a body. */
export function hasBody(request: Request): boolean {
  return Buffer.isBuffer(request.body) && request.body.length > 0;
}

/**
 * The body as text.
 *
 * @throws HttpProblem when there is none.
 */
export function bodyText(request: Request): string {
  if (Buffer.isBuffer(request.body) && request.body.length > 0) return request.body.toString('utf8');
  throw new HttpProblem('unreadable-body', 'the request needs a JSON body');
}

/**
 * The body as JSON.
 *
 * @throws HttpProblem when there is none or it is called something else, JsonSyntaxError when it is not JSON.
 */
export function jsonBody(request: Request): JsonValue {
  const text = bodyText(request);
  refuseOtherTypes(request, JSON_TYPE, 'application/json');
  return parseJson(text);
}

/**
 * The body as JSON that passes a check, which says that it is an object.
 *
 * @throws HttpProblem, JsonSyntaxError, and InvalidDocumentError with every problem found.
 */
export function checkedBody(request: Request, check: SchemaCheck): object {
  const body = jsonBody(request);
  const problems = check(body);
  if (hasErrors(problems)) throw new InvalidDocumentError('the body', problems);
  return body as JsonObject;
}

/**
 * Refuses a body that is called something else than what is taken here; one that is not called anything may be it.
 *
 * @param wanted what to send, for people.
 * @throws HttpProblem 415.
 */
export function refuseOtherTypes(request: Request, taken: RegExp, wanted: string): void {
  const type = (request.get('content-type') ?? '').replace(/;.*/s, '').trim().toLowerCase();
  if (type === '' || taken.test(type)) return;
  const detail = `the body is called ${JSON.stringify(type)}; send it with Content-Type: ${wanted}`;
  throw new HttpProblem('unsupported-media-type', detail, { headers: { accept: wanted } });
}
