import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TransportAnswer } from '../../src/relay/transport.ts';
import { refusalOf, verdictOf, type AttemptEnd, type Verdict } from '../../src/relay/verdict.ts';
import type { WebhookDocument } from '../../src/webhooks/webhook.ts';
import { webhookWith } from '../support/webhooks.ts';

type Settings = Pick<WebhookDocument, 'successOn' | 'successWhen' | 'retry'>;

const ALL = Array.from({ length: 500 }, (_, index) => 100 + index);
const REFUSED = { code: 'ECONNREFUSED', message: 'refused' };

function answer(status: number, members: Partial<TransportAnswer> = {}): AttemptEnd {
  return { answer: { status, headers: {}, body: '', isCutShort: false, ...members } };
}

function verdict(end: AttemptEnd, settings: Settings = {}): Verdict {
  return verdictOf(end, webhookWith(settings));
}

/** The statuses from 100 to 599 that mean something. */
function statuses(wanted: Verdict, settings: Settings = {}): number[] {
  return ALL.filter((status) => verdict(answer(status), settings) === wanted);
}

function retriedOn(...on: (number | string)[]): number[] {
  return statuses('retry', { retry: { on } });
}

const SERVER_ERRORS = ALL.filter((status) => status >= 500);

test('an attempt that no other could better has failed, whatever the webhook would try again', () => {
  const error = { code: 'ERR_TEMPLATE', message: 'cdr.caller is missing' };
  expect(verdict({ error, isAmbiguous: false }, { retry: { ambiguous: true } })).toBe('failed');
  expect(verdict({ error: REFUSED, isAmbiguous: false })).toBe('retry');
});

describe('by default', () => {
  test('delivered is exactly 2xx', () => {
    expect(statuses('delivered')).toEqual(ALL.filter((status) => status >= 200 && status <= 299));
  });

  test('worth another try is exactly 408, 425, 429 and 5xx', () => {
    expect(statuses('retry')).toEqual([408, 425, 429, ...SERVER_ERRORS]);
  });

  test('gone is exactly 410', () => {
    expect(statuses('gone')).toEqual([410]);
  });

  test('every other status is final, redirects too', () => {
    const failed = statuses('failed');
    expect(failed).toHaveLength(500 - 100 - 3 - 100 - 1);
    expect(failed).toEqual(expect.arrayContaining([301, 302, 303, 307, 308, 400, 401, 404, 409, 422]));
  });

  test('no answer is worth another try, also when the target may have taken the request', () => {
    for (const isAmbiguous of [true, false]) expect(verdict({ error: REFUSED, isAmbiguous })).toBe('retry');
  });
});

describe('retry.ambiguous: false', () => {
  const settings = { retry: { ambiguous: false } };

  test('ends a delivery whose request the target may have taken', () => {
    expect(verdict({ error: REFUSED, isAmbiguous: true }, settings)).toBe('failed');
  });

  test('lets every other be tried again', () => {
    expect(verdict({ error: REFUSED, isAmbiguous: false }, settings)).toBe('retry');
    expect(statuses('retry', settings)).toEqual(statuses('retry'));
  });
});

describe('retry.on', () => {
  test('with statuses and classes stands in the place of the default', () => {
    expect(retriedOn(429, '404')).toEqual([404, 429]);
    expect(retriedOn('5xx')).toEqual(SERVER_ERRORS);
    expect(retriedOn()).toEqual([]);
  });

  test('with nothing but exclusions takes them from the default', () => {
    expect(retriedOn('!501', '!408')).toEqual([
      425,
      429,
      ...SERVER_ERRORS.filter((status) => status !== 501),
    ]);
    expect(retriedOn('!5xx')).toEqual([408, 425, 429]);
  });

  test('lets exclusions win, wherever they stand', () => {
    const expected = [429, ...SERVER_ERRORS.filter((status) => status !== 501)];
    expect(retriedOn('5xx', 429, '!501')).toEqual(expected);
    expect(retriedOn('!501', 429, '5xx')).toEqual(expected);
    expect(retriedOn(503, '!5xx')).toEqual([]);
  });

  test('never takes a success for a failure', () => {
    expect(statuses('delivered', { retry: { on: ['2xx', '4xx'] } })).toEqual(statuses('delivered'));
  });

  test('decides about 410 only when it names it', () => {
    expect(verdict(answer(410), { retry: { on: [410] } })).toBe('retry');
    expect(verdict(answer(410), { retry: { on: ['!410'] } })).toBe('failed');
    expect(verdict(answer(410), { retry: { on: ['5xx', '!501'] } })).toBe('gone');
    expect(verdict(answer(410), { successOn: [410] })).toBe('delivered');
  });

  test('with a class that 410 is in has it tried again', () => {
    expect(verdict(answer(410), { retry: { on: ['4xx'] } })).toBe('retry');
  });
});

test('successOn adds to what is success', () => {
  expect(statuses('delivered', { successOn: [409] })).toEqual([...statuses('delivered'), 409]);
});

