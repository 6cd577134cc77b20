import { Router, type Request, type Response } from 'express';
import type { JsonObject } from '../../check/json-text.ts';
import { errorAt, InvalidDocumentError } from '../../check/problem.ts';
import { allowOnly, HttpProblem } from '../problem.ts';
import { bodyCheck, bodyText, checkedBody, readJson } from './body.ts';
import { DRAFT_SCHEMA } from './drafts.ts';
import { CDR_PROPERTIES, givenCdr, type CdrMembers } from './given-cdr.ts';
import { renderTrial, runTrial, triedDraft, triedStored, type TrialOptions, type Tried } from './trials.ts';

interface TrialBody extends CdrMembers {
  readonly webhook?: JsonObject;
  readonly webhookId?: string;
  /** Whether it is really sent, once. */
  readonly send?: boolean;
}

const SEND = { send: { type: 'boolean' } };
const checkRender = bodyCheck({ ...CDR_PROPERTIES, webhook: DRAFT_SCHEMA, webhookId: { type: 'string' } });
const checkTrial = bodyCheck({ ...CDR_PROPERTIES, ...SEND });
const checkDraftTrial = bodyCheck({ ...CDR_PROPERTIES, ...SEND, webhook: DRAFT_SCHEMA }, ['webhook']);

/** `/templates:render`, `/webhooks/{id}/test` and `/webhooks:test`: what a webhook would send, and what comes back. */
export function trialRoutes(options: TrialOptions): Router {
  const router = Router();
  const run = async (tried: Tried, body: TrialBody, request: Request, response: Response): Promise<void> => {
    const given = await givenCdr(body, bodyText(request), options);
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
