import { describe, expect, test } from 'vitest';
import { Call, compileCallMap, type CallMap } from '../../src/cdr/call.ts';
import { fieldOf, isOwnName, withCall, type Cdr } from '../../src/cdr/cdr.ts';
import { lineCounts } from '../../src/cdr/line-counts.ts';
import type { JsonObject } from '../../src/check/json-text.ts';
import { cdrOf } from '../support/cdrs.ts';

function compiled(map: CallMap): ReturnType<typeof compileCallMap> {
  return compileCallMap(map, { nothing: new Set() });
}

function callOf(record: JsonObject, ...maps: readonly CallMap[]): Call {
  return new Call(
    cdrOf(record),
    maps.map((map) => compiled(map).rules),
    'UTC',
  );
}

function cdrWith(record: JsonObject, map: CallMap): Cdr {
  const cdr = cdrOf(record);
  return withCall(cdr, (own) => new Call(own, [compiled(map).rules], undefined));
}

const TIMES: CallMap = {
  start: { time: 's', unit: 's' },
  answer: { time: 'a', unit: 's' },
  end: { time: 'e', unit: 's' },
};

describe('a condition', () => {
  test('names the fields of the overlay', () => {
    const cdr = cdrWith({ d: 'I' }, { direction: { lookup: 'd', in: { I: 'inbound' } } });
    expect(fieldOf(cdr, '$call.direction')).toBe('inbound');
    expect(fieldOf(cdr, '$call.kind')).toBe('final');
    expect(fieldOf(cdr, '$call.status')).toBeUndefined();
    expect(fieldOf(cdrOf({ d: 'I' }), '$call.kind')).toBeUndefined();
  });

  test('can ask for the fields there are and for no others', () => {
    expect(['$call.id', '$call.status', '$call.missed', '$call.recording'].every(isOwnName)).toBe(true);
    expect(['$call', '$call.', '$call.state', '$call.constructor', '$call.id.x'].some(isOwnName)).toBe(false);
  });

  test("finds a sender's own $call only escaped", () => {
    const cdr = cdrWith({ $call: { status: 'theirs' } }, { status: { value: 'busy' } });
    expect(fieldOf(cdr, '$call.status')).toBe('busy');
    expect(fieldOf(cdr, '\\$call.status')).toBe('theirs');
  });
});

describe('a field', () => {
  test('is computed once, and not before it is asked for', () => {
    let asked = 0;
    const rules = new Map([['cause', () => String((asked += 1))]] as const);
    const call = new Call(cdrOf({}), [rules], undefined);
    expect(asked).toBe(0);
    expect([call.field('cause'), call.field('cause')]).toEqual(['1', '1']);
  });

  test('may use others', () => {
    const map: CallMap = {
      ...TIMES,
      status: { value: 'answered', when: { '$call.answer': { given: true } } },
    };
    expect(callOf({ s: 10, a: 12, e: 20 }, map).field('status')).toBe('answered');
    expect(callOf({ s: 10, a: 0, e: 20 }, map).field('status')).toBeUndefined();
  });

  test('that leads back to itself is absent', () => {
    const call = callOf({}, { from: '$call.to', to: ['$call.from', '$call.to'] });
    expect(call.field('from')).toBeUndefined();
  });

  test('of the site wins over that of the vendor, which wins over what follows from others', () => {
    expect(callOf({}, { from: { value: 'site' } }, { from: { value: 'vendor' } }).field('from')).toBe('site');
    expect(callOf({}, {}, { kind: { value: 'live' } }).field('kind')).toBe('live');
  });

  test.each([
    ['direction', 'sideways'],
    ['status', 'ANSWERED'],
    ['kind', 'cdr'],
    ['start', '2026-05-12 10:00'],
    ['duration', '61'],
    ['answered', 'true'],
    ['from', ''],
  ] as const)('%s cannot be %j', (field, value) => {
    expect(callOf({}, { [field]: { value } }).field(field)).toBeUndefined();
  });

  test('that is a text is one even when the vendor sends a number', () => {
    expect(callOf({ n: 442079460134 }, { from: 'n' }).field('from')).toBe('442079460134');
  });
});

describe('what follows', () => {
  test('durations follow from the times there are', () => {
    expect(callOf({ s: 10.5, a: 12, e: 20 }, TIMES).all()).toMatchObject({
      duration: 8,
      wait: 1.5,
      total: 9.5,
    });
    const unanswered = callOf({ s: 10, a: 0, e: 20 }, { ...TIMES, status: { value: 'busy' } }).all();
    expect(unanswered).toMatchObject({ wait: 10, total: 10 });
    expect(unanswered).not.toHaveProperty('duration');
    expect(callOf({ s: 10 }, TIMES).all()).not.toHaveProperty('total');
  });

  test.each([
    ['inbound', 'no-answer', 'final', true],
    ['internal', 'voicemail', 'final', true],
    ['inbound', 'answered', 'final', false],
    ['outbound', 'busy', 'final', false],
    ['inbound', 'failed', 'final', false],
    ['inbound', 'no-answer', 'live', undefined],
    [undefined, 'no-answer', 'final', undefined],
    [undefined, 'answered', 'final', false],
    ['inbound', undefined, 'final', undefined],
  ])('%s, %s and %s: missed is %s', (direction, status, kind, missed) => {
    const map: CallMap = { direction: 'direction', status: 'status', kind: 'kind' };
    const record = Object.fromEntries(
      Object.entries({ direction, status, kind }).filter(([, value]) => value !== undefined),
    ) as JsonObject;
    expect(callOf(record, map).field('missed')).toBe(missed);
  });

  test('answered follows from the status, and of a live call is never false', () => {
    const map: CallMap = { status: 'status', kind: 'kind' };
    expect(callOf({ status: 'answered', kind: 'live' }, map).field('answered')).toBe(true);
    expect(callOf({ status: 'busy', kind: 'final' }, map).field('answered')).toBe(false);
    expect(callOf({ status: 'busy', kind: 'live' }, map).field('answered')).toBeUndefined();
    expect(callOf({ kind: 'final' }, map).field('answered')).toBeUndefined();
  });
});

test('lines are counted each on its own, so that a path with a mistake shows', () => {
  const map: CallMap = { from: ['caller', 'callr'], cause: 'reason', start: { time: 'at', zone: 'UTC' } };
  const cdrs = [{ caller: '1' }, { caller: '2', reason: 16, at: '2026-05-12 10:00:00' }].map((record) =>
    cdrOf(record),
  );
  expect(lineCounts(compiled(map).lines, cdrs)).toEqual([
    { pointer: '/map/from/0', given: 2 },
    { pointer: '/map/from/1', given: 0 },
    { pointer: '/map/cause', given: 1 },
    { pointer: '/map/start', given: 1 },
  ]);
});
