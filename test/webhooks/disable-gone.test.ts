import { onTestFinished, expect, test, vi } from 'vitest';
import { disableGone } from '../../src/webhooks/disable-gone.ts';
import type { RulesFile } from '../../src/webhooks/rules-file.ts';
import type { WebhookDocument } from '../../src/webhooks/webhook.ts';
import { rulesOnDisk, rulesText, webhookDocument } from '../support/rules.ts';

const GONE = { id: 'tickets', url: 'https://example.com/hooks/cdr' };
const OTHER = webhookDocument({ id: 'other', name: 'Other' });

async function opened(...webhooks: WebhookDocument[]): Promise<RulesFile> {
  const { file } = rulesOnDisk(rulesText(...webhooks));
  await file.open();
  onTestFinished(() => file.close());
  return file;
}

test('the webhook of a target that is gone is disabled, and no other', async () => {
  const file = await opened(webhookDocument(), OTHER);
  expect(await disableGone(file, GONE)).toBe(true);
  expect(file.document.webhooks).toEqual([webhookDocument({ enabled: false }), OTHER]);
});

test('one that has got its id from its name is found by it', async () => {
  const file = await opened({ name: 'Tickets', url: GONE.url });
  expect(await disableGone(file, GONE)).toBe(true);
});

test.each<[string, WebhookDocument[]]>([
  ['it is disabled already', [webhookDocument({ enabled: false })]],
  ['its url was corrected meanwhile', [webhookDocument({ url: 'https://example.com/corrected' })]],
  ['it is not there any more', [OTHER]],
])('nothing is written when %s', async (_when, webhooks) => {
  const file = await opened(...webhooks);
  const edit = vi.spyOn(file, 'edit');
  expect(await disableGone(file, GONE)).toBe(false);
  expect(edit).not.toHaveBeenCalled();
});
