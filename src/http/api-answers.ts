import type { RequestHandler } from 'express';

/** Headers of every answer of the API. What it tells changes all the time, so nothing on the way may keep it. */
export const apiHeaders: RequestHandler = (_request, response, next) => {
  response.set({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  next();
};

/** Adds `Link: <…>; rel="next"` (RFC 8288) to every page of a list that is not the last. */
export const pageLinks: RequestHandler = (request, response, next) => {
  const json = response.json.bind(response);
  response.json = (body: unknown) => {
    const cursor = nextCursorOf(body);
    if (cursor !== undefined) {
      const next = new URL(request.originalUrl, 'http://router');
      next.searchParams.set('cursor', cursor);
      response.set('link', `<${next.pathname}${next.search}>; rel="next"`);
    }
    return json(body);
  };
  next();
};

function nextCursorOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('nextCursor' in body)) return undefined;
  return typeof body.nextCursor === 'string' ? body.nextCursor : undefined;
}
