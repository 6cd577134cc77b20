import { Router } from 'express';
import { DELIVERY_STATES, type Attempt, type Delivery } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import { callersKeyOf } from '../idempotency.ts';
import { STATUS_CLASSES } from '../openapi/operations/deliveries.ts';
import { allowOnly, HttpProblem } from '../problem.ts';
import {
  limitParameter,
  pageOf,
  refuseOtherParameters,
  textParameter,
  timeParameter,
  wordParameter,
  wordsParameter,
} from '../query.ts';
import { showAttempt, showDelivery } from './representations.ts';
import type { RunRoutesOptions } from './runs.ts';

const FILTERS = ['webhookId', 'cdrId', 'state', 'statusClass', 'runId', 'since', 'until'];

/** `/deliveries`: what was made of CDRs, with every attempt; made again or cancelled one by one. */
export function deliveryRoutes(options: RunRoutesOptions): Router {
  const { store } = options;
  const router = Router();
  router
    .route('/deliveries')
    .get(async (request, response) => {
      refuseOtherParameters(request, ...FILTERS, 'limit', 'cursor');
      const limit = limitParameter(request);
      const deliveries = await store.deliveries({
        webhookId: textParameter(request, 'webhookId'),
        cdrId: textParameter(request, 'cdrId'),
        state: wordsParameter(request, 'state', DELIVERY_STATES),
        statusClass: wordParameter(request, 'statusClass', STATUS_CLASSES),
        runId: textParameter(request, 'runId'),
        sinceMs: timeParameter(request, 'since'),
        untilMs: timeParameter(request, 'until'),
        beforeId: textParameter(request, 'cursor'),
        limit: limit + 1,
      });
      response.json(pageOf(deliveries, limit, showDelivery));
    })
    .all(allowOnly('GET'));
  router
    .route('/deliveries/:id')
    .get(async (request, response) => {
      const { delivery, attempts } = await find(store, request.params.id);
      response.json({ ...showDelivery(delivery), attempts: attempts.map(showAttempt) });
    })
    .all(allowOnly('GET'));
  router
    .route('/deliveries/:id/redeliver')
    .post(async (request, response) => {
      const made = await redeliver(options, request.params.id, callersKeyOf(request, response));
      response.status(202).location(`${request.baseUrl}/deliveries/${made.id}`).json(showDelivery(made));
    })
    .all(allowOnly('POST'));
  router
    .route('/deliveries/:id/cancel')
    .post(async (request, response) => {
      response.json(showDelivery(await cancel(options, request.params.id)));
    })
    .all(allowOnly('POST'));
  return router;
}

async function find(store: Store, id: string): Promise<{ delivery: Delivery; attempts: Attempt[] }> {
  const found = await store.delivery(id);
  if (found === undefined) throw new HttpProblem('not-found', `there is no delivery "${id}"`);
  return found;
}

/** Makes a delivery again, in a run of its own whose only step is taken at once; gives the new one. */
async function redeliver(
  { store, registry }: RunRoutesOptions,
  id: string,
  idempotencyKey: string | undefined,
): Promise<Delivery> {
  const { delivery } = await find(store, id);
  const { state, webhookId } = delivery;
  if (state === 'pending' || state === 'delivering') {
    throw new HttpProblem('conflict', `the delivery is ${state} and needs no other; cancel it to end it`);
  }
  if (!registry.webhooks.has(webhookId)) {
    throw new HttpProblem('conflict', `the webhook "${webhookId}" of this delivery is deleted`);
  }
  const task = { kind: 'redeliver', selection: { deliveryId: id } } as const;
  const run = await store.runs.start(task, idempotencyKey);
  await store.runs.redeliver(run.id, 1);
  const [made] = await store.deliveries({ runId: run.id, limit: 1 });
  if (made === undefined) {
    throw new HttpProblem(
      'conflict',
      'a newer delivery of the same CDR to this webhook waits or is under way',
    );
  }
  return made;
}

/** Cancels a delivery that waits; one that is cancelled stays so. */
async function cancel({ store, onCancelled }: RunRoutesOptions, id: string): Promise<Delivery> {
  const { cancelled } = await store.cancel([id]);
  onCancelled(cancelled.length);
  const { delivery } = await find(store, id);
  if (delivery.state === 'cancelled') return delivery;
  const reason =
    delivery.state === 'delivering' ? 'under way now; try again when this attempt has ended' : delivery.state;
  throw new HttpProblem('conflict', `the delivery cannot be cancelled: it is ${reason}`);
}
