import { describe, expect, test } from 'vitest';
import type { Condition } from '../../src/match/conditions.ts';
import { checkWebhook } from '../../src/webhooks/check-webhooks.ts';
import { webhookDocument } from '../support/rules.ts';

/** `pointer message` of each problem of a condition over answers, which the two members tell alike. */
function told(condition: Condition): string[] {
  const all = [{ successWhen: condition }, { retry: { when: condition } }].map((members) =>
    checkWebhook(webhookDocument(members), '').map(({ severity, pointer, message }) => {
      expect(severity).toBe('error');
      return `${pointer.replace(/^\/successWhen|^\/retry\/when/, '')} ${message}`;
    }),
  );
  expect(all[0]).toEqual(all[1]);
  return all[0] ?? [];
}

describe('a condition over an answer', () => {
  test.each<Condition>([
    { '==': [{ var: 'body.ok' }, true] },
    { '<': [{ var: 'status' }, 300] },
    { in: ['REQUEST_LIMIT_EXCEEDED', { var: 'body' }] },
    { '!!': [{ var: 'headers.x-record-id' }] },
    { all: [{ var: 'body.data' }, { '==': [{ var: 'code' }, 'SUCCESS'] }] },
    { '!': { missing: ['body.id', 'headers.location'] } },
  ])('may be %j', (condition) => {
    expect(told(condition)).toEqual([]);
  });

  test('asks for nothing that an answer does not have', () => {
    expect(told({ '==': [{ var: 'statusCode' }, 200] })).toEqual([
      '/==/0/var an answer has no "statusCode"; it has status, headers, body',
    ]);
    expect(told({ '!': { missing: ['$source'] } })).toEqual([
      '/!/missing an answer has no "$source"; it has status, headers, body',
    ]);
  });

  test('names headers in lower case, as they stand there', () => {
    expect(told({ '!!': [{ var: 'headers.X-Record-Id' }] })).toEqual([
      '/!!/0/var the name of a header stands in lower case here: "headers.x-record-id"',
    ]);
  });

  test('has the operators and limits of every other', () => {
    expect(told({ log: 'x' })).toEqual([expect.stringMatching(/^ unknown operator "log"/)]);
    expect(told({ '==': [1, 1], '!=': [1, 2] })).toEqual([expect.stringMatching(/exactly one operator/)]);
    const deep = JSON.parse(`${'{"!":'.repeat(80)}1${'}'.repeat(80)}`) as Condition;
    expect(told(deep)).toEqual([expect.stringMatching(/nested more than 32 deep$/)]);
  });
});
