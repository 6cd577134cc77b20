import { Router, type Request } from 'express';
import { nameOfCall } from '../../store/identity.ts';
import type { StoredCdr } from '../../store/records.ts';
import type { CdrFilter, Store } from '../../store/store.ts';
import { allowOnly, HttpProblem } from '../problem.ts';
import {
  limitParameter,
  pageOf,
  refuseOtherParameters,
  badParameter,
  textParameter,
  timeParameter,
  wordParameter,
} from '../query.ts';
import { readJson } from './body.ts';
import type { CdrReading } from './given-cdr.ts';
import { shownRecordings, type RecordingReading } from './recordings.ts';
import { showCdr, showDelivery } from './representations.ts';
import { cdrReplay } from './run-requests.ts';
import { beginRun, type RunRoutesOptions } from './runs.ts';
import { listedCall, shownCall, shownFields } from './shown-cdr.ts';

/** Deliveries of one CDR are few; this many are shown with it. */
const DELIVERIES_SHOWN = 1_000;

const FILTERS = ['source', 'vendor', 'identity', 'matched', 'q', 'since', 'until'];

/** A longer text is nobody's search. */
const LONGEST_SEARCH = 200;

/** `/cdrs`: what came in, and how it goes through the rules of today. */
export function cdrRoutes(options: RunRoutesOptions & CdrReading & RecordingReading): Router {
  const { store } = options;
  const router = Router();
  router
    .route('/cdrs')
    .get(async (request, response) => {
      refuseOtherParameters(request, ...FILTERS, 'limit', 'cursor');
      const limit = limitParameter(request);
      const matched = wordParameter(request, 'matched', ['true', 'false']);
      const identity = textParameter(request, 'identity');
      const cdrs = await store.cdrs({
        source: textParameter(request, 'source'),
        vendor: textParameter(request, 'vendor'),
        identity: identity === undefined ? undefined : nameOfCall(identity),
        matched: matched === undefined ? undefined : matched === 'true',
        ...searchOf(request),
        sinceMs: timeParameter(request, 'since'),
        untilMs: timeParameter(request, 'until'),
        beforeId: textParameter(request, 'cursor'),
        limit: limit + 1,
      });
      const shown = (cdr: StoredCdr): object => ({ ...showCdr(cdr), call: listedCall(cdr, options.readCdr) });
      response.json(pageOf(cdrs, limit, shown));
    })
    .all(allowOnly('GET', 'POST'));
  router
    .route('/cdrs/:id')
    .get(async (request, response) => {
      const cdr = await store.cdr(request.params.id);
      if (cdr === undefined) throw noSuchCdr(request.params.id);
      const deliveries = await store.deliveries({ cdrId: cdr.id, limit: DELIVERIES_SHOWN });
      const read = options.readCdr(cdr);
      const shown = {
        ...showCdr(cdr),
        supersedes: await earlierVersion(store, cdr),
        deliveries: deliveries.map(showDelivery),
        recordings: await shownRecordings(cdr, read, options),
        call: shownCall(read),
        fields: shownFields(cdr.raw),
      };
      // The CDR goes out as it came in: its text is put behind the other members.
      response.type('json').send(`${JSON.stringify(shown).slice(0, -1)},"cdr":${cdr.raw}}`);
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

/** What begins like an id is looked for among the ids, anything else in the text of the last CDRs. */
function searchOf(request: Request): Pick<CdrFilter, 'idPrefix' | 'text'> {
  const searched = textParameter(request, 'q') ?? '';
  if (searched === '') return {};
  if (searched.length > LONGEST_SEARCH) throw badParameter('q', `has more than ${LONGEST_SEARCH} characters`);
  return searched.startsWith('cdr_') ? { idPrefix: searched } : { text: searched };
}

function noSuchCdr(id: string): HttpProblem {
  return new HttpProblem('not-found', `there is no CDR "${id}"`);
}
