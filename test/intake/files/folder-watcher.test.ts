import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Intake } from '../../../src/intake/intake.ts';
import { StoreUnavailableError } from '../../../src/store/store.ts';
import { FilesBench } from './files-harness.ts';

const CSV = 'from,to\n2001,2002\n2003,2004\n';

describe('a file in a watched folder', () => {
  test('is taken when it has settled, and moved to done', async () => {
    const bench = new FilesBench();
    const watcher = await bench.restart();
    bench.put('calls.csv', CSV);
    await watcher.look();
    bench.nowMs = 999;
    await watcher.look();
    expect(bench.records).toEqual([]);
    bench.nowMs = 1_000;
    await watcher.look();
    expect(bench.records).toEqual([
      { from: '2001', to: '2002' },
      { from: '2003', to: '2004' },
    ]);
    expect(bench.files()).toEqual([]);
    expect(bench.content('done', 'calls.csv')).toBe(CSV);
    expect(bench.observer.taken).toMatchObject([
      { name: 'calls.csv', source: 'default', bytes: CSV.length, cdrs: 2, rejected: 0, duplicate: false },
    ]);
  });

  test.each<[string, (bench: FilesBench) => void]>([
    [
      'it grows',
      (bench) => {
        bench.put('calls.csv', `${CSV}2005,2006\n`);
      },
    ],
    [
      'its time changes',
      (bench) => {
        utimesSync(join(bench.folder.path, 'calls.csv'), 1, 2);
      },
    ],
  ])('is not taken while %s', async (_what, change) => {
    const bench = new FilesBench();
    const watcher = await bench.restart();
    bench.put('calls.csv', CSV);
    await watcher.look();
    bench.nowMs = 900;
    change(bench);
    await watcher.look();
    bench.nowMs = 1_800;
    await watcher.look();
    expect(bench.records).toEqual([]);
    bench.nowMs = 1_900;
    await watcher.look();
    expect(bench.records.length).toBeGreaterThan(1);
  });

  test.each(['.calls', 'calls.tmp', 'calls.PART', 'calls.filepart'])(
    'is left alone under the name %s',
    async (name) => {
      const bench = new FilesBench();
      bench.put(name, CSV);
      await bench.settle();
      expect(bench.records).toEqual([]);
      expect(bench.files()).toEqual([name]);
    },
  );

  test('is left alone when its name does not fit the pattern', async () => {
    const bench = new FilesBench({ folder: { pattern: 'cdr_*' } });
    bench.put('cmr_1', CSV);
    bench.put('cdr_1', CSV);
    await bench.settle();
    expect(bench.files()).toEqual(['cmr_1']);
  });

  test('is taken in the order of the numbers in its name', async () => {
    const bench = new FilesBench();
    for (const number of [10, 9, 100]) bench.put(`cdr_a_01_202611221200_${number}`, `{"n":${number}}`);
    await bench.settle();
    expect(bench.records).toEqual([{ n: 9 }, { n: 10 }, { n: 100 }]);
  });

  test('is deleted when it is not to be kept', async () => {
    const bench = new FilesBench({ folder: { done: 'delete' } });
    bench.put('calls.csv', CSV);
    await bench.settle();
    expect(bench.records).toHaveLength(2);
    expect([...bench.files(), ...bench.files('done')]).toEqual([]);
  });

  test.each<[string, string | Uint8Array]>([
    ['an array of JSON', '[{"a":1},{"a":2}]'],
    ['NDJSON', '{"a":1}\n{"a":2}'],
    ['a form', 'a=1'],
    ['CSV packed with gzip', gzipSync('a,b\n1,2\n')],
    ['JSON packed with gzip', gzipSync('[{"a":1}]')],
    ['Windows-1252', Buffer.from('a,b\nB\xfcro,1\n', 'latin1')],
    ['a byte order mark', '\uFEFFa,b\n1,2\n'],
  ])('may be %s', async (_what, content) => {
    const bench = new FilesBench();
    bench.put('file', content);
    await bench.settle();
    expect(bench.observer.failed).toEqual([]);
    expect(JSON.stringify(bench.records[0])).toMatch(/^\{"a":"?(?:1|Büro)"?/);
  });

  test('of CallManager has columns by name, and the CMR is told from the CDR', async () => {
    const bench = new FilesBench({ vendor: 'cisco' });
    bench.put(
      'cmr_Example_01_202611221200_8',
      '"cdrRecordType","globalCallID_callId"\nINTEGER,INTEGER\n2,7\n',
    );
    bench.put(
      'cdr_Example_01_202611221200_8',
      '"cdrRecordType","globalCallID_callId"\nINTEGER,INTEGER\n1,7\n',
    );
    await bench.settle();
    expect(bench.records).toEqual([
      { cdrRecordType: '1', globalCallID_callId: '7' },
      { cdrRecordType: '2', globalCallID_callId: '7' },
    ]);
  });
});

describe('a file that has come before', () => {
  test('under its name is not read again, after a restart either', async () => {
    const bench = new FilesBench();
    bench.put('calls.csv', CSV);
    await bench.settle();
    await bench.restart();
    bench.put('calls.csv', CSV);
    await bench.settle();
    expect(bench.intakeBench.observer.told).toHaveLength(2);
    expect(bench.observer.taken.map(({ duplicate }) => duplicate)).toEqual([false, true]);
    expect(bench.files()).toEqual([]);
  });

  test('is another one when its content is, and overwrites nothing', async () => {
    const bench = new FilesBench();
    bench.put('calls.csv', CSV);
    await bench.settle();
    bench.put('calls.csv', 'from,to\n2005,2006\n');
    await bench.settle();
    expect(bench.records).toHaveLength(3);
    expect(bench.content('done', 'calls.csv')).toBe(CSV);
    expect(bench.files('done')).toHaveLength(2);
  });

  test('and is put in the place of the one that is being read is the next one', async () => {
    const bench = new FilesBench();
    const { intake } = bench.intakeBench;
    const replacing: Pick<Intake, 'receive' | 'take'> = {
      receive: (...all) => intake.receive(...all),
      take: async (...all) => {
        const ids = await intake.take(...all);
        if (bench.records.length === 2) bench.put('calls.csv', 'from,to\n2005,2006\n');
        return ids;
      },
    };
    await bench.restart(replacing);
    bench.put('calls.csv', CSV);
    await bench.settle();
    expect(bench.files()).toEqual(['calls.csv']);
    await bench.settle();
    expect(bench.records.at(-1)).toEqual({ from: '2005', to: '2006' });
    expect(bench.files()).toEqual([]);
  });
});

describe('a file that cannot be read', () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    ['empty', '', /^the file is empty\n$/],
    ['no format', 'what is this', /^the body is neither JSON/],
    ['broken JSON', '{"a":\n', /^the body is not valid JSON: .* line 2/],
    ['CSV without names', '1,2\n3,4\n', /^the body is neither JSON/],
    ['broken gzip', gzipSync('a,b\n1,2\n').subarray(0, 20), /cannot be unpacked/],
    ['too large to be read whole', `[${'{"a":1},'.repeat(200_000)}{}]`, /larger than 1000000 bytes/],
    ['rows of which none is good', 'a,b\n1,"2\n3,"4\n', /^none of its 2 rows can be read; line 2: /],
  ])('because it is %s goes to failed with the reason', async (_what, content, reason) => {
    const bench = new FilesBench();
    bench.put('file', content);
    await bench.settle();
    expect(bench.observer.failed.map(({ name }) => name)).toEqual(['file']);
    expect(bench.content('failed', 'file.reason.txt')).toMatch(reason);
    expect(bench.files()).toEqual([]);
    expect(bench.files('failed')).toEqual(['file', 'file.reason.txt']);
  });

  test('is tried again when it is put back', async () => {
    const bench = new FilesBench();
    bench.put('file', 'what is this');
    await bench.settle();
    bench.put('file', 'what is this');
    await bench.settle();
    expect(bench.observer.failed).toHaveLength(2);
    expect(bench.files('failed')).toHaveLength(4);
  });
});

