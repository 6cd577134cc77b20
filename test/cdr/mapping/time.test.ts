import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../../src/check/json-text.ts';
import { secondsOf, timeOf, type DurationUnit, type TimeUnit } from '../../../src/cdr/mapping/time.ts';
import { isTimeZone, momentOf } from '../../../src/cdr/mapping/time-zone.ts';

describe('a moment', () => {
  test.each<[JsonValue, TimeUnit, string]>([
    [1778573661, 's', '2026-05-12T08:14:21Z'],
    ['1778573661', 's', '2026-05-12T08:14:21Z'],
    [1773803761.029485, 's', '2026-03-18T03:16:01.029Z'],
    ['1773803761.029485', 's', '2026-03-18T03:16:01.029Z'],
    [1634721099000, 'ms', '2021-10-20T09:11:39.000Z'],
    ['1778573661204871', 'us', '2026-05-12T08:14:21.205Z'],
    ['63724349409', 'gregorian', '2019-05-06T08:10:09Z'],
    ['2026-05-12T10:14:21Z', 'text', '2026-05-12T10:14:21Z'],
    ['2026-05-12T10:14:21.5671234Z', 'text', '2026-05-12T10:14:21.567Z'],
    ['2026-05-12T10:14:21+05:30', 'text', '2026-05-12T04:44:21Z'],
    ['2026-05-12 10:14:21.918Z', 'text', '2026-05-12T10:14:21.918Z'],
    ['2026-05-12T10:14:21-0130', 'text', '2026-05-12T11:44:21Z'],
    ['Tue, 12 May 2026 10:14:21 +0000', 'text', '2026-05-12T10:14:21Z'],
    ['Sun, 09 Feb 2020 09:30:03 Etc/UTC', 'text', '2020-02-09T09:30:03Z'],
    ['Thurs, 20 July 1989 18:30:43 +0200', 'text', '1989-07-20T16:30:43Z'],
  ])('%j counted in %s is %s', (value, unit, expected) => {
    expect(timeOf(value, unit, undefined)).toBe(expected);
  });

  test.each<[JsonValue, TimeUnit]>([
    [0, 's'],
    ['0', 's'],
    [-1, 's'],
    ['Never', 's'],
    ['2026-05-12T10:14:21Z', 's'],
    ['', 'text'],
    ['0000-00-00 00:00:00', 'text'],
    ['2026-02-30T10:00:00Z', 'text'],
    ['2026-05-12T24:30:00Z', 'text'],
    ['2026-05-12', 'text'],
    ['Never', 'text'],
    [1778573661, 'text'],
    [true, 's'],
    [{}, 'ms'],
    [1e300, 's'],
  ])('%j counted in %s is none', (value, unit) => {
    expect(timeOf(value, unit, 'UTC')).toBeUndefined();
  });

  test('without a zone, written or known, is none', () => {
    expect(timeOf('2026-05-12 10:14:21', 'text', undefined)).toBeUndefined();
    expect(timeOf('2026/05/12 10:14:21', 'text', 'Asia/Kolkata')).toBe('2026-05-12T04:44:21Z');
    expect(timeOf('Tue, 16 Feb 2016 15:56:26', 'text', 'Asia/Kolkata')).toBe('2016-02-16T10:26:26Z');
  });

  test('of whatever value is an ISO 8601 text that reads the same again, or none', () => {
    const units = fc.constantFrom<TimeUnit>('s', 'ms', 'us', 'gregorian', 'text');
    const values = fc.oneof(
      fc.double(),
      fc.string(),
      fc.stringMatching(/^[0-9]{4}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-6][0-9]$/),
    );
    fc.assert(
      fc.property(values, units, fc.constantFrom('UTC', 'America/New_York'), (value, unit, zone) => {
        const time = timeOf(value, unit, zone);
        if (time === undefined) return;
        expect(timeOf(time, 'text', undefined)).toBe(time);
      }),
    );
  });
});

describe('a local time', () => {
  const localMs = (text: string): number => Date.parse(`${text}Z`);
  const utcOf = (text: string, zone: string): string => new Date(momentOf(localMs(text), zone)).toISOString();

  test.each([
    ['2026-01-15T12:00:00', 'Europe/Berlin', '2026-01-15T11:00:00.000Z'],
    ['2026-07-15T12:00:00', 'Europe/Berlin', '2026-07-15T10:00:00.000Z'],
    ['2026-03-29T01:59:59', 'Europe/Berlin', '2026-03-29T00:59:59.000Z'],
    ['2026-03-29T03:00:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
    ['2026-11-01T12:00:00', 'America/New_York', '2026-11-01T17:00:00.000Z'],
    ['2026-01-15T12:00:00', 'Asia/Kathmandu', '2026-01-15T06:15:00.000Z'],
    ['2026-10-04T02:15:00', 'Australia/Lord_Howe', '2026-10-03T15:45:00.000Z'],
  ])('%s in %s is %s', (local, zone, utc) => {
    expect(utcOf(local, zone)).toBe(utc);
  });

  test('that clocks skip is read with the offset before the change', () => {
    expect(utcOf('2026-03-29T02:30:00', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z');
    expect(utcOf('2026-03-08T02:30:00', 'America/New_York')).toBe('2026-03-08T07:30:00.000Z');
  });

  test('that clocks show twice is the first', () => {
    expect(utcOf('2026-10-25T02:30:00', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z');
    expect(utcOf('2026-11-01T01:30:00', 'America/New_York')).toBe('2026-11-01T05:30:00.000Z');
  });

  test('of a moment leads back to it, except in the hour that is shown twice', () => {
    const shown = (ms: number, zone: string): string =>
      new Date(ms).toLocaleString('sv-SE', { timeZone: zone }).replace(' ', 'T');
    const zones = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe');
    const seconds = fc.integer({ min: Date.UTC(2000, 0) / 1_000, max: Date.UTC(2040, 0) / 1_000 });
    fc.assert(
      fc.property(seconds, zones, (second, zone) => {
        const found = momentOf(localMs(shown(second * 1_000, zone)), zone);
        expect(shown(found, zone)).toBe(shown(second * 1_000, zone));
        expect([0, 1_800_000, 3_600_000]).toContain(second * 1_000 - found);
      }),
    );
  });

  test('zones are known by their IANA names', () => {
    expect(['Europe/Berlin', 'UTC', 'Asia/Kolkata'].every(isTimeZone)).toBe(true);
    expect(['Berlin', 'Europe/Berlim', '', 'MEZ?'].some(isTimeZone)).toBe(false);
  });
});

describe('a duration', () => {
  test.each<[JsonValue, DurationUnit, number]>([
    [61, 's', 61],
    ['61', 's', 61],
    [0, 's', 0],
    ['13689', 'ms', 13.689],
    [61_000_500, 'us', 61.001],
    ['00:01:05', 'hms', 65],
    ['01:05', 'hms', 65],
    ['PT20.056S', 'iso', 20.056],
    ['PT1H2M3S', 'iso', 3_723],
  ])('%j in %s is %d seconds', (value, unit, expected) => {
    expect(secondsOf(value, unit)).toBe(expected);
  });

  test.each<[JsonValue, DurationUnit]>([
    ['', 's'],
    ['long', 's'],
    [-5, 's'],
    [null, 's'],
    ['1:2:3:4', 'hms'],
    [65, 'hms'],
    ['20 s', 'iso'],
  ])('%j in %s is none', (value, unit) => {
    expect(secondsOf(value, unit)).toBeUndefined();
  });
});
