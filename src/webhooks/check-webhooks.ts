import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { JsonValue } from '../check/json-text.ts';
import { errorAt, hasErrors, pointerTo, warningAt, type Problem } from '../check/problem.ts';
import { checkConditions, type Condition } from '../match/conditions.ts';
import { whyUnindexed } from '../match/indexability.ts';
import { checkAnswerCondition } from './answer-condition.ts';
import { checkAccess } from './check-connections.ts';
import type { ConnectionDocuments } from './connection.ts';
import { beginsWithReference, withoutReferences } from './references.ts';
import { compileTemplates } from './templates.ts';
import type { WebhookDocument } from './webhook.ts';

/** A rules document that satisfies its schema. */
export interface RulesDocument {
  readonly webhooks: readonly WebhookDocument[];
  readonly connections?: ConnectionDocuments;
}

/**
 * Says why nothing will be sent to a url, as far as the url alone tells; `undefined` when nothing speaks against it.
 * Which addresses are refused is for the relay to know.
 */
export type TargetProblem = (url: URL) => string | undefined;

/** What a webhook is checked against; what is not given is not checked. */
export interface Surroundings {
  /** The connections that it may name. */
  readonly connections?: ConnectionDocuments | undefined;
  readonly targetProblem?: TargetProblem | undefined;
}

/** Headers that HTTP itself decides, so that setting them would break the request. */
const RESERVED_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
]);

/**
 * Checks what no schema can of one webhook that satisfies the schema: its conditions, templates, url, headers and
 * authentication.
 *
 * A refused target is a warning and no error: it is the configuration that refuses it, and a configuration that is
 * made stricter must not put a whole rules file out of force.
 */
export function checkWebhook(
  webhook: WebhookDocument,
  pointer: string,
  surroundings: Surroundings = {},
): Problem[] {
  return [
    ...checkWebhookMembers(webhook, pointer, surroundings),
    ...compileTemplates(webhook).problems.map((problem) => ({
      ...problem,
      pointer: `${pointer}${problem.pointer}`,
    })),
  ];
}

/** The same but for templates, for who compiles them anyway. */
export function checkWebhookMembers(
  webhook: WebhookDocument,
  pointer: string,
  { connections, targetProblem }: Surroundings,
): Problem[] {
  const { url, retry } = webhook;
  return [
    ...checkUrl(url, pointerTo(pointer, 'url')),
    ...checkTarget(url, pointerTo(pointer, 'url'), targetProblem),
    ...checkHeaders(webhook.headers ?? {}, pointerTo(pointer, 'headers')),
    ...checkMeta(webhook.meta ?? {}, pointerTo(pointer, 'meta')),
    ...checkAllConditions(webhook.conditions ?? [], pointerTo(pointer, 'conditions')),
    ...checkAnswerCondition(webhook.successWhen, pointerTo(pointer, 'successWhen')),
    ...checkAnswerCondition(retry?.when, pointerTo(pointerTo(pointer, 'retry'), 'when')),
    ...checkAccess(webhook, pointer, connections),
  ];
}

function checkAllConditions(conditions: readonly Condition[], pointer: string): Problem[] {
  const problems = checkConditions(conditions, pointer);
  const unindexed = hasErrors(problems) ? undefined : whyUnindexed(conditions);
  return unindexed === undefined ? problems : [...problems, warningAt(pointer, unindexed)];
}

/** Deeper than anybody writes by hand, and far from where printing it would fail. */
const META_DEPTH = 64;

/** A number that JavaScript cannot hold would be sent, and written back to the file, with other digits. */
function checkMeta(value: JsonValue, pointer: string, depth = 0): Problem[] {
  if (
    typeof value === 'number' &&
    (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
  ) {
    return [errorAt(pointer, 'a number of this size loses digits; write it as a text')];
  }
  if (typeof value !== 'object' || value === null) return [];
  if (depth > META_DEPTH) return [errorAt(pointer, `nested more than ${META_DEPTH} deep`)];
  return Object.entries(value).flatMap(([key, inner]) =>
    checkMeta(inner, pointerTo(pointer, key), depth + 1),
  );
}

function checkUrl(url: string, pointer: string): Problem[] {
  // A url that is one reference can only be checked when it is sent to.
  if (beginsWithReference(url)) return [];
  // A reference may be the port, where only a digit fits, or part of a host name, where a digit may not.
  const parsed = URL.parse(withoutReferences(url)) ?? URL.parse(withoutReferences(url, '1'));
  if (parsed === null)
    return [errorAt(pointer, 'is not a url; write it whole, such as https://example.com/hooks/cdr')];
  if (!['http:', 'https:'].includes(parsed.protocol))
    return [errorAt(pointer, 'must begin with http:// or https://')];
  return [];
}

function checkTarget(url: string, pointer: string, targetProblem?: TargetProblem): Problem[] {
  const told = targetProblem === undefined ? undefined : complaintAboutTarget(url, targetProblem);
  return told === undefined ? [] : [warningAt(pointer, told)];
}

/** Why nothing will be sent to the url of a webhook; `undefined` when nothing speaks against it. */
export function complaintAboutTarget(url: string, targetProblem: TargetProblem): string | undefined {
  // A reference may stand for the host; which one it is, is only known when sending.
  const [one, other] = ['1', '2'].map((digit) => URL.parse(withoutReferences(url, digit)));
  if (one === undefined || one === null || one.hostname !== other?.hostname) return undefined;
  return targetProblem(one);
}

function checkHeaders(headers: Readonly<Record<string, string>>, pointer: string): Problem[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    const place = pointerTo(pointer, name);
    if (RESERVED_HEADERS.has(name.toLowerCase()))
      return [errorAt(place, 'is set by Hookswitch and cannot be given')];
    try {
      validateHeaderName(name);
    } catch {
      return [errorAt(place, 'is not a header name (letters, digits and dashes)')];
    }
    try {
      validateHeaderValue(name, withoutReferences(value));
    } catch {
      return [errorAt(place, 'holds a character that no header may hold, such as a line break')];
    }
    return [];
  });
}
