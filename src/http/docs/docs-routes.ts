import { hash } from 'node:crypto';
import { Router, type RequestHandler } from 'express';
import type { JsonObject } from '../../check/json-text.ts';
import { allowOnly } from '../problem.ts';
import { docsPage } from './docs-page.ts';
import { DOCS_STYLE } from './docs-style.ts';

/** Nothing comes from elsewhere, nothing runs, nothing may frame it. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
};

/** `/api/v1/openapi.json` and `/docs`. They tell of the program and nothing of what is in this router, so they are open. */
export function docsRoutes(document: JsonObject): Router {
  const router = Router();
  const texts: readonly (readonly [path: string, type: string, make: () => string])[] = [
    ['/api/v1/openapi.json', 'application/json', () => JSON.stringify(document)],
    ['/docs', 'text/html', () => docsPage(document)],
    ['/docs/style.css', 'text/css', () => DOCS_STYLE],
  ];
  for (const [path, type, make] of texts) router.route(path).get(sendText(type, make)).all(allowOnly('GET'));
  return router;
}

/** Sends a text that is made when it is asked for the first time. */
function sendText(type: string, make: () => string): RequestHandler {
  let made: { readonly text: string; readonly etag: string } | undefined;
  return (_request, response) => {
    const text = made?.text ?? make();
    made ??= { text, etag: `"${hash('sha256', text, 'hex').slice(0, 32)}"` };
    response
      .set({ ...HEADERS, etag: made.etag })
      .type(type)
      .send(text);
  };
}
