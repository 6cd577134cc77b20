import type { Rules } from './rules.ts';
import { idFromName } from './webhook.ts';

/**
 * Disables a webhook in the rules, as its editor could; what waits for it is kept. One that is not there any more is
 * left alone.
 *
 * @throws as an edit does.
 */
export async function disableWebhook(rules: Rules, id: string): Promise<void> {
  await rules.edit((webhooks) => ({
    webhooks: webhooks.map((webhook) =>
      (webhook.id ?? idFromName(webhook.name)) === id ? { ...webhook, enabled: false } : webhook,
    ),
    result: undefined,
  }));
}
