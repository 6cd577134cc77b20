import type { Request, Response } from 'express';
import type { Captures } from '../intake/capture/captures.ts';
import type { SentRequest } from '../intake/sent-request.ts';
import type { Source } from '../intake/source.ts';

/** A request whose body has been read, as what is behind HTTP sees it. */
export function sentRequest(request: Request): SentRequest {
  const body: unknown = request.body;
  return {
    method: request.method,
    headers: request.headers,
    query: queryOf(request),
    body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
  };
}

/** Captures a request, where its source keeps some, once it is answered; in whatever way that is. */
export function captureOnceAnswered(
  request: Request,
  response: Response,
  { name, capture: keep }: Source,
  { captures, clock }: { readonly captures: Captures; readonly clock: () => number },
): void {
  if (keep === undefined) return;
  const captured = { ...sentRequest(request), path: request.originalUrl.replace(/\?.*/s, '') };
  response.once('close', () => {
    captures.capture(name, captured, { atMs: clock(), status: response.statusCode }, keep);
  });
}

function queryOf(request: Request): string {
  const mark = request.originalUrl.indexOf('?');
  return mark < 0 ? '' : request.originalUrl.slice(mark + 1);
}
