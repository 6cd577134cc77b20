import { Router } from 'express';
import { acceptedAnswer, type IntakeRoutesOptions } from '../intake-routes.ts';
import { DEFAULT_SOURCE, type Source } from '../../intake/source.ts';
import { withBody } from '../body-reader.ts';
import { captureOnceAnswered } from '../capture-requests.ts';
import { rememberAnswers } from '../idempotency.ts';
import { HttpProblem } from '../problem.ts';
import { badParameter, refuseOtherParameters, textParameter } from '../query.ts';
import { refuseOtherTypes } from './body.ts';

const CDR_TYPE = /^application\/(?:json|(?:x-)?ndjson|[\w.!#$&^-]+\+json)$/;

/**
 * `POST /cdrs`: CDRs of whoever has a token, one, a list or a line each. The token stands in the place of the source's own
 * authentication. Answered when they are stored.
 */
export function handInRoutes(options: IntakeRoutesOptions): Router {
  const { intake, sources, readBody, clock } = options;
  const handIn = rememberAnswers(clock, async (request, response) => {
    refuseOtherParameters(request, 'source');
    const source = sourceNamed(textParameter(request, 'source') ?? DEFAULT_SOURCE, sources);
    captureOnceAnswered(request, response, source, options);
    refuseOtherTypes(request, CDR_TYPE, 'application/json or application/x-ndjson');
    const body: unknown = request.body;
    if (!Buffer.isBuffer(body) || body.length === 0) {
      throw new HttpProblem('unreadable-body', 'the request needs a body with CDRs');
    }
    const { ids } = await withBody(response, () => intake.receive(source, body, ''));
    response.status(202).json(acceptedAnswer(ids));
  });
  const router = Router();
  router.post('/cdrs', readBody, handIn);
  return router;
}

/** The source of a name. */
function sourceNamed(name: string, sources: ReadonlyMap<string, Source>): Source {
  const source = sources.get(name);
  if (source !== undefined) return source;
  const known = [...sources.keys()].join(', ');
  throw badParameter('source', `names "${name}", which is no source; configured are: ${known}`);
}
