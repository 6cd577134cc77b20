import { Router } from 'express';
import { flatten } from '../../cdr/flatten.ts';
import {
  isContainer,
  isJsonObject,
  parseJson,
  parseKeepingDigits,
  type JsonValue,
} from '../../check/json-text.ts';
import type { StoredCdr } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import { allowOnly, HttpProblem } from '../problem.ts';
import { limitParameter, pageOf, refuseOtherParameters, textParameter, wordParameter } from '../query.ts';
import { readJson } from './body.ts';
import { maskedJson, type MaskOptions } from './masked-numbers.ts';
import { showCdr, showDelivery } from './representations.ts';
import { cdrReplay } from './run-requests.ts';
import { beginRun, type RunRoutesOptions } from './runs.ts';

/** Deliveries of one CDR are few; this many are shown with it. */
const DELIVERIES_SHOWN = 1_000;

/** `/cdrs`: what came in, and how it goes through the rules of today. */
export function cdrRoutes(options: RunRoutesOptions & MaskOptions): Router {
  const { store } = options;
  const shown = options.maskNumbers ? maskedJson : (json: string): string => json;
  const router = Router();
  router
    .route('/cdrs')
    .get(async (request, response) => {
      refuseOtherParameters(request, 'source', 'vendor', 'identity', 'matched', 'limit', 'cursor');
      const limit = limitParameter(request);
      const matched = wordParameter(request, 'matched', ['true', 'false']);
      const cdrs = await store.cdrs({
        source: textParameter(request, 'source'),
        vendor: textParameter(request, 'vendor'),
        identity: textParameter(request, 'identity'),
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
      if (cdr === undefined) throw noSuchCdr(request.params.id);
      const deliveries = await store.deliveries({ cdrId: cdr.id, limit: DELIVERIES_SHOWN });
      const supersedes = await earlierVersion(store, cdr);
      const own = JSON.stringify({ ...showCdr(cdr), supersedes, deliveries: deliveries.map(showDelivery) });
      const fields = shown(JSON.stringify(fieldsOf(cdr.raw)));
      // The CDR goes out as it came in: its text is put behind the other members.
      response.type('json').send(`${own.slice(0, -1)},"fields":${fields},"cdr":${shown(cdr.raw)}}`);
    })
    .all(allowOnly('GET'));
  router
    .route('/cdrs/:id/replay')
    .post(readJson, async (request, response) => {
      const { id } = request.params;
      if ((await store.cdr(id)) === undefined) throw noSuchCdr(id);
      await beginRun(options, cdrReplay(id, request, options.registry), request, response);
    })
    .all(allowOnly('POST'));
  return router;
}

/** The id of the CDR of the same call that came before; null when there is none. */
async function earlierVersion(
  store: Store,
  { id: beforeId, source, identity }: StoredCdr,
): Promise<string | null> {
  if (identity === undefined) return null;
  const [earlier] = await store.cdrs({ source, identity, beforeId, limit: 1 });
  return earlier?.id ?? null;
}

function noSuchCdr(id: string): HttpProblem {
  return new HttpProblem('not-found', `there is no CDR "${id}"`);
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
