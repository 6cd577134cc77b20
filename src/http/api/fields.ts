import { setImmediate as nextTurn } from 'node:timers/promises';
import { Router } from 'express';
import { CALL_PREFIX } from '../../cdr/call-fields.ts';
import { FieldCatalogue, type CataloguedField } from '../../cdr/field-catalogue.ts';
import { allowOnly } from '../problem.ts';
import { limitParameter, refuseOtherParameters, textParameter } from '../query.ts';
import type { CdrReading } from './given-cdr.ts';
import type { PackageContents } from './package-contents.ts';

/** What the routes about fields need. */
export interface FieldRoutesOptions extends CdrReading {
  readonly contents: PackageContents;
}

/** The fields of the last CDRs. */
interface Survey {
  readonly fields: readonly CataloguedField[];
  readonly sampledCdrs: number;
}

interface SurveyFilter {
  readonly source: string | undefined;
  readonly vendor: string | undefined;
}

/** CDRs looked at, the newest. */
const SAMPLED = 200;
/** Of these so many in one go; then whatever else waits gets its turn. */
const SLICE = 20;
/** How long a survey is good for: somebody who types asks with every letter. */
const FRESH_MS = 10_000;
const KEPT_SURVEYS = 20;
const PAGE = { usual: 200, max: 2_000 };

/** `/fields`: the names that conditions and templates can use, from the last CDRs, the vendors' documents and our own. */
export function fieldRoutes(options: FieldRoutesOptions): Router {
  const surveys = new Surveys(options);
  const router = Router();
  router
    .route('/fields')
    .get(async (request, response) => {
      refuseOtherParameters(request, 'prefix', 'source', 'vendor', 'limit');
      const limit = limitParameter(request, PAGE);
      const prefix = (textParameter(request, 'prefix') ?? '').toLowerCase();
      const { fields, sampledCdrs } = await surveys.of({
        source: textParameter(request, 'source'),
        vendor: textParameter(request, 'vendor'),
      });
      const data = fields.filter(({ path }) => path.toLowerCase().startsWith(prefix)).slice(0, limit);
      response.json({ data, sampledCdrs });
    })
    .all(allowOnly('GET'));
  return router;
}

/** Makes surveys when they are asked for and keeps them for a while. */
class Surveys {
  readonly #options: FieldRoutesOptions;
  readonly #kept = new Map<string, { readonly madeAtMs: number; readonly survey: Promise<Survey> }>();

  constructor(options: FieldRoutesOptions) {
    this.#options = options;
  }

  of(filter: SurveyFilter): Promise<Survey> {
    const key = JSON.stringify([filter.source, filter.vendor]);
    const nowMs = Date.now();
    const kept = this.#kept.get(key);
    if (kept !== undefined && nowMs - kept.madeAtMs < FRESH_MS) return kept.survey;
    const survey = this.#make(filter);
    this.#kept.delete(key);
    this.#kept.set(key, { madeAtMs: nowMs, survey });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_SURVEYS && oldest !== undefined) this.#kept.delete(oldest);
    survey.catch(() => this.#kept.delete(key));
    return survey;
  }

  async #make(filter: SurveyFilter): Promise<Survey> {
    const { store, readCdr, contents } = this.#options;
    const catalogue = new FieldCatalogue();
    const cdrs = await store.cdrs({ ...filter, limit: SAMPLED });
    for (const [index, stored] of cdrs.entries()) {
      if (index > 0 && index % SLICE === 0) await nextTurn();
      catalogue.add(readCdr(stored));
    }
    this.#addDocumented(catalogue, filter);
    for (const [name, description] of Object.entries(contents.callDescriptions)) {
      catalogue.describe(`${CALL_PREFIX}${name}`, description);
    }
    return { fields: catalogue.list(), sampledCdrs: cdrs.length };
  }

  /** The fields of one vendor when the filter names it or its source has it, else of all that sources are set to. */
  #addDocumented(catalogue: FieldCatalogue, { source, vendor }: SurveyFilter): void {
    const { vendors, sources } = this.#options;
    const only = vendor ?? (source === undefined ? undefined : sources.get(source)?.vendor?.profile.vendor);
    const configured = [...sources.values()].flatMap((one) => one.vendor?.profile.vendor ?? []);
    for (const name of only === undefined ? new Set(configured) : [only]) {
      for (const field of vendors.get(name)?.documented ?? []) catalogue.document(field, name);
    }
  }
}
