import { describe, expect, test } from 'vitest';
import { decode } from '../../../src/cdr/decode/decode.ts';
import { UnreadableBodyError } from '../../../src/cdr/decode/unreadable.ts';

const SECRET = '+4930123456';

function messageOf(text: string, query = ''): string {
  try {
    decode(Buffer.from(text), query);
  } catch (error) {
    if (error instanceof UnreadableBodyError) return error.message;
    throw error;
  }
  throw new Error('this body can be read');
}

describe('a body that cannot be read', () => {
  test('is told when there is none and no query either', () => {
    expect(messageOf('')).toBe('the request has neither a body nor a query string');
    expect(messageOf(' \n')).toBe('the request has neither a body nor a query string');
  });

  test.each([
    ['a JSON text', `"${SECRET}"`],
    ['a number', '42'],
    ['plain text', `call from ${SECRET}`],
    ['a form without a first name', `=${SECRET}`],
    ['zeros', '\0\0\0'],
  ])('is told when it is %s', (_what, text) => {
    expect(messageOf(text)).toBe(
      'the body is neither JSON (an object, an array of them or NDJSON) nor XML, a form, a JWT or CSV with a line of column names',
    );
  });

  test('is told with line and column for a broken object', () => {
    expect(messageOf(`{\n"from": ${SECRET}\n}`)).toMatch(
      /^the body is not valid JSON: .* at line 2, column 9$/,
    );
  });

  test('is told with line and column for a broken array', () => {
    expect(messageOf(`[{"from":"${SECRET}"},\n{"to":}]`)).toMatch(
      /^the body is not valid JSON: .* at line 2, column 7$/,
    );
  });

  test('is told with line and column as sent, line breaks before the JSON counted', () => {
    expect(messageOf(`\n\n{"from":"${SECRET}",}`)).toContain('line 3');
  });

  test('is told with the item of an array that is no object', () => {
    expect(messageOf(`[{"a":1},"${SECRET}"]`)).toBe('item 1 of the array is not a JSON object');
    expect(messageOf(`[[{"a":"${SECRET}"}]]`)).toBe('item 0 of the array is not a JSON object');
    expect(messageOf('[{},{},null]')).toBe('item 2 of the array is not a JSON object');
  });

  test('is told with the line of NDJSON that is no object', () => {
    expect(messageOf(`{"a":1}\n\n["${SECRET}"]`)).toBe('line 3 is not a JSON object');
  });

  test('is told with the line of NDJSON that is broken, and no other', () => {
    const message = messageOf(`{"a":1}\n{"b":2}\n{"c":"${SECRET}",}`);
    expect(message).toMatch(/^line 3 is not valid JSON/);
    expect(message).not.toContain('line 1');
  });
});

test.each([
  `{"from":"${SECRET}"`,
  `{"from":"${SECRET}",}`,
  `{"${SECRET}"}`,
  `{"from":${SECRET}}`,
  `[{"from":"${SECRET}"},${SECRET}]`,
  `{"a":1}\n{"from":${SECRET}}`,
  `{"a":1}\n"${SECRET}"`,
  `["${SECRET}"]`,
  `?${SECRET}`,
  `<cdr><from>${SECRET}</from>`,
  `<cdr from="${SECRET}"`,
  `<cdr><${SECRET}></cdr`,
  `<!DOCTYPE cdr [<!ENTITY x "${SECRET}">]><cdr>&x;</cdr>`,
  `from,to\n"${SECRET}`,
  `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(`{"from":"${SECRET}"`).toString('base64url')}.c2ln`,
])('%j is refused without quoting it', (text) => {
  expect(messageOf(text)).not.toContain('4930');
});

test('an unreadable body is told even when there is a query', () => {
  expect(messageOf('{"a":', 'a=1')).toMatch(/^the body is not valid JSON/);
});
