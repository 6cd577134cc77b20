import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, type DecodeSettings } from '../../../src/cdr/decode/decode.ts';

function recordsOf(text: string, settings?: DecodeSettings): unknown[] {
  return decode(Buffer.from(text), '', settings).map(({ record }) => record);
}

describe('CSV with a header line', () => {
  test('is one CDR for each further line, and nothing in it is taken for a number', () => {
    expect(recordsOf('from,to,duration\r\n0049301,+4989,007\r\n1e3,,-0\r\n')).toEqual([
      { from: '0049301', to: '+4989', duration: '007' },
      { from: '1e3', to: '', duration: '-0' },
    ]);
  });

  test.each([',', ';', '\t', '|'])('may have %j between its cells', (delimiter) => {
    const text = ['from', 'to name', 'x'].join(delimiter) + '\n' + ['1', '"2 ""b"""', 'c'].join(delimiter);
    expect(recordsOf(text)).toEqual([{ from: '1', 'to name': '2 "b"', x: 'c' }]);
  });

  test('may have line breaks and delimiters inside quotes', () => {
    expect(recordsOf('a,b\n"1,\n2",3\n')).toEqual([{ a: '1,\n2', b: '3' }]);
  });

  test('with a line of SQL types, as CallManager writes it, has no CDR of that line', () => {
    const text = '"cdrRecordType","pkid","name"\nINTEGER,UNIQUEIDENTIFIER,VARCHAR(50)\n1,"x",""\n';
    expect(recordsOf(text)).toEqual([{ cdrRecordType: '1', pkid: 'x', name: '' }]);
  });

  test('keeps cells beyond the header, and leaves columns beyond the cells absent', () => {
    expect(recordsOf('a,b\n1,2,3,4\n5\n')).toEqual([
      { a: '1', b: '2', column3: '3', column4: '4' },
      { a: '5' },
    ]);
  });

  test('takes quotes inside a cell that is not quoted', () => {
    expect(recordsOf('a,clid\n1,Bob "Bo" <5300>\n')).toEqual([{ a: '1', clid: 'Bob "Bo" <5300>' }]);
  });

  test('may have one column that is not quoted though it holds delimiters', () => {
    const text = 'src,lastdata,end\n1,"SIP/2",x\n1,SIP/2,60,,x\n1\n';
    expect(recordsOf(text, { csv: { unquotedColumn: 'lastdata' } })).toEqual([
      { src: '1', lastdata: 'SIP/2', end: 'x' },
      { src: '1', lastdata: 'SIP/2,60,', end: 'x' },
      { src: '1' },
    ]);
    expect(recordsOf(text, { csv: { unquotedColumn: 'other' } })).toEqual(recordsOf(text));
  });

  test('may have a column __proto__', () => {
    const [record] = recordsOf('__proto__,b\nx,y\n');
    expect(Object.keys(record as object)).toEqual(['__proto__', 'b']);
  });
});

describe('CSV without a header line', () => {
  const csv = { columns: ['start', 'from', 'to'] };

  test('has the columns of its vendor', () => {
    expect(recordsOf('"2026-05-12 10:00:00",1,2\n', { csv })).toEqual([
      { start: '2026-05-12 10:00:00', from: '1', to: '2' },
    ]);
  });

  test('may have a header line nevertheless', () => {
    expect(recordsOf('start,from\nx,1\n', { csv })).toEqual([{ start: 'x', from: '1' }]);
  });

  test('and without columns is told with what to do', () => {
    const text = '2026-05-12,1,2\n2026-05-13,3,4\n';
    expect(() => recordsOf(text, { format: 'csv' })).toThrow(/name them in the vendor or the source/);
    expect(() => recordsOf(text)).toThrow(/CSV with a line of column names/);
  });
});

test('a broken quote is told with its line', () => {
  expect(() => recordsOf('a,b\n1,"2\n')).toThrow(/^the body is not valid CSV: quote not closed at line \d+$/);
});

test('whatever texts are written as CSV come back as they were', () => {
  const cell = fc.string({ unit: 'grapheme', maxLength: 6 });
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 4 }), (rows) => {
      const quoted = rows.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(','));
      const expected = rows.map(([a, b]) => ({ a, b }));
      expect(recordsOf(`a,b\n${quoted.join('\n')}\n`)).toEqual(expected);
    }),
  );
});
