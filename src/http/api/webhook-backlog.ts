import { Router } from 'express';
import type { Registry } from '../../webhooks/registry.ts';
import { allowOnly, HttpProblem } from '../problem.ts';
import { readJson } from './body.ts';
import { recovery } from './run-requests.ts';
import { beginRun, type RunRoutesOptions } from './runs.ts';

/** `/webhooks/{id}/recover` and `…/cancel-pending`: all that failed, and all that waits, of one webhook. */
export function webhookBacklogRoutes(options: RunRoutesOptions): Router {
  const { store, registry, onCancelled } = options;
  const router = Router();
  router
    .route('/webhooks/:id/recover')
    .post(readJson, async (request, response) => {
      refuseUnknown(request.params.id, registry);
      await beginRun(options, recovery(request.params.id, request), request, response);
    })
    .all(allowOnly('POST'));
  router
    .route('/webhooks/:id/cancel-pending')
    .post(async (request, response) => {
      refuseUnknown(request.params.id, registry);
      const { cancelled, delivering } = await store.cancelPending(request.params.id);
      onCancelled(cancelled);
      response.json({ cancelled, delivering });
    })
    .all(allowOnly('POST'));
  return router;
}

function refuseUnknown(id: string, registry: Registry): void {
  if (!registry.webhooks.has(id)) throw new HttpProblem('not-found', `there is no webhook "${id}"`);
}
