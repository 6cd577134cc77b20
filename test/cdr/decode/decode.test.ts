import { describe, expect, test } from 'vitest';
import { decode } from '../../../src/cdr/decode/decode.ts';

function rawsOf(text: string): string[] {
  return decode(Buffer.from(text), '').map(({ raw }) => raw);
}

function recordsOf(text: string, query = ''): unknown[] {
  return decode(Buffer.from(text), query).map(({ record }) => record);
}

/** Everything that parsing and printing again would change. */
const TELLING = '{"z":7205759403792793601,"at":1773802408.253776,"a" :\t1.50, "2":1e3,"1":"\\u00e4\\/"}';

describe('a JSON object', () => {
  test('is one CDR, kept byte for byte', () => {
    expect(rawsOf(TELLING)).toEqual([TELLING]);
  });

  test('is known by its first byte, white space aside', () => {
    expect(rawsOf(`\r\n\t ${TELLING}\n\n`)).toEqual([TELLING]);
  });

  test('may have line breaks inside', () => {
    const text = '{\n  "a": 1,\r\n  "b": {\n}\n}';
    expect(rawsOf(text)).toEqual([text]);
  });

  test('may begin with a byte order mark, which is not part of it', () => {
    expect(rawsOf(`\uFEFF${TELLING}`)).toEqual([TELLING]);
  });

  test('wins over a query string', () => {
    expect(recordsOf('{"a":1}', 'b=2')).toEqual([{ a: 1 }]);
  });

  test('may have any text in it, a form too', () => {
    expect(recordsOf('{"a=b&c":"d=e"}')).toEqual([{ 'a=b&c': 'd=e' }]);
  });

  test('with a key __proto__ has it as a member of its own', () => {
    const [record] = recordsOf('{"__proto__":{"polluted":1}}');
    expect(Object.keys(record as object)).toEqual(['__proto__']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('a JSON array', () => {
  test('is one CDR for each of its objects, in their order and byte for byte', () => {
    expect(rawsOf(`[ ${TELLING} ,\n{"b": 1.50}\t]`)).toEqual([TELLING, '{"b": 1.50}']);
  });

  test('is cut at the right brackets, whatever the texts in it hold', () => {
    const items = ['{"a":"]},{"}', '{"b":"\\"}]"}', '{"c":"\\\\"}', '{"}":[{"[":"{"},[]]}', '{}'];
    expect(rawsOf(`[${items.join(',')}]`)).toEqual(items);
  });

  test('without items has no CDR', () => {
    expect(rawsOf(' [ ] ')).toEqual([]);
  });
});

describe('NDJSON', () => {
  test('is one CDR for each line', () => {
    expect(rawsOf(`${TELLING}\n{"b":2}`)).toEqual([TELLING, '{"b":2}']);
  });

  test('may have blank lines, Windows line ends and a last line end', () => {
    expect(rawsOf('{"a":1}\r\n\r\n \t\n{"b":2}\r\n\n')).toEqual(['{"a":1}', '{"b":2}']);
  });

  test('keeps the white space inside a line', () => {
    expect(rawsOf('{"a": 1 }\n  { "b":2}  ')).toEqual(['{"a": 1 }', '{ "b":2}']);
  });
});

describe('a form', () => {
  test('is a CDR of texts in the order sent', () => {
    expect(rawsOf('user=a%26b&duration=0&name=J%C3%BCrgen+K&empty=')).toEqual([
      '{"user":"a&b","duration":"0","name":"Jürgen K","empty":""}',
    ]);
  });

  test('has a repeated name as an array where it first came', () => {
    expect(rawsOf('to=1&from=2&to=3')).toEqual(['{"to":["1","3"],"from":"2"}']);
  });

  test('may have names with brackets, dots and dashes', () => {
    expect(recordsOf('leg[0]=a&x.y=b&trunk-name=c&__proto__=d')).toEqual([
      JSON.parse('{"leg[0]":"a","x.y":"b","trunk-name":"c","__proto__":"d"}'),
    ]);
  });

  test('may end with a line break, as curl sends a file', () => {
    expect(recordsOf('a=1&b=2\n')).toEqual([{ a: '1', b: '2' }]);
  });
});

describe('a query string', () => {
  test('is read as a form when there is no body', () => {
    expect(recordsOf('', 'cmiuuid=x&duration=12&tag=a&tag=b')).toEqual([
      { cmiuuid: 'x', duration: '12', tag: ['a', 'b'] },
    ]);
  });

  test('is read when the body is only white space', () => {
    expect(recordsOf(' \r\n', 'a=1')).toEqual([{ a: '1' }]);
  });
});

describe('bytes that are not UTF-8', () => {
  test('are read as Windows-1252', () => {
    const body = Buffer.from([...Buffer.from('{"name":"J'), 0xfc, ...Buffer.from('rgen '), 0x80, 0x22, 0x7d]);
    expect(decode(body, '')).toEqual([{ raw: '{"name":"Jürgen €"}', record: { name: 'Jürgen €' } }]);
  });

  test('make no difference to those that are', () => {
    expect(recordsOf('{"name":"Jürgen 📞"}')).toEqual([{ name: 'Jürgen 📞' }]);
  });
});
