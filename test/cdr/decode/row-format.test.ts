import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, type DecodeSettings } from '../../../src/cdr/decode/decode.ts';
import { rowFormatOf } from '../../../src/cdr/decode/row-format.ts';
import { RowLines, type Line } from '../../../src/cdr/decode/row-lines.ts';

/** Lines as a file has them. */
function linesOf(text: string): Line[] {
  let endByte = 0;
  const parts = text.split('\n');
  return parts.flatMap((part, index) => {
    const isLast = index === parts.length - 1;
    endByte += Buffer.byteLength(part) + (isLast ? 0 : 1);
    return isLast && part === '' ? [] : [{ text: part, number: index + 1, endByte }];
  });
}

interface Read {
  readonly line: number;
  readonly record?: unknown;
  readonly raw?: string;
  readonly reason?: string;
}

/** Reads a text row by row, as a file of any length is read. */
function rowsIn(text: string, settings?: DecodeSettings): Read[] {
  const format = rowFormatOf(text, settings);
  if (format === undefined) throw new Error('it is not read by rows');
  const rowLines = new RowLines(format);
  // One line at a time, because a file is read in parts that end anywhere.
  const all = [...linesOf(text).flatMap((line) => rowLines.add([line])), ...rowLines.end()];
  const rows = all.slice(format.headerRows);
  const decoded = format
    .decode(rows.filter(({ reason }) => reason === undefined).map((row) => row.text))
    .values();
  return rows.map(({ line, reason }) =>
    reason === undefined ? { line, ...decoded.next().value } : { line, reason },
  );
}

function never(): never {
  throw new Error('there is no row');
}

const records = (read: readonly Read[]): unknown[] => read.map(({ record }) => record);

describe('a text that is read row by row', () => {
  test.each([
    ['CSV with a header line', 'a,b\n1,2\n3,4\n'],
    ['with lines that end as Windows ends them', 'a,b\r\n1,"x ""y"""\r\n\r\n3,4'],
    ['with a line of SQL types', '"a","b"\nINTEGER,VARCHAR(50)\n1,"2"\n'],
    ['with line breaks in its cells', 'a,b\n1,"2\n3\r\n4"\n5,6\n'],
    ['with quotes inside a cell', 'a;clid\n1;Bob "Bo" <5300>\n2;5" pipe\n'],
    ['with more and fewer cells than columns', 'a,b\n1,2,3\n4\n'],
    ['NDJSON', '{"a":1.50}\n\n {"a":"\\u00e9"} \n'],
    ['one JSON object', '{"a":1}'],
  ])('%s has the CDRs that a whole body has', (_what, text) => {
    const whole = decode(Buffer.from(text), '');
    expect(rowsIn(text).map(({ raw }) => raw)).toEqual(whole.map(({ raw }) => raw));
  });

  test('has the columns of its vendor when it names none', () => {
    const csv = { columns: ['start', 'from', 'to'] };
    expect(records(rowsIn('"2026-05-12",1,2\n', { csv }))).toEqual([
      { start: '2026-05-12', from: '1', to: '2' },
    ]);
    expect(records(rowsIn('start,from,to\nx,1,2\n', { csv }))).toEqual([{ start: 'x', from: '1', to: '2' }]);
  });

  test('has the cells of its unquoted column together', () => {
    const csv = { columns: ['clid', 'data', 'to'], unquotedColumn: 'data' };
    expect(records(rowsIn('1,SIP/5301,60,2\n', { csv }))).toEqual([
      { clid: '1', data: 'SIP/5301,60', to: '2' },
    ]);
  });

  test.each(['[{"a":1}]', '<cdr/>', '{\n"a": 1\n}', 'a=1&b=2', 'nothing known'])('is not %s', (text) => {
    expect(rowFormatOf(text)).toBeUndefined();
  });

  test('is told when its columns have no names', () => {
    expect(() => rowFormatOf('1,2\n3,4\n', { format: 'csv' })).toThrow(/does not name the columns/);
  });
});

describe('a row that cannot be read', () => {
  test('is told with its line and its reason, and costs no other row', () => {
    expect(rowsIn('{"a":1}\n{"a":\n[1]\n{"a":2}\n')).toMatchObject([
      { line: 1, record: { a: 1 } },
      { line: 2, reason: expect.stringMatching(/^it is not valid JSON: .* at column \d+$/) as string },
      { line: 3, reason: 'it is not a JSON object' },
      { line: 4, record: { a: 2 } },
    ]);
  });

  test('is the line with a quote that is never closed, and not those behind it', () => {
    expect(rowsIn('a,b\n1,2\n3,"4\n5,6\n7,8\n')).toMatchObject([
      { line: 2, record: { a: '1', b: '2' } },
      { line: 3, reason: expect.stringContaining('is not closed') as string },
      { line: 4, record: { a: '5', b: '6' } },
      { line: 5, record: { a: '7', b: '8' } },
    ]);
  });

  test('is given up within bounds, however much comes behind it', () => {
    const many = Array.from({ length: 20_000 }, (_, number) => `${number},x`);
    const read = rowsIn(`a,b\n0,"open\n${many.join('\n')}\n`);
    expect(read[0]).toMatchObject({ line: 2, reason: expect.stringContaining('is not closed') as string });
    expect(read.slice(1).map(({ line }) => line)).toEqual(many.map((_, index) => index + 3));
  });

  test.each([
    ['1,"2,3', '4,"5",6'],
    ['1,"2,3', '"4",5,6'],
  ])('is the line with a stray quote, although one behind it closes it: %s', (bad, good) => {
    expect(rowsIn(`a,b,c\n${bad}\n${good}\n7,8,9\n`)).toMatchObject([
      { line: 2, reason: expect.stringContaining('is not closed') as string },
      { line: 3, record: { a: '4', b: '5', c: '6' } },
      { line: 4, record: { a: '7' } },
    ]);
  });
});

test('whatever is written as CSV is read by rows as it is read whole', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é'), maxLength: 5 });
  const quoted = cell.map((text) => `"${text.replaceAll('"', '""')}"`);
  const bare = fc.constantFrom('', 'x', 'x "y"', '007');
  const row = fc.tuple(fc.oneof(quoted, bare), fc.oneof(quoted, bare)).map((cells) => cells.join(','));
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), (rows) => {
      const text = `a,b\n${rows.join('\n')}\n`;
      const whole = decode(Buffer.from(text), '', { format: 'csv' });
      expect(rowsIn(text, { format: 'csv' }).map(({ raw }) => raw)).toEqual(whole.map(({ raw }) => raw));
    }),
  );
});

test('rows tell the byte behind them, from which reading can go on', () => {
  const format = rowFormatOf('a,b\n1,2\n') ?? never();
  const rowLines = new RowLines(format);
  const ends = [...rowLines.add(linesOf('a,b\né,"1\n2"\n3,4')), ...rowLines.end()].map(
    ({ endByte }) => endByte,
  );
  expect(ends).toEqual([4, 13, 16]);
});
