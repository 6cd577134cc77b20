import { expect, test } from 'vitest';
import type { JsonObject } from '../../src/check/json-text.ts';
import { Registry } from '../../src/webhooks/registry.ts';
import { makeWebhook, type Webhook } from '../../src/webhooks/webhook.ts';
import { cdrOf } from '../support/cdrs.ts';

function webhook(id: string, status: string, sources?: string[]): Webhook {
  const conditions: JsonObject[] = [{ '==': [{ var: 'status' }, status] }];
  return makeWebhook({ id, name: id, url: 'https://a.test/', conditions, ...(sources && { sources }) });
}

const missed = cdrOf({ status: 'missed' });
const many = Array.from({ length: 10 }, (_, index) => webhook(`many-${index}`, 'other'));

test('webhooks put in, changed and taken out one by one are matched as they are now', () => {
  const registry = new Registry();
  registry.replace([...many, webhook('a', 'missed'), webhook('b', 'answered')]);
  expect(registry.match(missed).hits).toEqual(['a']);
  registry.replace([...many, webhook('a', 'missed'), webhook('b', 'missed')]);
  expect(registry.match(missed).hits).toEqual(['a', 'b']);
  registry.replace([...many, webhook('b', 'missed'), webhook('c', 'missed')]);
  expect(registry.match(missed).hits).toEqual(['b', 'c']);
  registry.replace([...many, webhook('b', 'missed', ['elsewhere']), webhook('c', 'missed')]);
  expect(registry.match(missed).hits).toEqual(['c']);
});

test('all of them can be replaced at once', () => {
  const registry = new Registry();
  registry.replace(many);
  registry.replace([webhook('a', 'missed')]);
  expect([...registry.webhooks.keys()]).toEqual(['a']);
  expect(registry.match(missed).hits).toEqual(['a']);
});

test('what matching does not look at takes effect too', () => {
  const registry = new Registry();
  registry.replace([...many, webhook('a', 'missed')]);
  const before = registry.webhooks;
  registry.replace([...many, { ...webhook('a', 'missed'), url: 'https://b.test/' }]);
  expect(registry.webhooks.get('a')?.url).toBe('https://b.test/');
  expect(before.get('a')?.url).toBe('https://a.test/');
});