describe('an answer that was cut short', () => {
  const cutShort = (status: number): AttemptEnd => answer(status, { body: '{"ok":tr', isCutShort: true });
  const successWhen = { '==': [{ var: 'body.ok' }, true] };

  test('counts by its status where no condition looks at it', () => {
    expect(verdict(cutShort(200))).toBe('delivered');
    expect(verdict(cutShort(404))).toBe('failed');
    expect(verdict(cutShort(200), { retry: { when: successWhen } })).toBe('delivered');
  });

  test('is as good as none where a condition does', () => {
    expect(verdict(cutShort(200), { successWhen })).toBe('retry');
    expect(verdict(cutShort(200), { successWhen, retry: { ambiguous: false } })).toBe('failed');
    expect(verdict(cutShort(404), { retry: { when: successWhen } })).toBe('retry');
  });
});

test('why a status of success is none is told, and of others their status tells enough', () => {
  const given = { status: 200, headers: {}, body: '', isCutShort: false };
  const settings = { successOn: [409] };
  expect(refusalOf(given, settings, 'delivered')).toBeUndefined();
  expect(refusalOf({ ...given, status: 404 }, settings, 'failed')).toBeUndefined();
  expect(refusalOf({ ...given, status: 409 }, settings, 'failed')).toEqual({
    code: 'ERR_NOT_SUCCESS',
    message: 'HTTP 409, but successWhen does not hold for the answer',
  });
  expect(refusalOf({ ...given, isCutShort: true }, settings, 'retry')?.message).toContain('cut short');
});

describe('successWhen', () => {
  const settings = { successWhen: { '==': [{ var: 'body.ok' }, true] } };

  test('looks into a body that is JSON', () => {
    expect(verdict(answer(200, { body: '{"ok":true}' }), settings)).toBe('delivered');
    expect(verdict(answer(200, { body: '{"ok":false}' }), settings)).toBe('failed');
  });

  test('looks at any other body as text, whatever it is called', () => {
    const isOk = { successWhen: { '==': [{ var: 'body' }, 'ok'] } };
    const headers = { 'content-type': 'application/json' };
    expect(verdict(answer(200, { body: 'ok', headers }), isOk)).toBe('delivered');
    expect(verdict(answer(200, { body: 'no', headers }), isOk)).toBe('failed');
  });

  test('looks at status and headers', () => {
    const both = { and: [{ '===': [{ var: 'status' }, 201] }, { var: 'headers.x-record-id' }] };
    const created = answer(201, { headers: { 'x-record-id': '7' } });
    expect(verdict(created, { successWhen: both })).toBe('delivered');
    expect(verdict(answer(201), { successWhen: both })).toBe('failed');
  });

  test('must hold beside a good status: it makes no success of a bad one', () => {
    expect(verdict(answer(500, { body: '{"ok":true}' }), settings)).toBe('retry');
    expect(verdict(answer(409, { body: '{"ok":true}' }), { ...settings, successOn: [409] })).toBe(
      'delivered',
    );
    expect(verdict(answer(409, { body: '{"ok":false}' }), { ...settings, successOn: [409] })).toBe('failed');
  });

  test('that is not met is only tried again when the webhook says so', () => {
    const refused = answer(200, { body: '{"ok":false}' });
    expect(verdict(refused, { ...settings, retry: { on: ['5xx', '2xx'] } })).toBe('retry');
    expect(verdict(refused, { ...settings, retry: { when: { '==': [{ var: 'status' }, 200] } } })).toBe(
      'retry',
    );
  });

  test('that throws on an answer is not met', () => {
    const throwing = { successWhen: { in: ['x', { var: 'body.list' }] } };
    expect(verdict(answer(200, { body: '{"list":{"indexOf":1}}' }), throwing)).toBe('failed');
  });

  test('sees own members only', () => {
    for (const path of ['body.constructor', 'headers.__proto__', 'status.toFixed', 'body.length.constructor'])
      expect(verdict(answer(200, { body: '[]' }), { successWhen: { var: path } })).toBe('failed');
  });
});

describe('retry.when', () => {
  // https://developer.salesforce.com: a throttled request is a 403 whose body says so.
  const retry = { when: { in: ['REQUEST_LIMIT_EXCEEDED', { var: 'body.0.errorCode' }] } };

  test('adds answers that are worth another try', () => {
    const throttled = answer(403, { body: '[{"errorCode":"REQUEST_LIMIT_EXCEEDED"}]' });
    const forbidden = answer(403, { body: '[{"errorCode":"INSUFFICIENT_ACCESS"}]' });
    expect(verdict(throttled, { retry })).toBe('retry');
    expect(verdict(throttled, { retry: { ...retry, on: ['!403'] } })).toBe('retry');
    expect(verdict(forbidden, { retry })).toBe('failed');
  });

  test('that throws adds nothing', () => {
    expect(verdict(answer(403, { body: '[{"errorCode":{"indexOf":1}}]' }), { retry })).toBe('failed');
  });
});

test('no answer makes it throw', () => {
  const settings = {
    successWhen: { some: [{ var: 'body' }, { '>': [{ var: 'a' }, { var: 'b' }] }] },
    retry: { when: { cat: [{ var: 'body' }, { var: 'headers.a.b' }] } },
  };
  const body = fc.oneof(fc.string(), fc.json());
  const headers = fc.dictionary(fc.string(), fc.string());
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), headers, body, (status, givenHeaders, text) => {
      const given = verdict(answer(status, { headers: givenHeaders, body: text }), settings);
      expect(['delivered', 'retry', 'failed', 'gone']).toContain(given);
    }),
  );
});
