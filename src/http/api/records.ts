import { Router } from 'express';
import { flatten } from '../../cdr/flatten.ts';
import {
  isContainer,
  isJsonObject,
  parseJson,
  parseKeepingDigits,
  type JsonValue,
} from '../../check/json-text.ts';
import { DELIVERY_STATES } from '../../store/records.ts';
import { type Store } from '../../store/store.ts';
import { allowOnly, HttpProblem } from '../problem.ts';
import {
  limitParameter,
  pageOf,
  refuseOtherParameters,
  textParameter,
  timeParameter,
  wordParameter,
} from '../query.ts';
import { showAttempt, showCdr, showDelivery, showHour } from './representations.ts';

/** Deliveries of one CDR are few; this many are shown with it. */
const DELIVERIES_SHOWN = 1_000;
const DAY_MS = 24 * 3_600_000;

/** `/cdrs`: what came in. */
export function cdrRoutes(store: Store): Router {
  const router = Router();
  router
    .route('/cdrs')
    .get(async (request, response) => {
      refuseOtherParameters(request, 'source', 'vendor', 'matched', 'limit', 'cursor');
      const limit = limitParameter(request);
      const matched = wordParameter(request, 'matched', ['true', 'false']);
      const cdrs = await store.cdrs({
        source: textParameter(request, 'source'),
        vendor: textParameter(request, 'vendor'),
        matched: matched === undefined ? undefined : matched === 'true',
        beforeId: textParameter(request, 'cursor'),
        limit: limit + 1,
      });
      response.json(pageOf(cdrs, limit, showCdr));
    })
    .all(allowOnly('GET'));
  router
    .route('/cdrs/:id')
    .get(async (request, response) => {
      const cdr = await store.cdr(request.params.id);
      if (cdr === undefined) throw new HttpProblem('not-found', `there is no CDR "${request.params.id}"`);
      const deliveries = await store.deliveries({ cdrId: cdr.id, limit: DELIVERIES_SHOWN });
      const shown = { ...showCdr(cdr), deliveries: deliveries.map(showDelivery), fields: fieldsOf(cdr.raw) };
      // The CDR goes out as it came in: its text is put behind the other members.
      response.type('json').send(`${JSON.stringify(shown).slice(0, -1)},"cdr":${cdr.raw}}`);
    })
    .all(allowOnly('GET'));
  return router;
}

function parseForShow(raw: string): JsonValue {
  try {
    return parseKeepingDigits(raw);
  } catch {
    // Keeping the digits recurses; a record nested thousands deep is shown without.
    return parseJson(raw);
  }
}

function fieldsOf(raw: string): object {
  const record = parseForShow(raw);
  if (!isJsonObject(record)) return {};
  // What lies deeper than fields go could be nested without end, and printing recurses.
  const isShown = (value: JsonValue): boolean => !isContainer(value) || Object.keys(value).length === 0;
  return Object.fromEntries(
    [...flatten(record)].map(([path, value]) => [path, isShown(value) ? value : '…']),
  );
}

/** `/deliveries`: what was made of CDRs, with every attempt. */
export function deliveryRoutes(store: Store): Router {
  const router = Router();
  router
    .route('/deliveries')
    .get(async (request, response) => {
      refuseOtherParameters(request, 'webhookId', 'cdrId', 'state', 'limit', 'cursor');
      const limit = limitParameter(request);
      const deliveries = await store.deliveries({
        webhookId: textParameter(request, 'webhookId'),
        cdrId: textParameter(request, 'cdrId'),
        state: wordParameter(request, 'state', DELIVERY_STATES),
        beforeId: textParameter(request, 'cursor'),
        limit: limit + 1,
      });
      response.json(pageOf(deliveries, limit, showDelivery));
    })
    .all(allowOnly('GET'));
  router
    .route('/deliveries/:id')
    .get(async (request, response) => {
      const found = await store.delivery(request.params.id);
      if (found === undefined)
        throw new HttpProblem('not-found', `there is no delivery "${request.params.id}"`);
      response.json({ ...showDelivery(found.delivery), attempts: found.attempts.map(showAttempt) });
    })
    .all(allowOnly('GET'));
  return router;
}

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
