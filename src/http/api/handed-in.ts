import express, { Router } from 'express';
import type { IntakeRoutesOptions } from '../intake-routes.ts';
import { DEFAULT_SOURCE, type Source } from '../../intake/source.ts';
import { captureOnceAnswered } from '../capture-requests.ts';
import { rememberAnswers } from '../idempotency.ts';
import { HttpProblem } from '../problem.ts';
import { badParameter, refuseOtherParameters, textParameter } from '../query.ts';
import { refuseOtherTypes } from './body.ts';

const CDR_TYPE = /^application\/(?:json|(?:x-)?ndjson|[\w.!#$&^-]+\+json)$/;

/**
 * `POST /cdrs`: CDRs of whoever has a token, one, a list or a line each. The token stands in the place of the source's own
 * authentication. Answered when they are stored.
 *
 * @param clock epoch milliseconds.
 */
export function handInRoutes(
  { intake, sources, maxBodyBytes, captures }: IntakeRoutesOptions,
  clock: () => number,
): Router {
  const router = Router();
  const readBody = express.raw({ type: () => true, limit: maxBodyBytes });
  router.post('/cdrs', readBody, rememberAnswers(clock), async (request, response) => {
    refuseOtherParameters(request, 'source');
    const source = sourceNamed(textParameter(request, 'source') ?? DEFAULT_SOURCE, sources);
    captureOnceAnswered(request, response, source, captures);
    refuseOtherTypes(request, CDR_TYPE, 'application/json or application/x-ndjson');
    const body: unknown = request.body;
    if (!Buffer.isBuffer(body) || body.length === 0) {
      throw new HttpProblem('unreadable-body', 'the request needs a body with CDRs');
    }
    const { ids } = await intake.receive(source, body, '');
    response.status(202).json({ accepted: ids.length, ids });
  });
  return router;
}

/** The source of a name. */
function sourceNamed(name: string, sources: ReadonlyMap<string, Source>): Source {
  const source = sources.get(name);
  if (source !== undefined) return source;
  const known = [...sources.keys()].join(', ');
  throw badParameter('source', `names "${name}", which is no source; configured are: ${known}`);
}
