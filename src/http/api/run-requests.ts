import type { Request } from 'express';
import type { JsonValue } from '../../check/json-text.ts';
import { errorAt, hasErrors, InvalidDocumentError, pointerTo, type Problem } from '../../check/problem.ts';
import { documentCheck, type SchemaCheck } from '../../check/schema.ts';
import type { FinalState, RedeliverySelection, ReplaySelection, RunTask } from '../../store/runs.ts';
import type { Registry } from '../../webhooks/registry.ts';
import { CDR_REPLAY, RECOVERY, REDELIVERY, REPLAY, TASK_KIND } from '../openapi/operations/runs.ts';
import { timeOf } from '../query.ts';
import { hasBody, jsonBody } from './body.ts';

/** A selection as a client writes it, checked. */
interface SelectionBody {
  readonly kind?: RunTask['kind'];
  readonly deliveryId?: string;
  readonly cdrId?: string;
  readonly webhookId?: string;
  readonly source?: string;
  readonly states?: readonly FinalState[];
  readonly since?: string;
  readonly until?: string;
  readonly again?: boolean;
}

const checkKind = documentCheck(TASK_KIND);
const checks: Readonly<Record<RunTask['kind'], SchemaCheck>> = {
  redeliver: documentCheck(REDELIVERY),
  replay: documentCheck(REPLAY),
};
const checkRecovery = documentCheck(RECOVERY);
const checkCdrReplay = documentCheck(CDR_REPLAY);

/** What is redelivered unless the request says otherwise. */
const USUAL_STATES: readonly FinalState[] = ['failed'];

/**
 * The task of a run: the body says its kind and what it is about.
 *
 * @throws InvalidDocumentError
 */
export function taskOf(request: Request, registry: Registry): RunTask {
  const body = jsonBody(request);
  const { kind = 'redeliver' } = checked(body, checkKind);
  const selection = checked(body, checks[kind]);
  refuseUnknownWebhook(selection, registry);
  return kind === 'replay'
    ? { kind, selection: replaySelection(selection) }
    : { kind, selection: redeliverySelection(selection) };
}

/** The task that makes a webhook's failed deliveries again, or those in the states that the body says. */
export function recovery(webhookId: string, request: Request): RunTask {
  const selection = checked(jsonBody(request), checkRecovery);
  return { kind: 'redeliver', selection: redeliverySelection({ ...selection, webhookId }) };
}

/** The task that matches one stored CDR against today's rules. It needs no body. */
export function cdrReplay(cdrId: string, request: Request, registry: Registry): RunTask {
  const selection = checked(hasBody(request) ? jsonBody(request) : {}, checkCdrReplay);
  refuseUnknownWebhook(selection, registry);
  return { kind: 'replay', selection: replaySelection({ ...selection, cdrId }) };
}

function checked(body: JsonValue, check: SchemaCheck): SelectionBody {
  const problems = check(body);
  const selection = body as SelectionBody;
  if (!hasErrors(problems)) problems.push(...timeProblems(selection));
  if (hasErrors(problems)) throw new InvalidDocumentError('the body', problems);
  return selection;
}

function timeProblems(selection: SelectionBody): Problem[] {
  return (['since', 'until'] as const).flatMap((name) => {
    const text = selection[name];
    if (text === undefined || timeOf(text) !== undefined) return [];
    return [errorAt(pointerTo('', name), 'must be a time such as 2026-11-21T14:03:22Z')];
  });
}

function refuseUnknownWebhook({ webhookId }: SelectionBody, registry: Registry): void {
  if (webhookId === undefined || registry.webhooks.has(webhookId)) return;
  throw new InvalidDocumentError('the body', [
    errorAt('/webhookId', `there is no webhook ${JSON.stringify(webhookId)}`),
  ]);
}

function redeliverySelection({ deliveryId, webhookId, ...body }: SelectionBody): RedeliverySelection {
  // One delivery that is named is meant whatever became of it.
  const states = body.states ?? (deliveryId === undefined ? USUAL_STATES : undefined);
  return { deliveryId, webhookId, states, ...spanOf(body) };
}

function replaySelection({ cdrId, source, webhookId, again, ...body }: SelectionBody): ReplaySelection {
  return { cdrId, source, webhookId, again, ...spanOf(body) };
}

function spanOf({ since, until }: SelectionBody): Pick<RedeliverySelection, 'sinceMs' | 'untilMs'> {
  return {
    sinceMs: since === undefined ? undefined : timeOf(since),
    untilMs: until === undefined ? undefined : timeOf(until),
  };
}
