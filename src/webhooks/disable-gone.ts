import type { Rules } from './rules.ts';
import { idFromName, type Webhook, type WebhookDocument } from './webhook.ts';

/**
 * Disables a webhook in the rules whose target has said that it is gone; what waits for it is kept. It is left alone when
 * it is not in the rules any more, is disabled already, or sends to another url by now.
 *
 * @param gone the webhook as it was when it was sent to.
 * @returns whether it was disabled.
 * @throws as an edit does.
 */
export async function disableGone(rules: Rules, gone: Pick<Webhook, 'id' | 'url'>): Promise<boolean> {
  const isMeant = ({ id, name, url, enabled = true }: WebhookDocument): boolean =>
    (id ?? idFromName(name)) === gone.id && url === gone.url && enabled;
  // Every edit writes the rules, so none is made for nothing.
  if (!rules.document.webhooks.some(isMeant)) return false;
  return rules.edit((webhooks) => ({
    webhooks: webhooks.map((webhook) => (isMeant(webhook) ? { ...webhook, enabled: false } : webhook)),
    result: webhooks.some(isMeant),
  }));
}
