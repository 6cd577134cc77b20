import { Router, type Request, type Response } from 'express';
import type { JsonObject } from '../../check/json-text.ts';
import { errorAt, InvalidDocumentError } from '../../check/problem.ts';
import { documentCheck } from '../../check/schema.ts';
import { DRAFT_TRIAL_REQUEST, RENDER_REQUEST, TRIAL_REQUEST } from '../openapi/operations/trials.ts';
import { allowOnly, HttpProblem } from '../problem.ts';
import { bodyText, checkedBody, readJson } from './body.ts';
import { givenCdr, type CdrMembers } from './given-cdr.ts';
import { TrialLimit } from './trial-limit.ts';
import { renderTrial, runTrial, triedDraft, triedStored, type TrialOptions, type Tried } from './trials.ts';

interface TrialBody extends CdrMembers {
  readonly webhook?: JsonObject;
  readonly webhookId?: string;
  /** Whether it is really sent, once. */
  readonly send?: boolean;
}

const checkRender = documentCheck(RENDER_REQUEST);
const checkTrial = documentCheck(TRIAL_REQUEST);
const checkDraftTrial = documentCheck(DRAFT_TRIAL_REQUEST);

/**
 * `/templates:render`, `/webhooks/{id}/test` and `/webhooks:test`: what a webhook would send, and what comes back.
 *
 * @param clock epoch milliseconds.
 */
export function trialRoutes(options: TrialOptions, clock: () => number): Router {
  const router = Router();
  const limit = new TrialLimit(clock);
  const run = async (tried: Tried, body: TrialBody, request: Request, response: Response): Promise<void> => {
    const given = await givenCdr(body, bodyText(request), options);
    if (body.send === true) limit.take(response);
    const signal = body.send === true ? whileOpen(response) : undefined;
    response.json(await runTrial(tried, given, options, signal));
  };
  router
    .route('/templates\\:render')
    .post(readJson, async (request, response) => {
      const body: TrialBody = checkedBody(request, checkRender);
      const tried = triedIn(body, options);
      const given = await givenCdr(body, bodyText(request), options);
      response.json({
        request: renderTrial(tried, given, options, tried.webhookId === null ? '/webhook' : ''),
      });
    })
    .all(allowOnly('POST'));
  router
    .route('/webhooks/:id/test')
    .post(readJson, async (request, response) => {
      const { id } = request.params;
      const tried = triedStored(id, options);
      if (tried === undefined) throw new HttpProblem('not-found', `there is no webhook "${id}"`);
      await run(tried, checkedBody(request, checkTrial), request, response);
    })
    .all(allowOnly('POST'));
  router
    .route('/webhooks\\:test')
    .post(readJson, async (request, response) => {
      const body: TrialBody = checkedBody(request, checkDraftTrial);
      await run(triedIn(body, options), body, request, response);
    })
    .all(allowOnly('POST'));
  return router;
}

function triedIn({ webhook, webhookId = '' }: TrialBody, options: TrialOptions): Tried {
  if (webhook !== undefined) return triedDraft(webhook, options);
  const tried = triedStored(webhookId, options);
  if (tried !== undefined) return tried;
  const message = `there is no webhook ${JSON.stringify(webhookId)}; give a draft under webhook, or another id`;
  throw new InvalidDocumentError('the body', [errorAt('/webhookId', message)]);
}

/** Aborted when the client goes before it has its answer. */
function whileOpen(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    controller.abort();
  });
  return controller.signal;
}
