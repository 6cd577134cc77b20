import type { Request } from 'express';
import type { WebhookStats } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import { maskDocument } from '../../webhooks/secrets.ts';
import type { Webhook } from '../../webhooks/webhook.ts';
import { textParameter, wordParameter } from '../query.ts';
import type { Breakers } from './shown-webhooks.ts';

/** The query parameters by which webhooks are filtered. */
export const WEBHOOK_FILTERS = ['q', 'enabled', 'state'];

/** `failing`: the last attempt failed. `broken`: nothing but probes is sent. `disabled`: nothing is sent. */
const STATES = ['failing', 'broken', 'disabled'] as const;

/**
 * Those of some webhooks that a request asks for.
 *
 * @throws HttpProblem for a parameter that is not understood.
 */
export async function filterWebhooks(
  webhooks: readonly Webhook[],
  request: Request,
  { store, breakers }: { readonly store: Store; readonly breakers: Breakers },
): Promise<readonly Webhook[]> {
  const searched = textParameter(request, 'q')?.toLowerCase() ?? '';
  const enabled = wordParameter(request, 'enabled', ['true', 'false']);
  const state = wordParameter(request, 'state', STATES);
  const found = webhooks.filter(
    (webhook) =>
      (enabled === undefined || String(webhook.enabled) === enabled) &&
      (state !== 'disabled' || !webhook.enabled) &&
      (state !== 'broken' || breakers.breakerOf(webhook.id).state !== 'closed') &&
      (searched === '' || holds(webhook, searched)),
  );
  if (state !== 'failing') return found;
  const stats = await store.stats(found.map(({ id }) => id));
  return found.filter(({ id }) => isFailing(stats.get(id)));
}

/** Looks only into what is shown: by searching, nobody should be able to guess a secret in a url. */
function holds({ id, name, document }: Webhook, searched: string): boolean {
  if (id.includes(searched) || name.toLowerCase().includes(searched)) return true;
  if (!document.url.toLowerCase().includes(searched)) return false;
  return maskDocument({ url: document.url }).url.toLowerCase().includes(searched);
}

function isFailing(stats: WebhookStats | undefined): boolean {
  return stats?.lastFailure !== undefined && stats.lastFailure.atMs > (stats.lastDeliveredAtMs ?? 0);
}
