import type { JsonObject } from '../../check/json-text.ts';
import { hasErrors, InvalidDocumentError, type Problem } from '../../check/problem.ts';
import type { SchemaCheck } from '../../check/schema.ts';
import { checkConditions } from '../../match/conditions.ts';
import type { Rule } from '../../match/matcher.ts';
import { checkWebhook } from '../../webhooks/check-webhooks.ts';
import type { Rules } from '../../webhooks/rules.ts';
import { restoreMasked } from '../../webhooks/secrets.ts';
import { idFromName, makeWebhook, type Webhook, type WebhookDocument } from '../../webhooks/webhook.ts';
import { writtenMembers } from './webhook-edits.ts';

/** What it takes to make something of a webhook that is not stored. */
export interface DraftOptions {
  readonly rules: Rules;
  /** `schemas/webhook.schema.json`, compiled. */
  readonly checkDocument: SchemaCheck;
}

/** A webhook as far as matching goes. */
export interface DraftRule extends Rule {
  readonly name: string;
  readonly enabled: boolean;
}

/** What stands for a name and a url that are not written yet. The domain is reserved (RFC 2606). */
const UNWRITTEN = { name: 'Draft', url: 'https://target.invalid/' };

/** The members that matching looks at. */
const MATCHED_MEMBERS = ['name', 'enabled', 'sources', 'conditions'];

/**
 * What a draft would match by. Of the rest of it nothing is looked at: it may be half written.
 *
 * @throws InvalidDocumentError with pointers into the body, where the draft is `webhook`.
 */
export function draftRule(draft: JsonObject, { checkDocument }: DraftOptions): DraftRule {
  const members = Object.entries(draft).filter(([name]) => MATCHED_MEMBERS.includes(name));
  const document = asDocument({ ...Object.fromEntries(members), url: UNWRITTEN.url });
  const problems = checkDocument(document);
  const { name, enabled = true, sources, conditions = [] } = document;
  if (!hasErrors(problems)) problems.push(...checkConditions(conditions, '/conditions'));
  refuse(problems);
  return { id: '', name, enabled, sources, conditions };
}

/**
 * A draft as it would be in force, with the secrets that its masks stand for. Without a name or url it gets some.
 *
 * @throws InvalidDocumentError with pointers into the body, where the draft is `webhook`.
 */
export function draftWebhook(draft: JsonObject, { rules, checkDocument }: DraftOptions): Webhook {
  const { webhooks, connections } = rules.document;
  const stored = webhooks.find((webhook) => (webhook.id ?? idFromName(webhook.name)) === draft['id']);
  const document = asDocument(unmasked(writtenMembers(draft), stored));
  const problems = checkDocument(document);
  if (!hasErrors(problems)) problems.push(...checkWebhook(document, '', { connections }));
  refuse(problems);
  return makeWebhook({ ...document, id: document.id ?? idFromName(document.name) }, connections);
}

/** Whether a draft says where to send. */
export function hasUrl(draft: JsonObject): boolean {
  return typeof draft['url'] === 'string' && draft['url'] !== '';
}

function asDocument(draft: JsonObject): WebhookDocument {
  const written = Object.entries(draft).filter(
    ([name, value]) => !Object.hasOwn(UNWRITTEN, name) || value !== '',
  );
  return { ...UNWRITTEN, ...(Object.fromEntries(written) as Partial<WebhookDocument>) };
}

function unmasked(draft: JsonObject, stored: WebhookDocument | undefined): JsonObject {
  try {
    return restoreMasked(draft, (stored ?? {}) as unknown as JsonObject);
  } catch (error) {
    if (error instanceof InvalidDocumentError) refuse(error.problems);
    throw error;
  }
}

function refuse(problems: readonly Problem[]): void {
  if (!hasErrors(problems)) return;
  const inBody = problems.map((problem) => ({ ...problem, pointer: `/webhook${problem.pointer}` }));
  throw new InvalidDocumentError('the draft', inBody);
}
