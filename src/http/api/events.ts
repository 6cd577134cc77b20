import { Router } from 'express';
import { EVENT_TYPES, type EventFeed } from '../event-feed.ts';
import { allowOnly, HttpProblem } from '../problem.ts';
import { refuseOtherParameters, wordsParameter } from '../query.ts';

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // What nginx and others on the way gather would come in lumps.
  'x-accel-buffering': 'no',
};

/** `/events`: what happens from now on, as server-sent events. `Last-Event-ID` is passed over: nothing is told again. */
export function eventRoutes({ events }: { readonly events: EventFeed }): Router {
  const router = Router();
  const others = allowOnly('GET');
  router
    .route('/events')
    // Express would take HEAD for GET, and its answer would not end.
    .head(others)
    .get((request, response) => {
      refuseOtherParameters(request, 'types');
      const types = wordsParameter(request, 'types', EVENT_TYPES);
      if (!events.hasRoom) {
        const headers = { 'retry-after': '30' };
        throw new HttpProblem('unavailable', 'as many clients as can be told are told', { headers });
      }
      // A client that is gone is no fault of the router's; nobody else listens.
      response.on('error', () => undefined);
      response.writeHead(200, HEADERS);
      response.write('retry: 3000\n\n');
      response.once('close', events.connect(response, types));
    })
    .all(others);
  return router;
}
