import { Router } from 'express';
import type { Store } from '../../store/store.ts';
import { allowOnly } from '../problem.ts';
import { refuseOtherParameters, textParameter, timeParameter } from '../query.ts';
import { showHour } from './representations.ts';

const DAY_MS = 24 * 3_600_000;

/** `/stats`: counts per hour, of the whole router or of one webhook. */
export function statsRoutes(store: Store): Router {
  const router = Router();
  router
    .route('/stats')
    .get(async (request, response) => {
      refuseOtherParameters(request, 'webhookId', 'start');
      const sinceMs = timeParameter(request, 'start') ?? Date.now() - DAY_MS;
      const hours = await store.hourly(textParameter(request, 'webhookId'), sinceMs);
      response.json({ pending: await store.pending(), data: hours.map(showHour) });
    })
    .all(allowOnly('GET'));
  return router;
}
