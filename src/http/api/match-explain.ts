import { setImmediate as nextTurn } from 'node:timers/promises';
import { Router, type Request } from 'express';
import type { JsonObject } from '../../check/json-text.ts';
import { errorAt, InvalidDocumentError } from '../../check/problem.ts';
import { documentCheck } from '../../check/schema.ts';
import { explain, type ExplainedCondition } from '../../match/explain.ts';
import { byNearness, nearnessOf, type Nearness } from '../../match/nearness.ts';
import type { Registry } from '../../webhooks/registry.ts';
import { EXPLAIN_REQUEST } from '../openapi/operations/trials.ts';
import { allowOnly } from '../problem.ts';
import {
  badParameter,
  limitParameter,
  refuseOtherParameters,
  textParameter,
  wordParameter,
} from '../query.ts';
import { bodyText, checkedBody, readJson } from './body.ts';
import { draftRule, type DraftOptions, type DraftRule } from './drafts.ts';
import { givenCdr, type CdrMembers, type CdrReading, type GivenCdr } from './given-cdr.ts';
import { shownCall, shownFields } from './shown-cdr.ts';

/** What the routes that explain need. */
export interface ExplainRoutesOptions extends CdrReading, DraftOptions {
  readonly registry: Registry;
}

interface ExplainBody extends CdrMembers {
  /** Only these of the webhooks in force. */
  readonly webhookIds?: readonly string[];
  /** A webhook that need not be stored; without `webhookIds` it is the only one. */
  readonly webhook?: JsonObject;
}

const checkBody = documentCheck(EXPLAIN_REQUEST);

/** What is explained: a webhook in force, or a draft, whose id is null. */
interface Candidate {
  readonly webhookId: string | null;
  readonly rule: DraftRule;
}

/** How long webhooks are evaluated in one go; then whatever else waits gets its turn. */
const SLICE_MS = 5;

/** `/match:explain`: which webhooks a CDR hits, and what each condition of them makes of it. */
export function explainRoutes(options: ExplainRoutesOptions): Router {
  const router = Router();
  router
    .route('/match\\:explain')
    .post(readJson, async (request, response) => {
      refuseOtherParameters(request, 'matched', 'limit', 'cursor');
      const body: ExplainBody = checkedBody(request, checkBody);
      const candidates = candidatesOf(body, options);
      const given = await givenCdr(body, bodyText(request), options);
      response.json({ ...showGiven(given), ...(await explainAll(candidates, given, request)) });
    })
    .all(allowOnly('POST'));
  return router;
}

/** What one webhook makes of a CDR. */
export function explainOne({ webhookId, rule }: Candidate, { cdr, ignored }: GivenCdr): object {
  const { matched, listens, conditions } = explain(rule, cdr);
  return {
    webhookId,
    name: rule.name,
    enabled: rule.enabled,
    matched: matched && ignored === undefined,
    listens,
    conditions: conditions.map(showCondition),
  };
}

function candidatesOf(body: ExplainBody, options: ExplainRoutesOptions): Candidate[] {
  const { webhook, webhookIds } = body;
  const drafts = webhook === undefined ? [] : [{ webhookId: null, rule: draftRule(webhook, options) }];
  const { webhooks } = options.registry;
  if (webhookIds === undefined && webhook !== undefined) return drafts;
  const ids = webhookIds ?? [...webhooks.keys()];
  const stored = ids.map((id, index) => {
    const rule = webhooks.get(id);
    if (rule !== undefined) return { webhookId: id, rule };
    const message = `there is no webhook ${JSON.stringify(id)}`;
    throw new InvalidDocumentError('the body', [errorAt(`/webhookIds/${index}`, message)]);
  });
  return [...drafts, ...stored];
}

function showGiven({ cdr, stored, isStored, ignored, cdrsInText, isRedacted }: GivenCdr): object {
  const { source, vendor, violation = null } = stored;
  const fields = isStored
    ? {}
    : { cdrsInText, redacted: isRedacted, violation, fields: shownFields(stored.raw), call: shownCall(cdr) };
  return { cdrId: isStored ? stored.id : null, source, vendor, ignored: ignored ?? null, ...fields };
}

/** One page: what matches, then the nearest misses. The cursor is how many came before. */
async function explainAll(
  candidates: readonly Candidate[],
  given: GivenCdr,
  request: Request,
): Promise<{ data: object[]; nextCursor: string | null }> {
  const limit = limitParameter(request);
  const start = startOf(request);
  const wanted = wordParameter(request, 'matched', ['true', 'false']);
  const ranked = (await rank(candidates, given)).filter(
    ({ nearness }) => wanted === undefined || String(nearness.matched) === wanted,
  );
  const page = ranked.slice(start, start + limit);
  return {
    data: page.map(({ candidate }) => explainOne(candidate, given)),
    nextCursor: start + limit < ranked.length ? String(start + limit) : null,
  };
}

function startOf(request: Request): number {
  const cursor = textParameter(request, 'cursor') ?? '0';
  if (/^\d{1,7}$/.test(cursor)) return Number(cursor);
  throw badParameter('cursor', 'is none that was given out');
}

async function rank(candidates: readonly Candidate[], { cdr, ignored }: GivenCdr) {
  const ranked: { candidate: Candidate; nearness: Nearness }[] = [];
  let sliceEndsAt = performance.now() + SLICE_MS;
  for (const candidate of candidates) {
    const nearness = nearnessOf(explain(candidate.rule, cdr));
    ranked.push({ candidate, nearness: { ...nearness, matched: nearness.matched && ignored === undefined } });
    if (performance.now() < sliceEndsAt) continue;
    await nextTurn();
    sliceEndsAt = performance.now() + SLICE_MS;
  }
  return ranked.sort((a, b) => byNearness(a.nearness, b.nearness));
}

function showCondition({ condition, held, saw, error }: ExplainedCondition): object {
  const values = saw.map(({ path, value = null, absent }) => ({ path, value, absent }));
  return { condition, result: held, ...(error === undefined ? {} : { error }), values };
}
