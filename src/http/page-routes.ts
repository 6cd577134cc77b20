import { hash } from 'node:crypto';
import { extname } from 'node:path';
import { Router, type Request, type Response } from 'express';
import { allowOnly, HttpProblem } from './problem.ts';

/** A file of the page. */
export interface PageFile {
  /** A name without folders; `name-DIGEST.ending` never changes its content. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** The files of the page by their names; `page.html` is the document, the rest are its assets. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/** Thrown when the page is neither built nor can be; the message tells what to do. */
export class PageMissingError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PageMissingError';
  }
}

/** Nothing from elsewhere, nothing inline, and in nobody's frame. */
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const DOCUMENT = 'page.html';
const YEAR_SECONDS = 31_536_000;

/**
 * `/` and `/assets/…`: the web page. It holds nothing secret, so it is served without a login; what it shows it asks
 * of the API, which asks for one.
 *
 * @param load gives the files; asked at the first request, and again after it failed.
 */
export function pageRoutes(load: () => Promise<PageFiles>): Router {
  let loading: Promise<PageFiles> | undefined;
  const loaded = async (): Promise<PageFiles> => {
    loading ??= load();
    try {
      return await loading;
    } catch (error) {
      loading = undefined;
      if (error instanceof PageMissingError) throw new HttpProblem('unavailable', error.message);
      throw error;
    }
  };
  const router = Router();
  router
    .route('/')
    .get(async (request, response) => {
      sendFile(request, response, (await loaded()).get(DOCUMENT));
    })
    .all(allowOnly('GET'));
  router
    .route('/assets/:name')
    .get(async (request, response) => {
      const { name } = request.params;
      sendFile(request, response, name === DOCUMENT ? undefined : (await loaded()).get(name));
    })
    .all(allowOnly('GET'));
  return router;
}

function sendFile(request: Request, response: Response, file: PageFile | undefined): void {
  if (file === undefined) throw new HttpProblem('not-found', `there is nothing at ${request.path}`);
  const isImmutable = /-[A-Z0-9]{8}\.\w+$/.test(file.name);
  response.set({
    ...SECURITY_HEADERS,
    etag: `"${hash('sha256', file.content, 'hex').slice(0, 32)}"`,
    'cache-control': isImmutable ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache',
  });
  response.type(extname(file.name));
  // Looks at If-None-Match.
  if (request.fresh) response.status(304).end();
  else response.send(Buffer.from(file.content));
}