describe('a row that cannot be read', () => {
  test('costs no other; it is kept with its header and its reason, ready to be mended', async () => {
    const bench = new FilesBench();
    bench.put('calls.csv', 'from,to\r\n2001,2002\r\n2003,"2004\r\n2005,2006\r\n');
    await bench.settle();
    expect(bench.records).toHaveLength(2);
    expect(bench.observer.taken).toMatchObject([{ cdrs: 2, rejected: 1 }]);
    expect(bench.content('failed', 'calls.csv.rows')).toBe('from,to\n2003,"2004\n');
    expect(bench.content('failed', 'calls.csv.rows.reason.txt')).toMatch(
      /^line 3: a quote that opens a cell/,
    );
    expect(bench.files('done')).toEqual(['calls.csv']);
  });
});

describe('a store that is away', () => {
  test('leaves the file where it is; it is taken when the store is back, and nothing twice', async () => {
    const bench = new FilesBench();
    const { intake } = bench.intakeBench;
    let isAway = false;
    let batches = 0;
    const faulty: Pick<Intake, 'receive' | 'take'> = {
      receive: (...all) => intake.receive(...all),
      take: (...all) => {
        if (isAway) throw new StoreUnavailableError(new Error('disk full'));
        batches += 1;
        isAway = batches === 2;
        return intake.take(...all);
      },
    };
    await bench.restart(faulty);
    const rows = Array.from({ length: 1_000 }, (_, number) => `${number},x\n`);
    bench.put('calls.csv', `from,to\n${rows.join('')}`);
    await bench.settle();
    expect(bench.files()).toEqual(['calls.csv']);
    expect(bench.files('failed')).toEqual([]);
    expect(bench.records).toHaveLength(500);
    expect(bench.observer.delayed).toMatchObject([{ name: 'calls.csv' }]);
    isAway = false;
    await bench.settle();
    expect(bench.records).toHaveLength(1_000);
    expect(bench.duplicates).toBe(0);
    expect(bench.observer.taken).toMatchObject([{ cdrs: 1_000 }]);
  });
});

