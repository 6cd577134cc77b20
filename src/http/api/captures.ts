import { Router } from 'express';
import type { SourceReading } from '../../cdr/read.ts';
import type { Captures } from '../../intake/capture/captures.ts';
import { allowOnly, HttpProblem } from '../problem.ts';
import { time } from './representations.ts';

/** What the routes of captures need. */
export interface CaptureRoutesOptions {
  readonly sources: ReadonlyMap<string, SourceReading>;
  readonly captures: Captures;
  /** Whether phone numbers are shown by their last three digits alone. */
  readonly maskNumbers: boolean;
}

/** `/sources/{name}/captures` and each of them: the last requests of a source as they came, where it keeps any. */
export function captureRoutes({ sources, captures, maskNumbers }: CaptureRoutesOptions): Router {
  const router = Router();
  const known = (name: string): string => {
    if (sources.has(name)) return name;
    throw new HttpProblem('not-found', `there is no source "${name}"`);
  };
  router
    .route('/sources/:name/captures')
    .get(async (request, response) => {
      const found = await captures.list(known(request.params.name));
      response.json({
        data: found.map(({ id, receivedAtMs, status, bytes }) => ({
          id,
          receivedAt: time(receivedAtMs),
          statusCode: status,
          bytes,
        })),
      });
    })
    .all(allowOnly('GET'));
  router
    .route('/sources/:name/captures/:id')
    .get(async (request, response) => {
      const { name, id } = request.params;
      // It is of use byte for byte only, and in a sender's own encoding numbers are not found.
      if (maskNumbers)
        throw new HttpProblem('forbidden', 'captures show whole numbers, and privacy.maskNumbers is set');
      const message = await captures.message(known(name), id);
      if (message === undefined) throw new HttpProblem('not-found', `there is no capture "${id}"`);
      // A file to be saved, never a page to be shown: the sender may have sent anything.
      response.set('content-disposition', `attachment; filename="${id}.http"`);
      response.set('x-content-type-options', 'nosniff');
      response.type('message/http').send(message);
    })
    .all(allowOnly('GET'));
  return router;
}
