import { describe, expect, test } from 'vitest';
import { withLines } from '../../src/check/json-text.ts';
import { errorAt, warningAt } from '../../src/check/problem.ts';

const RULES = `{
  "webhooks": [
    {
      "name": "A"
    },
    {
      "name": "B", "headers": {
        "a/b": "1",
        "~": "2",
        "7": "3"
      }
    }
  ]
}
`;

function lineOf(pointer: string, text = RULES): number | undefined {
  return withLines(text, [errorAt(pointer, 'wrong')])[0]?.line;
}

describe('the line of a problem', () => {
  test('is where the value begins that its pointer leads to', () => {
    expect(lineOf('/webhooks/0/name')).toBe(4);
    expect(lineOf('/webhooks/1')).toBe(6);
    expect(lineOf('/webhooks/1/headers')).toBe(7);
  });

  test('follows the escapes of the pointer', () => {
    expect(lineOf('/webhooks/1/headers/a~1b')).toBe(8);
    expect(lineOf('/webhooks/1/headers/~0')).toBe(9);
  });

  test('is found for a member whose name is a number', () => {
    expect(lineOf('/webhooks/1/headers/7')).toBe(10);
  });

  test('is that of the last of two members with one name, which is the one that counts', () => {
    expect(lineOf('/a/b', '{\n"a": 1,\n"a": {\n"b": 2}}')).toBe(4);
  });

  test('is the nearest above for a member that is missing', () => {
    expect(lineOf('/webhooks/1/url')).toBe(6);
    expect(lineOf('/webhooks/9/url')).toBe(2);
    expect(lineOf('/nothing/here')).toBe(1);
  });

  test('of the whole document is where that begins', () => {
    expect(lineOf('', `\n\n${RULES}`)).toBe(3);
  });

  test('counts Windows line ends once and passes over a byte order mark', () => {
    expect(lineOf('/webhooks/0/name', `\uFEFF${RULES.replaceAll('\n', '\r\n')}`)).toBe(4);
  });

  test('is left out for a text without a value', () => {
    expect(lineOf('/webhooks', '')).toBeUndefined();
  });

  test('does not take the document away from those who nest it deeply', () => {
    const text = `{\n"a": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(withLines(text, [warningAt('/a', 'deep')])).toHaveLength(1);
  });
});

test('problems keep their order and everything else they tell', () => {
  const problems = [warningAt('/webhooks/1', 'second'), errorAt('/webhooks/0', 'first')];
  expect(withLines(RULES, problems)).toEqual([
    { severity: 'warning', pointer: '/webhooks/1', message: 'second', line: 6 },
    { severity: 'error', pointer: '/webhooks/0', message: 'first', line: 3 },
  ]);
});
