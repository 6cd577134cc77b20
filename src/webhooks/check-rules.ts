import { isJsonObject, type JsonValue } from '../check/json-text.ts';
import { errorAt, hasErrors, warningAt, type Problem } from '../check/problem.ts';
import type { SchemaCheck } from '../check/schema.ts';
import { checkConnections } from './check-connections.ts';
import { checkWebhookMembers, type RulesDocument, type TargetProblem } from './check-webhooks.ts';
import type { ConnectionDocuments } from './connection.ts';
import { compileTemplates } from './templates.ts';
import { idFromName, makeWebhook, type Webhook, type WebhookDocument } from './webhook.ts';

/** What checking a rules document gives: its webhooks when there is no error, and all problems. */
export interface CheckedRules {
  readonly webhooks: readonly Webhook[];
  readonly problems: readonly Problem[];
}

/** A webhook that satisfies the schema, with what else was found. Pointers begin at the webhook. */
interface CheckedWebhook {
  readonly webhook: Webhook;
  readonly problems: readonly Problem[];
  /** The connections it was checked with. */
  readonly connections: ConnectionDocuments;
}

const NO_CONNECTIONS: ConnectionDocuments = {};

/**
 * Checks rules documents that come one after another. A webhook that was in the one before as the same object is not
 * checked again, so of many webhooks an edit of one costs little. What was checked must not be changed in place.
 */
export class RulesChecker {
  readonly #schemaCheck: SchemaCheck;
  readonly #targetProblem: TargetProblem | undefined;
  readonly #known = new WeakMap<WebhookDocument, CheckedWebhook>();

  /** @param schemaCheck `schemas/rules.schema.json`, compiled. */
  constructor(schemaCheck: SchemaCheck, targetProblem?: TargetProblem) {
    this.#schemaCheck = schemaCheck;
    this.#targetProblem = targetProblem;
  }

  /** Checks a whole rules document. */
  check(document: JsonValue): CheckedRules {
    const problems = this.#checkSchema(document);
    if (hasErrors(problems)) return { webhooks: [], problems };
    const { webhooks: documents, connections = NO_CONNECTIONS } = document as unknown as RulesDocument;
    problems.push(...checkConnections(connections, documents));
    const taken = new Map<string, number>();
    const webhooks = documents.map((one, index) => {
      const checked = this.#checked(one, connections);
      const pointer = `/webhooks/${index}`;
      const { id } = checked.webhook;
      const earlier = taken.get(id);
      if (earlier !== undefined) {
        problems.push(
          errorAt(pointer, `the id "${id}" is taken by /webhooks/${earlier}; give this one an id of its own`),
        );
      }
      taken.set(id, index);
      for (const problem of checked.problems) problems.push(under(pointer, problem));
      return checked.webhook;
    });
    return { webhooks: hasErrors(problems) ? [] : webhooks, problems };
  }

  #checkSchema(document: JsonValue): Problem[] {
    if (!isJsonObject(document) || !Array.isArray(document['webhooks'])) return this.#schemaCheck(document);
    const webhooks = document['webhooks'];
    const found = this.#schemaCheck({ ...document, webhooks: [] });
    webhooks.forEach((webhook, index) => {
      if (this.#known.has(webhook as unknown as WebhookDocument)) return;
      const alone = this.#schemaCheck({ webhooks: [webhook] });
      for (const problem of alone) {
        const within = problem.pointer.slice('/webhooks/0'.length);
        found.push(under(`/webhooks/${index}`, { ...problem, pointer: within }));
      }
    });
    return found;
  }

  #checked(document: WebhookDocument, connections: ConnectionDocuments): CheckedWebhook {
    const known = this.#known.get(document);
    if (known?.connections === connections) return known;
    const id = document.id ?? idFromName(document.name);
    const compiled = compileTemplates(document);
    const problems = [
      ...(document.id === undefined ? [withoutId(id)] : []),
      ...checkWebhookMembers(document, '', { connections, targetProblem: this.#targetProblem }),
      ...compiled.problems,
    ];
    const webhook = makeWebhook({ ...document, id }, connections, compiled);
    const checked = { webhook, problems, connections };
    this.#known.set(document, checked);
    return checked;
  }
}

/** Checks one rules document, as a `RulesChecker` that knows none does. */
export function checkRules(
  document: JsonValue,
  schemaCheck: SchemaCheck,
  targetProblem?: TargetProblem,
): CheckedRules {
  return new RulesChecker(schemaCheck, targetProblem).check(document);
}

function withoutId(id: string): Problem {
  return warningAt('', `has no id, so "${id}" is made from its name; another name would be another webhook`);
}

function under(pointer: string, problem: Problem): Problem {
  return { ...problem, pointer: `${pointer}${problem.pointer}` };
}
