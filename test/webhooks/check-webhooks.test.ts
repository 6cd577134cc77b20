import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../src/check/json-text.ts';
import { rulesSchemaCheck } from '../../src/package-files.ts';
import { checkRules, type CheckedRules } from '../../src/webhooks/check-rules.ts';
import { webhookDocument } from '../support/rules.ts';

const schemaCheck = rulesSchemaCheck();

/** Checks rules as the file holds them, so that what only JSON text can write can be checked too. */
function checked(...webhooks: readonly object[]): CheckedRules {
  return checkRules(JSON.parse(JSON.stringify({ webhooks })) as JsonValue, schemaCheck);
}

/** `severity pointer message` of each problem of one webhook. */
function told(members: object): string[] {
  const { problems } = checked({ ...webhookDocument(), ...members });
  return problems.map(({ severity, pointer, message }) => `${severity} ${pointer} ${message}`);
}

describe('rules without an error', () => {
  test('give their webhooks in their order, with defaults', () => {
    const { webhooks, problems } = checked(webhookDocument({ id: 'b' }), webhookDocument({ id: 'a' }));
    expect(problems).toEqual([]);
    expect(webhooks.map(({ id, method }) => [id, method])).toEqual([
      ['b', 'POST'],
      ['a', 'POST'],
    ]);
  });

  test('may be none', () => {
    expect(checked()).toEqual({ webhooks: [], problems: [] });
  });

  test('may have warnings', () => {
    const { webhooks, problems } = checked(webhookDocument({ conditions: [] }));
    expect(webhooks).toHaveLength(1);
    expect(problems.map(({ severity, pointer }) => `${severity} ${pointer}`)).toEqual([
      'warning /webhooks/0/conditions',
    ]);
  });
});

test('one error anywhere takes all webhooks away', () => {
  expect(checked(webhookDocument({ id: 'a' }), webhookDocument({ id: 'b', url: 'x' })).webhooks).toEqual([]);
});

describe('the id', () => {
  test('is made from the name when it is left out, with a warning', () => {
    const { webhooks, problems } = checked({ ...webhookDocument({ name: 'Missed Calls' }), id: undefined });
    expect(webhooks.map(({ id, document }) => [id, document.id])).toEqual([['missed-calls', 'missed-calls']]);
    expect(problems).toEqual([
      {
        severity: 'warning',
        pointer: '/webhooks/0',
        message: 'has no id, so "missed-calls" is made from its name; another name would be another webhook',
      },
    ]);
  });

  test('may not be taken twice', () => {
    const { problems } = checked(webhookDocument(), webhookDocument({ id: 'b' }), webhookDocument());
    expect(problems).toEqual([
      {
        severity: 'error',
        pointer: '/webhooks/2',
        message: 'the id "tickets" is taken by /webhooks/0; give this one an id of its own',
      },
    ]);
  });

  test('may not be taken by one that is made from a name', () => {
    const { problems } = checked(webhookDocument(), {
      ...webhookDocument({ name: 'TICKETS' }),
      id: undefined,
    });
    expect(problems.map(({ severity }) => severity)).toContain('error');
  });
});

describe('the schema is checked first', () => {
  test.each<[object, RegExp]>([
    [{ urll: 'x' }, /^error \/webhooks\/0\/urll unknown member "urll"; known here: id, name, url, /],
    [
      { retry: { bursts: 1 } },
      /^error \/webhooks\/0\/retry\/bursts unknown member .*: burst, schedule, on, when, ambiguous$/,
    ],
    [{ url: undefined }, /^error \/webhooks\/0 "url" is missing$/],
    [{ id: 'Not An Id' }, /^error \/webhooks\/0\/id does not have the right form: Lower-case letters/],
    [{ method: 'GET' }, /^error \/webhooks\/0\/method must be one of \["POST","PUT","PATCH"\]$/],
    [{ conditions: { '==': [1, 1] } }, /^error \/webhooks\/0\/conditions must be array$/],
    [{ headers: { 'X-A': 7 } }, /^error \/webhooks\/0\/headers\/X-A must be string$/],
    [{ successOn: [99] }, /^error \/webhooks\/0\/successOn\/0 must be >= 200$/],
    [{ retry: { on: ['5x'] } }, /^error \/webhooks\/0\/retry\/on\/0 does not have the right form: a status/],
    [{ retry: { on: [42] } }, /^error \/webhooks\/0\/retry\/on\/0 must be >= 200$/],
    [{ retry: { ambiguous: 'no' } }, /^error \/webhooks\/0\/retry\/ambiguous must be boolean$/],
    [{ rateLimit: { requests: 5 } }, /^error \/webhooks\/0\/rateLimit "perSeconds" is missing$/],
    [
      { rateLimit: { requests: 0, perSeconds: 1 } },
      /^error \/webhooks\/0\/rateLimit\/requests must be >= 1$/,
    ],
    [
      { signing: { secrets: [] } },
      /^error \/webhooks\/0\/signing\/secrets must NOT have fewer than 1 items$/,
    ],
    [{ signing: { secrets: ['${A}', '${B}', '${C}'] } }, /secrets must NOT have more than 2 items$/],
    [
      { signing: { secrets: ['whsec_hunter2'] } },
      /^error \/webhooks\/0\/signing\/secrets\/0 .*: \$\{NAME\}, a var/,
    ],
    [{ timeoutMs: 1 }, /^error \/webhooks\/0\/timeoutMs must be >= 100$/],
  ])('%j', (members, message) => {
    expect(told(members)).toEqual([expect.stringMatching(message)]);
  });

  test('for the document itself too', () => {
    expect(checkRules([], schemaCheck).problems).toEqual([
      { severity: 'error', pointer: '', message: 'must be object' },
    ]);
    expect(checkRules({ webhook: [] }, schemaCheck).problems).toHaveLength(2);
  });
});

test('conditions are checked where they stand', () => {
  expect(told({ conditions: [{ '!!': [{ var: 'x' }] }, { log: 1 }] })).toEqual([
    expect.stringMatching(/^error \/webhooks\/0\/conditions\/1 unknown operator "log"/),
  ]);
});

test('a signing secret in the file is an error that does not quote it', () => {
  expect(told({ signing: { secrets: ['whsec_hunter2'] } }).join()).not.toContain('hunter2');
});

describe('a target that is refused', () => {
  function toldOf(url: string): string[] {
    const { webhooks, problems } = checkRules(
      { webhooks: [{ ...webhookDocument(), url }] } as unknown as JsonValue,
      schemaCheck,
      ({ hostname }) => (hostname === '10.0.0.1' ? 'is refused' : undefined),
    );
    // However it is judged, the rules stay in force.
    expect(webhooks).toHaveLength(1);
    return problems.map(({ severity, pointer, message }) => `${severity} ${pointer} ${message}`);
  }

  test.each([
    'http://10.0.0.1/',
    'http://0x0a.1/',
    'https://user:${PASSWORD}@10.0.0.1:${PORT}/${PATH}',
    'http://10.0.0.1:${PORT}',
  ])('is a warning: %s', (url) => {
    expect(toldOf(url)).toEqual(['warning /webhooks/0/url is refused']);
  });

  test.each(['http://10.0.0.2/', 'http://${HOST}/', 'http://10.0.0.${LAST}/', '${URL}'])(
    'is not told of %s',
    (url) => {
      expect(toldOf(url)).toEqual([]);
    },
  );
});
