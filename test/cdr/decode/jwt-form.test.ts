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

describe('a form in several parts', () => {
  const boundary = '----------------------------735323031399963166993862';

  test('is read part by part', () => {
    const body = [
      `--${boundary}\r\nContent-Disposition: form-data; name="CallSid"\r\n\r\na=b&c\r\n`,
      `--${boundary}\r\ncontent-type: text/plain\r\nContent-Disposition: form-data; filename="f"; name="Note"\r\n\r\none\r\n\r\ntwo\r\n`,
      `--${boundary}\r\nContent-Disposition: form-data; name="Empty"\r\n\r\n\r\n`,
      `--${boundary}--\r\n`,
    ].join('');
    expect(rawsOf(body)).toEqual([JSON.stringify({ CallSid: 'a=b&c', Note: 'one\r\n\r\ntwo', Empty: '' })]);
  });

  test('may have a boundary with equals signs, plain line ends and a name twice', () => {
    const part = (value: string): string =>
      `--===7==\nContent-Disposition: form-data; name="to"\n\n${value}\n`;
    expect(rawsOf(`${part('1')}${part('2')}--===7==--`)).toEqual([JSON.stringify({ to: ['1', '2'] })]);
  });

  test('is none without parts', () => {
    expect(() => rawsOf('--x\r\nHello\r\n--x--')).toThrow(/neither JSON/);
  });
});
