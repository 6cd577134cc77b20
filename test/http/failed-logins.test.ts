import { expect, test } from 'vitest';
import { FailedLogins } from '../../src/http/failed-logins.ts';

const MINUTE_MS = 60_000;

function start(): {
  logins: FailedLogins;
  guess: (address: string, count: number) => void;
  pass: (ms: number) => void;
} {
  let nowMs = 0;
  const logins = new FailedLogins(() => nowMs);
  const guess = (address: string, count: number): void => {
    for (let number = 0; number < count; number += 1) logins.failed(address, `guess-${number}`);
  };
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { logins, guess, pass };
}

test('after ten different wrong tokens an address has to wait until ten minutes from the first are over', () => {
  const { logins, guess, pass } = start();
  guess('192.0.2.1', 9);
  pass(4 * MINUTE_MS);
  expect(logins.waitMs('192.0.2.1')).toBe(0);
  guess('192.0.2.1', 10);
  expect(logins.waitMs('192.0.2.1')).toBe(6 * MINUTE_MS);
  expect(logins.waitMs('192.0.2.2')).toBe(0);
  pass(6 * MINUTE_MS);
  expect(logins.waitMs('192.0.2.1')).toBe(0);
  guess('192.0.2.1', 10);
  expect(logins.waitMs('192.0.2.1')).toBe(10 * MINUTE_MS);
});

test('one wrong token that comes again and again makes nobody wait', () => {
  const { logins } = start();
  for (let number = 0; number < 1_000; number += 1) logins.failed('192.0.2.1', 'an old token');
  expect(logins.waitMs('192.0.2.1')).toBe(0);
});

test('many addresses that guess make all wait', () => {
  const { logins, guess } = start();
  for (let number = 0; number < 19; number += 1) guess(`192.0.2.${number}`, 10);
  expect(logins.waitMs('203.0.113.9')).toBe(0);
  guess('192.0.2.19', 10);
  expect(logins.waitMs('203.0.113.9')).toBeGreaterThan(0);
});

test.each([
  ['2001:db8:0:1::5', '2001:db8:0:1:ffff::1', true],
  ['2001:db8::5', '2001:db8:0:0:1:2:3:4', true],
  ['2001:db8:0:1::5', '2001:db8:0:2::5', false],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
])('%s and %s are one caller: %s', (one, other, isSame) => {
  const { logins, guess } = start();
  guess(one, 10);
  expect(logins.waitMs(other) > 0).toBe(isSame);
});
