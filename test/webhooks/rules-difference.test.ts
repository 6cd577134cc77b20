import { expect, test } from 'vitest';
import { differenceOf, isNoDifference } from '../../src/webhooks/rules-difference.ts';
import { webhookDocument } from '../support/rules.ts';

const [A, B, C] = ['a', 'b', 'c'].map((id) => webhookDocument({ id })) as [object, object, object];
const rules = (...webhooks: object[]) => ({ webhooks: webhooks as ReturnType<typeof webhookDocument>[] });

test('tells what is new, what is gone and which members differ', () => {
  const changed = { ...B, url: 'https://other.example', meta: { n: 1 } };
  expect(differenceOf(rules(A, B), rules(changed, C))).toEqual({
    added: ['c'],
    removed: ['a'],
    changed: [{ id: 'b', members: ['url', 'meta'] }],
    members: [],
    isReordered: false,
  });
});

test('knows a webhook without an id by its name', () => {
  const named = { name: 'Missed call', url: 'https://example.com/a' };
  const difference = differenceOf(rules(named), rules({ ...named, url: 'https://example.com/b' }));
  expect(difference).toMatchObject({ added: [], changed: [{ id: 'missed-call', members: ['url'] }] });
});

test('tells of connections and of another order', () => {
  const difference = differenceOf(rules(A, B, C), { ...rules(A, C, B), connections: { crm: {} } });
  expect(difference).toMatchObject({ changed: [], members: ['connections'], isReordered: true });
  expect(isNoDifference(difference)).toBe(false);
});

test('finds none where members only stand in another order', () => {
  const turned = Object.fromEntries(Object.entries(A).toReversed());
  expect(isNoDifference(differenceOf(rules(A, B), rules(turned, B)))).toBe(true);
});