describe('a process that dies', () => {
  /** Dies after so many batches: nothing that comes behind is done. */
  function dyingAfter(
    batches: number,
    { intake }: FilesBench['intakeBench'],
  ): Pick<Intake, 'receive' | 'take'> {
    let left = batches;
    return {
      receive: (...all) => intake.receive(...all),
      take: async (...all) => {
        if (left === 0) throw new Error('killed');
        left -= 1;
        return intake.take(...all);
      },
    };
  }

  test('in the middle of a file goes on where it was, with line numbers as before', async () => {
    const bench = new FilesBench();
    await bench.restart(dyingAfter(2, bench.intakeBench));
    const rows = Array.from({ length: 1_000 }, (_, number) =>
      number % 400 === 399 ? '"open' : `${number},"x\ny"`,
    );
    bench.put('calls.csv', `from,to\n${rows.join('\n')}`);
    await bench.settle();
    await bench.restart();
    await bench.settle();
    expect(bench.records).toHaveLength(998);
    expect(bench.duplicates).toBe(0);
    const reasons = bench.content('failed', 'calls.csv.rows.reason.txt')?.match(/line \d+/g);
    expect(reasons).toEqual(['line 800', 'line 1599']);
  });

  test('between the note that a file is taken and its move does not read it again', async () => {
    const bench = new FilesBench();
    bench.put('calls.csv', CSV);
    await bench.settle();
    // As it is when the move was not done.
    writeFileSync(join(bench.folder.path, 'calls.csv'), CSV);
    await bench.restart();
    await bench.settle();
    expect(bench.records).toHaveLength(2);
    expect(bench.duplicates).toBe(0);
    expect(bench.files()).toEqual([]);
  });
});

test('a folder that is gone is told, and used again when it is back', async () => {
  const bench = new FilesBench();
  const watcher = await bench.restart();
  const { rmSync, mkdirSync } = await import('node:fs');
  rmSync(bench.folder.path, { recursive: true });
  await watcher.look();
  expect(bench.observer.delayed).toMatchObject([{ name: undefined }]);
  mkdirSync(join(bench.folder.path, 'done'), { recursive: true });
  bench.put('calls.csv', CSV);
  await bench.settle();
  expect(bench.records).toHaveLength(2);
});
