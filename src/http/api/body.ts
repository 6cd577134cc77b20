import express, { type Request, type RequestHandler } from 'express';
import { parseJson, type JsonValue } from '../../check/json-text.ts';
import { HttpProblem } from '../problem.ts';

/** A webhook with every condition it may have fits in many times. */
const MAX_BODY_BYTES = 4 * 1_048_576;

/** Reads the body of a request to the API. */
export const readJson: RequestHandler = express.raw({ type: () => true, limit: MAX_BODY_BYTES });

/** Whether the request brought a body. */
export function hasBody(request: Request): boolean {
  return Buffer.isBuffer(request.body) && request.body.length > 0;
}

/**
 * The body as JSON.
 *
 * @throws HttpProblem when there is none, JsonSyntaxError when it is not JSON.
 */
export function jsonBody(request: Request): JsonValue {
  if (!Buffer.isBuffer(request.body) || request.body.length === 0) {
    throw new HttpProblem('unreadable-body', 'the request needs a JSON body');
  }
  return parseJson(request.body.toString('utf8'));
}
