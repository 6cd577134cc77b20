import express, { Router, type Request, type RequestHandler, type Response } from 'express';
import type { Intake } from '../intake/intake.ts';
import { DEFAULT_SOURCE, type Source } from '../intake/source.ts';
import { authenticateSender } from './auth.ts';
import { allowOnly, HttpProblem } from './problem.ts';

/** What the intake routes need. */
export interface IntakeRoutesOptions {
  readonly intake: Intake;
  readonly sources: ReadonlyMap<string, Source>;
  readonly maxBodyBytes: number;
}

/** `POST /cdr/:source` and `GET /cdr/:source?…`, mounted at `/cdr`, which alone is the source "default". */
export function intakeRoutes({ intake, sources, maxBodyBytes }: IntakeRoutesOptions): Router {
  const router = Router();
  // Whatever the Content-Type says: phone systems get it wrong.
  const readBody = express.raw({ type: () => true, limit: maxBodyBytes });
  const findSource: RequestHandler = (request, response, next) => {
    const source = sourceOf(request, sources);
    authenticateSender(request, source);
    response.locals['source'] = source;
    next();
  };
  const receive = async (request: Request, response: Response): Promise<void> => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const { ids, answer } = await intake.receive(response.locals['source'] as Source, body, queryOf(request));
    if (answer === undefined) response.json({ accepted: ids.length, ids });
    else response.status(answer.status).type(answer.contentType).send(JSON.stringify(answer.body));
  };
  const others = allowOnly('POST', 'GET');
  for (const path of ['/', '/:source']) {
    const route = router.route(path);
    // Express would take HEAD for GET, and so a mere look for a CDR.
    route.head(others).post(findSource, readBody, receive).get(findSource, readBody, receive).all(others);
  }
  return router;
}

function sourceOf(request: Request, sources: ReadonlyMap<string, Source>): Source {
  const { source: name = DEFAULT_SOURCE } = request.params as { source?: string };
  const source = sources.get(name);
  if (source !== undefined) return source;
  throw new HttpProblem(
    'not-found',
    `there is no source "${name}"; configured are: ${[...sources.keys()].join(', ')}`,
  );
}

function queryOf(request: Request): string {
  const mark = request.originalUrl.indexOf('?');
  return mark < 0 ? '' : request.originalUrl.slice(mark + 1);
}
