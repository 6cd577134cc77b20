import { describe, expect, test } from 'vitest';
import { checkPermit, sealPermit } from '../../../src/intake/recordings/permits.ts';

const KEY = Buffer.alloc(32, 1);
const NAME = 'cdr_01M81HD2TVTNEHVSACRZ8HJ3PS.0.wav';
const ENDS_AT_MS = Date.parse('2026-11-22T12:00:00Z');
const permit = sealPermit(KEY, 'read', NAME, ENDS_AT_MS);

describe('a permit', () => {
  test('is good until its end, and not a moment longer', () => {
    const asked = { permitted: 'read', name: NAME } as const;
    expect(checkPermit(KEY, permit, asked, ENDS_AT_MS - 1)).toBe('good');
    expect(checkPermit(KEY, permit, asked, ENDS_AT_MS)).toBe('expired');
  });

  test.each([
    ['another thing', KEY, { permitted: 'send', name: NAME }],
    ['another recording', KEY, { permitted: 'read', name: NAME.replace('.0.', '.1.') }],
    ['another key', Buffer.alloc(32, 2), { permitted: 'read', name: NAME }],
  ] as const)('is not for %s', (_what, key, asked) => {
    expect(checkPermit(key, permit, asked, 0)).toBe('wrong');
  });

  test.each([
    ['a later end', permit.replace(/^\d+/, (seconds) => String(Number(seconds) + 1))],
    ['another signature', permit.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))],
    ['no signature', permit.split('.')[0] ?? ''],
    ['nothing', ''],
  ])('cannot be given %s', (_what, changed) => {
    expect(checkPermit(KEY, changed, { permitted: 'read', name: NAME }, 0)).toBe('wrong');
  });
});
