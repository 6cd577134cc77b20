import { Router, type Request, type Response } from 'express';
import type { Breaker } from '../../relay/breaker.ts';
import type { WebhookStats } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import type { TargetProblem } from '../../webhooks/check-webhooks.ts';
import type { Registry } from '../../webhooks/registry.ts';
import type { RulesFile } from '../../webhooks/rules-file.ts';
import type { Webhook } from '../../webhooks/webhook.ts';
import { rememberAnswers } from '../idempotency.ts';
import { requiredIfMatch } from '../preconditions.ts';
import { allowOnly, HttpProblem } from '../problem.ts';
import { limitParameter, pageOf, refuseOtherParameters, textParameter } from '../query.ts';
import { jsonBody, readJson } from './body.ts';
import { etagOf, showBreaker, showWebhook } from './representations.ts';
import { WebhookEdits, type WebhookSchemaCheck } from './webhook-edits.ts';

/** Tells how it stands with a webhook's target; the relay's dispatcher. */
export interface Breakers {
  breakerOf(webhookId: string): Breaker;
}

/** What the webhook routes need. */
export interface WebhookRoutesOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly rules: RulesFile;
  readonly breakers: Breakers;
  readonly checkDocument: WebhookSchemaCheck;
  /** Which targets are refused. */
  readonly targetProblem: TargetProblem;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/** `/webhooks`: the webhooks in the rules file, each with its counters. */
export function webhookRoutes(options: WebhookRoutesOptions): Router {
  const router = Router();
  const edits = new WebhookEdits(options.rules, options.checkDocument, options.targetProblem);
  router
    .route('/webhooks')
    .get((request, response) => list(options, request, response))
    .post(readJson, rememberAnswers(options.clock), async (request, response) => {
      const id = await edits.create(jsonBody(request));
      response.status(201).location(`${request.baseUrl}/webhooks/${id}`);
      await answer(options, id, response);
    })
    .all(allowOnly('GET', 'POST'));
  router
    .route('/webhooks/:id')
    .get((request, response) => answer(options, request.params.id, response))
    .put(readJson, async (request, response) => {
      await edits.replace(request.params.id, jsonBody(request), requiredIfMatch(request));
      await answer(options, request.params.id, response);
    })
    .patch(readJson, async (request, response) => {
      await edits.patch(request.params.id, jsonBody(request), requiredIfMatch(request));
      await answer(options, request.params.id, response);
    })
    .delete(async (request, response) => {
      await edits.remove(request.params.id, requiredIfMatch(request));
      response.status(204).end();
    })
    .all(allowOnly('GET', 'PUT', 'PATCH', 'DELETE'));
  router.use(switchRoute(edits, 'enable', true), switchRoute(edits, 'disable', false));
  return router;
}

function switchRoute(edits: WebhookEdits, verb: string, enabled: boolean): Router {
  const router = Router();
  router
    .route(`/webhooks/:id/${verb}`)
    .post(async (request: Request<{ id: string }>, response) => {
      await edits.patch(request.params.id, { enabled }, request.get('if-match'));
      response.status(204).end();
    })
    .all(allowOnly('POST'));
  return router;
}

async function list(options: WebhookRoutesOptions, request: Request, response: Response): Promise<void> {
  const { registry, store } = options;
  refuseOtherParameters(request, 'limit', 'cursor');
  const limit = limitParameter(request);
  const rest = behind([...registry.webhooks.values()], textParameter(request, 'cursor'));
  const page = pageOf(rest.slice(0, limit + 1), limit, (webhook) => webhook);
  const stats = await store.stats(page.data.map(({ id }) => id));
  const data = page.data.map((webhook) => show(options, webhook, stats.get(webhook.id)));
  response.json({ ...page, data });
}

async function answer(options: WebhookRoutesOptions, id: string, response: Response): Promise<void> {
  const { registry, store } = options;
  const webhook = registry.webhooks.get(id);
  if (webhook === undefined) throw new HttpProblem('not-found', `there is no webhook "${id}"`);
  const stats = await store.stats([id]);
  response.set('etag', etagOf(webhook.document)).json(show(options, webhook, stats.get(id)));
}

function show(
  { breakers, targetProblem }: WebhookRoutesOptions,
  { id, document }: Webhook,
  stats: WebhookStats | undefined,
): object {
  return {
    ...showWebhook(document, stats, targetProblem),
    breaker: showBreaker(breakers.breakerOf(id)),
  };
}

/** The webhooks behind the one a page ended with. */
function behind(all: readonly Webhook[], cursor: string | undefined): readonly Webhook[] {
  if (cursor === undefined) return all;
  const index = all.findIndex(({ id }) => id === cursor);
  if (index < 0)
    throw new HttpProblem('bad-request', 'the webhook this cursor stood at is gone; begin again without it');
  return all.slice(index + 1);
}
