import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../src/check/json-text.ts';
import { betweenTimes } from '../../src/match/business-hours.ts';
import { checkConditions } from '../../src/match/conditions.ts';
import { Matcher } from '../../src/match/matcher.ts';
import { cdrOf } from '../support/cdrs.ts';

const BERLIN = 'Europe/Berlin';
const WORKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri'];

describe('a moment is taken as', () => {
  // 2026-03-17 is a Tuesday; 09:30 in Berlin is 08:30 UTC.
  test.each<[string, JsonValue]>([
    ['seconds since 1970', 1_773_736_200],
    ['seconds with a fraction, as text', '1773736200.253776'],
    ['milliseconds since 1970', 1_773_736_200_123],
    ['ISO 8601 in UTC', '2026-03-17T08:30:00Z'],
    ['ISO 8601 with an offset', '2026-03-17T03:30:00.5-05:00'],
    ['ISO 8601 with a short offset', '2026-03-17 14:00+0530'],
    ['ISO 8601 with hours alone', '2026-03-17T10:30:00,5+02'],
    ['local time without a zone', '2026-03-17 09:30:59'],
  ])('%s', (_, time) => {
    expect(betweenTimes(time, '09:30', '09:31', BERLIN)).toBe(true);
    expect(betweenTimes(time, '09:31', '23:00', BERLIN)).toBe(false);
    expect(betweenTimes(time, '09:30', '09:31', BERLIN, ['tue'])).toBe(true);
    expect(betweenTimes(time, '09:30', '09:31', BERLIN, ['mon', 'wed'])).toBe(false);
  });

  test.each<{ time: unknown }>(
    [
      ...['', '  ', 'yesterday', '17.03.2026 09:30', '2026-03-17', '2026-99-99T09:30:00Z'],
      ...[null, undefined, true, [1], { toString: 1 }, Number.NaN, Number.POSITIVE_INFINITY, 1e21],
    ].map((time) => ({ time })),
  )('nothing when it is $time', ({ time }) => {
    expect(betweenTimes(time, '00:00', '24:00', BERLIN)).toBe(false);
  });
});

describe('the hours', () => {
  const at = (time: string, from: string, to: string, days?: string[]): boolean =>
    betweenTimes(`2026-03-${time}`, from, to, BERLIN, days);

  test('include their beginning and not their end', () => {
    expect([at('17 08:00', '08:00', '17:00'), at('17 16:59', '08:00', '17:00')]).toEqual([true, true]);
    expect([at('17 07:59', '08:00', '17:00'), at('17 17:00', '08:00', '17:00')]).toEqual([false, false]);
    expect(at('17 23:59', '00:00', '24:00')).toBe(true);
  });

  test('may go over midnight, and then belong to the day on which they begin', () => {
    // Friday is the 20th.
    expect(at('20 22:00', '18:00', '08:00', WORKDAYS)).toBe(true);
    expect(at('21 07:59', '18:00', '08:00', WORKDAYS)).toBe(true);
    expect(at('21 08:00', '18:00', '08:00', WORKDAYS)).toBe(false);
    expect(at('21 22:00', '18:00', '08:00', WORKDAYS)).toBe(false);
    expect(at('16 03:00', '18:00', '08:00', WORKDAYS)).toBe(false);
    expect(at('22 03:00', '18:00', '08:00', ['sat'])).toBe(true);
    expect(at('23 03:00', '18:00', '08:00', ['sun'])).toBe(true);
  });

  test('follow the clocks of the zone, summer time too', () => {
    // Clocks in Berlin go forward on 2026-03-29 at 01:00 UTC.
    expect(betweenTimes('2026-03-29T00:59:00Z', '01:59', '02:00', BERLIN)).toBe(true);
    expect(betweenTimes('2026-03-29T01:00:00Z', '03:00', '03:01', BERLIN)).toBe(true);
    expect(betweenTimes('2026-03-29T23:30:00Z', '01:30', '01:31', BERLIN, ['mon'])).toBe(true);
    expect(betweenTimes('2026-03-29T23:30:00Z', '19:30', '19:31', 'America/New_York', ['sun'])).toBe(true);
  });
});

test('a webhook for closed hours is found by when the CDR came in', () => {
  const conditions = [{ between_times: [{ var: '$receivedAt' }, '10:00', '11:00', BERLIN, ['tue']] }];
  // cdrOf stamps Tuesday, 2026-05-12 at 08:30 UTC.
  expect(new Matcher([{ id: 'w', conditions }]).match(cdrOf({})).hits).toEqual(['w']);
});

describe('the check', () => {
  test.each<[JsonValue[], string]>([
    [['8:00', '17:00', BERLIN], '/c/0/between_times/1 must be a time of day such as "08:00"'],
    [['08:00', '24:01', BERLIN], '/c/0/between_times/2 must be a time of day such as "17:30"'],
    [['08:00', '17:00', 'Berlin'], '/c/0/between_times/3 must be an IANA time zone such as "Europe/Berlin"'],
    [
      ['08:00', '17:00', BERLIN, ['Mo']],
      '/c/0/between_times/4 must be a list of weekdays, of sun mon tue wed thu fri sat',
    ],
    [
      ['08:00', '17:00', BERLIN, []],
      '/c/0/between_times/4 must be a list of weekdays, of sun mon tue wed thu fri sat',
    ],
  ])('refuses %j', (args, message) => {
    const condition = { between_times: [{ var: 'time' }, ...args] };
    const [problem] = checkConditions([condition], '/c');
    expect(`${problem?.pointer} ${problem?.message}`).toBe(message);
  });

  test('finds nothing wrong with hours as they should be', () => {
    const condition = { between_times: [{ var: 'time' }, '18:00', '08:00', BERLIN, WORKDAYS] };
    expect(checkConditions([condition], '/c')).toEqual([]);
  });
});
