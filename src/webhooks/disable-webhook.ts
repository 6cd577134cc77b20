import type { RulesFile } from './rules-file.ts';
import { idFromName } from './webhook.ts';

/**
 * Disables a webhook in the rules file, as its editor could; what waits for it is kept. One that is not there any more is
 * left alone.
 *
 * @throws BrokenRulesFileError, RulesFileNotWritableError
 */
export async function disableWebhook(rules: RulesFile, id: string): Promise<void> {
  await rules.edit((webhooks) => ({
    webhooks: webhooks.map((webhook) =>
      (webhook.id ?? idFromName(webhook.name)) === id ? { ...webhook, enabled: false } : webhook,
    ),
    result: undefined,
  }));
}
