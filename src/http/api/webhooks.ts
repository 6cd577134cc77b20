import { Router, type Request, type Response } from 'express';
import type { Registry } from '../../webhooks/registry.ts';
import type { Rules } from '../../webhooks/rules.ts';
import type { Webhook } from '../../webhooks/webhook.ts';
import { rememberAnswers } from '../idempotency.ts';
import { etagOf, requiredIfMatch } from '../preconditions.ts';
import { allowOnly, HttpProblem } from '../problem.ts';
import { badParameter, limitParameter, pageOf, refuseOtherParameters, textParameter } from '../query.ts';
import { jsonBody, readJson } from './body.ts';
import { ShownWebhooks, type ShownWebhooksOptions } from './shown-webhooks.ts';
import { filterWebhooks, WEBHOOK_FILTERS } from './webhook-filter.ts';
import { WebhookEdits, type WebhookSchemaCheck } from './webhook-edits.ts';

/** What the webhook routes need. */
export interface WebhookRoutesOptions extends ShownWebhooksOptions {
  readonly registry: Registry;
  readonly rules: Rules;
  /** Told how many deliveries were cancelled with their webhook. */
  readonly onCancelled: (count: number) => void;
  readonly checkDocument: WebhookSchemaCheck;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/** `/webhooks`: the webhooks in the rules file, each with its counters. */
export function webhookRoutes(options: WebhookRoutesOptions): Router {
  const router = Router();
  const shown = new ShownWebhooks(options);
  const answer = async (id: string, response: Response): Promise<void> => {
    const webhook = options.registry.webhooks.get(id);
    if (webhook === undefined) throw new HttpProblem('not-found', `there is no webhook "${id}"`);
    const [body] = await shown.show([webhook]);
    response.set('etag', etagOf(webhook.document)).json(body);
  };
  const edits = new WebhookEdits(options.rules, options.checkDocument, options.targetProblem);
  const create = rememberAnswers(options.clock, async (request, response) => {
    const id = await edits.create(jsonBody(request));
    response.status(201).location(`${request.baseUrl}/webhooks/${id}`);
    await answer(id, response);
  });
  router
    .route('/webhooks')
    .get((request, response) => list(options, shown, request, response))
    .post(readJson, create)
    .all(allowOnly('GET', 'POST'));
  router
    .route('/webhooks/:id')
    .get((request, response) => answer(request.params.id, response))
    .put(readJson, async (request, response) => {
      await edits.replace(request.params.id, jsonBody(request), requiredIfMatch(request));
      await answer(request.params.id, response);
    })
    .patch(readJson, async (request, response) => {
      await edits.patch(request.params.id, jsonBody(request), requiredIfMatch(request));
      await answer(request.params.id, response);
    })
    .delete(async (request, response) => {
      const { id } = request.params;
      await edits.remove(id, requiredIfMatch(request));
      options.registry.departures.deleted(id);
      const { cancelled } = await options.store.cancelPending(id);
      options.onCancelled(cancelled);
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

async function list(
  options: WebhookRoutesOptions,
  shown: ShownWebhooks,
  request: Request,
  response: Response,
): Promise<void> {
  refuseOtherParameters(request, ...WEBHOOK_FILTERS, 'limit', 'cursor');
  const limit = limitParameter(request);
  const rest = behind([...options.registry.webhooks.values()], textParameter(request, 'cursor'));
  const found = await filterWebhooks(rest, request, options);
  const page = pageOf(found.slice(0, limit + 1), limit, (webhook) => webhook);
  response.json({ ...page, data: await shown.show(page.data) });
}

/** The webhooks behind the one a page ended with. */
function behind(all: readonly Webhook[], cursor: string | undefined): readonly Webhook[] {
  if (cursor === undefined) return all;
  const index = all.findIndex(({ id }) => id === cursor);
  if (index < 0) throw badParameter('cursor', 'stood at a webhook that is gone; begin again without it');
  return all.slice(index + 1);
}
