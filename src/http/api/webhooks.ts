import { Router, type Request, type Response } from 'express';
import type { Store } from '../../store/store.ts';
import type { Registry } from '../../webhooks/registry.ts';
import type { RulesFile } from '../../webhooks/rules-file.ts';
import type { Webhook } from '../../webhooks/webhook.ts';
import { allowOnly, HttpProblem } from '../problem.ts';
import { limitParameter, pageOf, refuseOtherParameters, textParameter } from '../query.ts';
import { jsonBody, readJson } from './body.ts';
import { etagOf, showWebhook } from './representations.ts';
import { WebhookEdits, type WebhookSchemaCheck } from './webhook-edits.ts';

/** What the webhook routes need. */
export interface WebhookRoutesOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly rules: RulesFile;
  readonly checkDocument: WebhookSchemaCheck;
}

/** `/webhooks`: the webhooks in the rules file, each with its counters. */
export function webhookRoutes({ store, registry, rules, checkDocument }: WebhookRoutesOptions): Router {
  const router = Router();
  const edits = new WebhookEdits(rules, checkDocument);

  const find = (request: Request): Webhook => {
    const { id = '' } = request.params as { id?: string };
    const webhook = registry.webhooks.get(id);
    if (webhook === undefined) throw new HttpProblem('not-found', `there is no webhook "${id}"`);
    return webhook;
  };
  const answer = async (response: Response, id: string): Promise<void> => {
    const webhook = registry.webhooks.get(id);
    if (webhook === undefined)
      throw new HttpProblem('not-found', `the webhook "${id}" has just been deleted`);
    const stats = await store.stats([id]);
    response.set('etag', etagOf(webhook.document)).json(showWebhook(webhook.document, stats.get(id)));
  };
  const ifMatch = (request: Request): string | undefined => request.get('if-match');

  router
    .route('/webhooks')
    .get(async (request, response) => {
      refuseOtherParameters(request, 'limit', 'cursor');
      const limit = limitParameter(request);
      const all = [...registry.webhooks.values()];
      const page = pageOf(
        behind(all, textParameter(request, 'cursor')).slice(0, limit + 1),
        limit,
        (webhook) => webhook,
      );
      const stats = await store.stats(page.data.map(({ id }) => id));
      response.json({
        ...page,
        data: page.data.map(({ id, document }) => showWebhook(document, stats.get(id))),
      });
    })
    .post(readJson, async (request, response) => {
      const id = await edits.create(jsonBody(request));
      response.status(201).location(`${request.baseUrl}/webhooks/${id}`);
      await answer(response, id);
    })
    .all(allowOnly('GET', 'POST'));

  router
    .route('/webhooks/:id')
    .get(async (request, response) => {
      await answer(response, find(request).id);
    })
    .put(readJson, async (request, response) => {
      const { id } = find(request);
      await edits.replace(id, jsonBody(request), ifMatch(request));
      await answer(response, id);
    })
    .patch(readJson, async (request, response) => {
      const { id } = find(request);
      await edits.patch(id, jsonBody(request), ifMatch(request));
      await answer(response, id);
    })
    .delete(async (request, response) => {
      await edits.remove(find(request).id, ifMatch(request));
      response.status(204).end();
    })
    .all(allowOnly('GET', 'PUT', 'PATCH', 'DELETE'));

  for (const [verb, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    router
      .route(`/webhooks/:id/${verb}`)
      .post(async (request, response) => {
        await edits.patch(find(request).id, { enabled }, ifMatch(request));
        response.status(204).end();
      })
      .all(allowOnly('POST'));
  }
  return router;
}

/** The webhooks behind the one a page ended with. */
function behind(all: readonly Webhook[], cursor: string | undefined): readonly Webhook[] {
  if (cursor === undefined) return all;
  const index = all.findIndex(({ id }) => id === cursor);
  if (index < 0)
    throw new HttpProblem('bad-request', 'the webhook this cursor stood at is gone; begin again without it');
  return all.slice(index + 1);
}
