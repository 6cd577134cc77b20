import { Router } from 'express';
import type { Store } from '../../store/store.ts';
import { allowOnly } from '../problem.ts';
import { limitParameter, refuseOtherParameters } from '../query.ts';
import { time } from './representations.ts';

/** `/held-calls`: calls whose legs wait for each other. */
export function heldCallRoutes(store: Store): Router {
  const router = Router();
  router
    .route('/held-calls')
    .get(async (request, response) => {
      refuseOtherParameters(request, 'limit');
      const [calls, total] = await Promise.all([
        store.calls.waiting(limitParameter(request)),
        store.calls.count(),
      ]);
      const data = calls.map(({ dueAtMs, ...call }) => ({ ...call, dueAt: time(dueAtMs) }));
      response.json({ data, total });
    })
    .all(allowOnly('GET'));
  return router;
}
