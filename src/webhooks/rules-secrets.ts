import { isJsonObject, type JsonObject, type JsonValue } from '../check/json-text.ts';
import { InvalidDocumentError, pointerTo, type Problem } from '../check/problem.ts';
import type { RulesDocument } from './check-webhooks.ts';
import { maskDocument, restoreMasked } from './secrets.ts';
import { idFromName } from './webhook.ts';

/** A copy of a rules document in which each literal secret is masked. */
export function maskRules(document: RulesDocument): RulesDocument {
  const { webhooks, connections } = document;
  const masked = { ...document, webhooks: webhooks.map(maskDocument) };
  return connections === undefined
    ? masked
    : { ...masked, connections: mapMembers(connections, maskDocument) };
}

/**
 * Undoes `maskRules`: a mask that was sent back means that the secret of the webhook with this id, or of the connection
 * with this name, is unchanged. What is no rules document is left as it is.
 *
 * @throws InvalidDocumentError with a pointer to each mask for which `stored` has no secret.
 */
export function restoreMaskedRules(incoming: JsonValue, stored: RulesDocument): JsonValue {
  if (!isJsonObject(incoming)) return incoming;
  const { webhooks, connections } = incoming;
  const problems: Problem[] = [];
  const restore = (value: JsonValue, before: object | undefined, pointer: string): JsonValue => {
    if (!isJsonObject(value)) return value;
    try {
      return restoreMasked(value, (before ?? {}) as JsonObject);
    } catch (error) {
      if (!(error instanceof InvalidDocumentError)) throw error;
      problems.push(...error.problems.map((one) => ({ ...one, pointer: `${pointer}${one.pointer}` })));
      return value;
    }
  };
  const byId = new Map(stored.webhooks.map((webhook) => [webhook.id ?? idFromName(webhook.name), webhook]));
  const restored = {
    ...incoming,
    ...(Array.isArray(webhooks) && {
      webhooks: webhooks.map((webhook, index) =>
        restore(webhook, byId.get(idOf(webhook)), pointerTo('/webhooks', index)),
      ),
    }),
    ...(isJsonObject(connections) && {
      connections: Object.fromEntries(
        Object.entries(connections).map(([name, connection]) => [
          name,
          restore(connection, stored.connections?.[name], pointerTo('/connections', name)),
        ]),
      ),
    }),
  };
  if (problems.length > 0) throw new InvalidDocumentError('the rules', problems);
  return restored;
}

function idOf(webhook: JsonValue): string {
  if (!isJsonObject(webhook)) return '';
  const { id, name } = webhook;
  if (typeof id === 'string') return id;
  return typeof name === 'string' ? idFromName(name) : '';
}

function mapMembers<Value>(
  members: Readonly<Record<string, Value>>,
  map: (value: Value) => Value,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, map(value)]));
}
