import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { FileReaderOptions } from '../../../src/intake/files/file-reader.ts';
import { FilesBench } from './files-harness.ts';

const ROWS = 100_000;
const MEBIBYTE = 1_048_576;

test(`${ROWS} rows go through in batches, one at a time, in little memory`, async () => {
  let cdrs = 0;
  let isBusy = false;
  const batches: number[] = [];
  const heaps: number[] = [];
  const intake: FileReaderOptions['intake'] = {
    receive: () => Promise.reject(new Error('the file was read as a whole')),
    take: async (_source, read) => {
      expect(isBusy).toBe(false);
      isBusy = true;
      await nextTurn();
      cdrs += read.length;
      batches.push(read.length);
      heaps.push(process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers);
      isBusy = false;
      return read.map(() => 'cdr_1');
    },
  };
  const bench = new FilesBench({ intake });
  const filler = 'x'.repeat(150);
  bench.put(
    'big.csv',
    `number,text\n${Array.from({ length: ROWS }, (_, number) => `${number},"${filler}"\n`).join('')}`,
  );
  await bench.settle();
  expect(cdrs).toBe(ROWS);
  expect(Math.max(...batches)).toBeLessThanOrEqual(500);
  expect(bench.observer.taken).toMatchObject([{ cdrs: ROWS, rejected: 0 }]);
  // What a batch leaves behind is collected now and then; the whole file has three times as much in CDRs.
  const lowest = (some: number[]): number => Math.min(...some);
  const middle = Math.floor(heaps.length / 2);
  expect(lowest(heaps.slice(middle)) - lowest(heaps.slice(0, middle))).toBeLessThan(16 * MEBIBYTE);
}, 60_000);
