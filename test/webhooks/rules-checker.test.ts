import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../src/check/json-text.ts';
import { rulesSchemaCheck } from '../../src/package-files.ts';
import { RulesChecker } from '../../src/webhooks/check-rules.ts';
import { webhookDocument } from '../support/rules.ts';

/** A checker that tells which documents its schema has seen. */
function countingChecker(): { checker: RulesChecker; seen: unknown[] } {
  const schemaCheck = rulesSchemaCheck();
  const seen: unknown[] = [];
  const counting = (value: unknown) => {
    seen.push(...(value as { webhooks: unknown[] }).webhooks);
    return schemaCheck(value);
  };
  return { checker: new RulesChecker(counting, () => 'is refused'), seen };
}

function rules(webhooks: readonly object[], connections: object = {}): JsonValue {
  return { webhooks, connections } as unknown as JsonValue;
}

describe('a webhook that was checked', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((id) => webhookDocument({ id })) as [object, object, object];

  test('is not checked again, and is the same in force', () => {
    const { checker, seen } = countingChecker();
    const connections = {};
    const first = checker.check(rules([a, b], connections));
    const second = checker.check(rules([b, c], connections));
    expect(seen).toEqual([a, b, c]);
    expect(second.webhooks[0]).toBe(first.webhooks[1]);
  });

  test('has its problems where it stands now', () => {
    const { checker } = countingChecker();
    const pointers = (...webhooks: object[]): string[] =>
      checker.check(rules(webhooks)).problems.map(({ pointer }) => pointer);
    expect(pointers(a, b)).toEqual(['/webhooks/0/url', '/webhooks/1/url']);
    expect(pointers(c, b)).toEqual(['/webhooks/0/url', '/webhooks/1/url']);
  });

  test('is checked again with other connections', () => {
    const { checker } = countingChecker();
    const named = webhookDocument({ id: 'a', connection: 'crm' });
    const errors = (connections: object): number =>
      checker.check(rules([named], connections)).problems.filter(({ severity }) => severity === 'error')
        .length;
    expect([errors({ crm: {} }), errors({}), errors({ crm: {} })]).toEqual([0, 1, 0]);
  });

  test('may not have the id of another', () => {
    const { checker } = countingChecker();
    expect(checker.check(rules([a, a])).webhooks).toEqual([]);
  });
});
