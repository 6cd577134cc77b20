import { describe, expect, test } from 'vitest';
import { rulesSchemaCheck, webhookSchemaCheck } from '../../src/package-files.ts';
import { checkRules } from '../../src/webhooks/check-rules.ts';
import { checkWebhook } from '../../src/webhooks/check-webhooks.ts';
import { makeWebhook, type WebhookDocument } from '../../src/webhooks/webhook.ts';
import { webhookDocument } from '../support/rules.ts';

function told(members: Partial<WebhookDocument>): string[] {
  return checkWebhook(webhookDocument(members), '').map(
    ({ severity, pointer, message }) => `${severity} ${pointer} ${message}`,
  );
}

describe('the templates of a webhook', () => {
  test.each<[Partial<WebhookDocument>, RegExp]>([
    [{ body: { a: ['{{caller}}'] } }, /^error \/body\/a\/0 there is no "caller"/],
    [{ body: { a: { $: { nope: [1] } } } }, /^error \/body\/a\/\$ unknown operator "nope"/],
    [{ body: { a: { $: 1, b: 1 } } }, /^warning \/body\/a "\$" has other members/],
    [{ url: 'https://crm.test/{{caller}}' }, /^error \/url there is no "caller"/],
    [{ url: 'https://crm.test:{{cdr.port}}/' }, /^error \/url scheme, host and port must be written out/],
    [
      { headers: { 'X/A': 'a', 'X-Caller': '{{caller}}' } },
      /^error \/headers\/X-Caller there is no "caller"/,
    ],
  ])('are checked: %j', (members, problem) => {
    expect(told(members)).toContainEqual(expect.stringMatching(problem));
  });

  test('are told by their place in the rules file', () => {
    const document = { webhooks: [webhookDocument({}), webhookDocument({ id: 'b', body: '{{caller}}' })] };
    const { problems } = checkRules(JSON.parse(JSON.stringify(document)) as never, rulesSchemaCheck());
    expect(problems.filter(({ severity }) => severity === 'error')).toMatchObject([
      { pointer: '/webhooks/1/body' },
    ]);
  });

  test.each<Partial<WebhookDocument>>([
    { body: null },
    { body: 'text' },
    { body: [{ a: '{{call.from|nobody}}' }] },
    { body: { $: { truncate: ['{{cdr.text|}}', 10] } } },
    { url: 'https://crm.test/{{cdr.id}}?q={{call.from|}}', headers: { 'X-A': '{{name}}' } },
  ])('may be %j', (members) => {
    expect(told(members)).toEqual([]);
    expect(webhookSchemaCheck()(webhookDocument(members))).toEqual([]);
  });

  test('are ready when the webhook is in force, as many as there are', () => {
    const { templates } = makeWebhook({
      ...webhookDocument({ url: 'https://crm.test/{{cdr.id}}', headers: { 'X-A': '{{name}}', 'X-B': 'b' } }),
      id: 'a',
    });
    expect(templates?.url).toBeDefined();
    expect([...(templates?.headers.keys() ?? [])]).toEqual(['X-A']);
    expect(templates?.body).toBeUndefined();
  });

  test('are none where there is nothing to render', () => {
    const plain = webhookDocument({ url: 'https://${HOST}/', headers: { 'X-A': '${NAME}' } });
    expect(makeWebhook({ ...plain, id: 'a' }).templates).toBeUndefined();
  });
});
