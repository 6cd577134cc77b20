import { isDeepStrictEqual } from 'node:util';
import type { RulesDocument } from './check-webhooks.ts';
import { idFromName, type WebhookDocument } from './webhook.ts';

/** What makes one rules document of another. */
export interface RulesDifference {
  /** Ids of webhooks. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly ChangedWebhook[];
  /** Members of the document beside the webhooks that differ, such as `connections`. */
  readonly members: readonly string[];
  /** Whether webhooks that are in both stand in another order. */
  readonly isReordered: boolean;
}

/** A webhook that is in both documents. */
export interface ChangedWebhook {
  readonly id: string;
  /** Its members that differ. */
  readonly members: readonly string[];
}

/** What has to be done to `before` to get `after`. Secrets must be masked in both or in neither. */
export function differenceOf(before: RulesDocument, after: RulesDocument): RulesDifference {
  const [old, young] = [byId(before), byId(after)];
  const stayed = [...old.keys()].filter((id) => young.has(id));
  const changed = stayed
    .map((id) => ({ id, members: differing(old.get(id), young.get(id)) }))
    .filter(({ members }) => members.length > 0);
  return {
    added: [...young.keys()].filter((id) => !old.has(id)),
    removed: [...old.keys()].filter((id) => !young.has(id)),
    changed,
    members: differing({ ...before, webhooks: [] }, { ...after, webhooks: [] }),
    isReordered: !isDeepStrictEqual(
      stayed,
      [...young.keys()].filter((id) => old.has(id)),
    ),
  };
}

/** Whether there is nothing to do. */
export function isNoDifference({ added, removed, changed, members, isReordered }: RulesDifference): boolean {
  return [added, removed, changed, members].every(({ length }) => length === 0) && !isReordered;
}

function byId({ webhooks }: RulesDocument): Map<string, WebhookDocument> {
  return new Map(webhooks.map((webhook) => [webhook.id ?? idFromName(webhook.name), webhook]));
}

function differing(before: object = {}, after: object = {}): string[] {
  const [old, young] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  const names = new Set([...old.keys(), ...young.keys()]);
  return [...names].filter((name) => !isDeepStrictEqual(old.get(name), young.get(name)));
}
