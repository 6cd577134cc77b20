import { isJsonObject, type JsonObject, type JsonValue } from '../../check/json-text.ts';
import { errorAt, hasErrors, InvalidDocumentError, type Problem } from '../../check/problem.ts';
import type { SchemaCheck } from '../../check/schema.ts';
import { checkWebhook, complaintAboutTarget, type TargetProblem } from '../../webhooks/check-webhooks.ts';
import type { ConnectionDocuments } from '../../webhooks/connection.ts';
import type { Rules } from '../../webhooks/rules.ts';
import { maskDocument, restoreMasked } from '../../webhooks/secrets.ts';
import { idFromName, type WebhookDocument } from '../../webhooks/webhook.ts';
import { etagOf, refuseStale } from '../preconditions.ts';
import { HttpProblem } from '../problem.ts';

/** `schemas/webhook.schema.json`, compiled. */
export type WebhookSchemaCheck = SchemaCheck;

type Identified = WebhookDocument & { readonly id: string };

/** Members that the API shows and nobody writes; sent back, they are passed over. */
const READ_ONLY = ['backlog', 'breaker', 'indexable', 'offReason', 'stats', 'warnings'];

/** What of a webhook that was sent its editor wrote. */
export function writtenMembers(webhook: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(webhook).filter(([name]) => !READ_ONLY.includes(name)));
}

/** The API's edits of the rules file. Problems found point into the body that was sent. */
export class WebhookEdits {
  readonly #rules: Rules;
  readonly #checkDocument: WebhookSchemaCheck;
  readonly #targetProblem: TargetProblem;

  /** @param targetProblem refuses targets of new webhooks and of those whose url is changed. */
  constructor(rules: Rules, checkDocument: WebhookSchemaCheck, targetProblem: TargetProblem) {
    this.#rules = rules;
    this.#checkDocument = checkDocument;
    this.#targetProblem = targetProblem;
  }

  /** Adds a webhook and returns its id, made from the name when none is given. */
  create(body: JsonValue): Promise<string> {
    return this.#rules.edit((webhooks, connections) => {
      const document = this.#checked(body, {}, connections);
      const taken = new Set(webhooks.map(idOf));
      if (document.id !== undefined && taken.has(document.id)) {
        throw new HttpProblem('conflict', `there is a webhook "${document.id}" already`);
      }
      const id = document.id ?? freeId(idFromName(document.name), taken);
      return { webhooks: [...webhooks, { id, ...document }], result: id };
    });
  }

  /** Puts another document in the place of a webhook's. */
  replace(id: string, body: JsonValue, ifMatch: string | undefined): Promise<void> {
    return this.#change(id, ifMatch, (before, connections) => this.#checked(body, before, connections));
  }

  /** Changes members of a webhook by a JSON Merge Patch (RFC 7396). */
  patch(id: string, patch: JsonValue, ifMatch: string | undefined): Promise<void> {
    if (!isJsonObject(patch)) throw new InvalidDocumentError('the body', [errorAt('', 'must be an object')]);
    return this.#change(id, ifMatch, (before, connections) =>
      // What the patch says nothing of is as if it had been sent as it is shown: a secret does not go along to another server.
      this.#checked(mergePatch(maskDocument(before) as unknown as JsonObject, patch), before, connections),
    );
  }

  /** Deletes a webhook. What waits for it is the caller's to cancel. */
  remove(id: string, ifMatch: string | undefined): Promise<void> {
    return this.#rules.edit((webhooks) => {
      find(webhooks, id, ifMatch);
      return { webhooks: webhooks.filter((webhook) => idOf(webhook) !== id), result: undefined };
    });
  }

  #change(
    id: string,
    ifMatch: string | undefined,
    change: (before: Identified, connections: ConnectionDocuments) => WebhookDocument,
  ): Promise<void> {
    return this.#rules.edit((webhooks, connections) => {
      const before = find(webhooks, id, ifMatch);
      const after = { ...change(before, connections) };
      if (after.id !== undefined && after.id !== id) {
        throw new InvalidDocumentError('the body', [errorAt('/id', `cannot be changed from "${id}"`)]);
      }
      // Where the editor has put the id, it stays.
      const document = after.id === undefined ? { id, ...after } : after;
      return {
        webhooks: webhooks.map((webhook) => (idOf(webhook) === id ? document : webhook)),
        result: undefined,
      };
    });
  }

  /** @param before the webhook as it was; a mask in the body stands for what it has there. */
  #checked(
    body: JsonValue,
    before: Partial<WebhookDocument>,
    connections: ConnectionDocuments,
  ): WebhookDocument {
    if (!isJsonObject(body)) throw new InvalidDocumentError('the body', [errorAt('', 'must be an object')]);
    const restored = restoreMasked(writtenMembers(body), before as unknown as JsonObject);
    const problems: Problem[] = this.#checkDocument(restored);
    const document = restored as unknown as WebhookDocument;
    if (!hasErrors(problems))
      problems.push(...checkWebhook(document, '', { connections }), ...this.#checkTarget(document, before));
    if (hasErrors(problems)) throw new InvalidDocumentError('the webhook', problems);
    return document;
  }

  /** A url that was allowed when it was written does not keep its webhook from being edited. */
  #checkTarget({ url }: WebhookDocument, before: Partial<WebhookDocument>): Problem[] {
    const complaint = url === before.url ? undefined : complaintAboutTarget(url, this.#targetProblem);
    return complaint === undefined ? [] : [errorAt('/url', complaint)];
  }
}

function idOf(webhook: WebhookDocument): string {
  return webhook.id ?? idFromName(webhook.name);
}

function freeId(wanted: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) {
    const ending = number === 1 ? '' : `-${number}`;
    const id = `${wanted.slice(0, 64 - ending.length)}${ending}`;
    if (!taken.has(id)) return id;
  }
}

function find(webhooks: readonly WebhookDocument[], id: string, ifMatch: string | undefined): Identified {
  const found = webhooks.find((webhook) => idOf(webhook) === id);
  if (found === undefined) throw new HttpProblem('not-found', `there is no webhook "${id}"`);
  const document = { ...found, id };
  refuseStale(ifMatch, etagOf(document), 'the webhook');
  return document;
}

function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map(Object.entries(target));
  for (const [name, value] of Object.entries(patch)) {
    const before = merged.get(name);
    if (value === null) merged.delete(name);
    else if (isJsonObject(value)) merged.set(name, mergePatch(isJsonObject(before) ? before : {}, value));
    else merged.set(name, value);
  }
  return Object.fromEntries(merged);
}
