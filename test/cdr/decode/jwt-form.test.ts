import { describe, expect, test } from 'vitest';
import { decode } from '../../../src/cdr/decode/decode.ts';

function rawsOf(text: string): string[] {
  return decode(Buffer.from(text), '').map(({ raw }) => raw);
}

function jwtOf(payload: string): string {
  return ['{"alg":"HS256"}', payload, 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
}

describe('a JWT', () => {
  test('is the CDR in its payload, byte for byte', () => {
    const payload = '{"call_id": 5780678214344704, "name":"Zoë", "at":1.50}';
    expect(rawsOf(jwtOf(payload))).toEqual([payload]);
  });

  test('whose payload is no JSON object is refused', () => {
    expect(() => rawsOf(jwtOf('"text"'))).toThrow('the body is not a JSON object');
    expect(() => rawsOf(jwtOf('{"a":'))).toThrow(/not valid JSON/);
  });
});

describe('a form with one field that is not escaped', () => {
  test('keeps what stands in XML, its ampersands and plus signs too', () => {
    const xml = '<cdr><a>1+1 &amp; b=c</a></cdr>';
    expect(rawsOf(`cdr=${xml}`)).toEqual([JSON.stringify({ cdr: xml })]);
  });

  test('keeps what stands in JSON', () => {
    const json = '{"a":"x&y=z+1%20"}';
    expect(rawsOf(`cdr=${json}`)).toEqual([JSON.stringify({ cdr: json })]);
  });

  test('is none when other fields follow', () => {
    expect(rawsOf('custom={"a":1}&from=2')).toEqual([JSON.stringify({ custom: '{"a":1}', from: '2' })]);
  });

  test('and escaped is unescaped', () => {
    expect(rawsOf(`cdr=${encodeURIComponent('{"a":"x&y"}')}&uuid=1`)).toEqual([
      JSON.stringify({ cdr: '{"a":"x&y"}', uuid: '1' }),
    ]);
  });
});
