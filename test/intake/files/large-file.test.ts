import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { FileReaderOptions } from '../../../src/intake/files/file-reader.ts';
import { FilesBench } from './files-harness.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const ROWS = 100_000;
const MEBIBYTE = 1_048_576;

/** Bytes in use when what is not needed is collected. */
function bytesInUse(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

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
      const batch = [...read];
      cdrs += batch.length;
      batches.push(batch.length);
      if (batches.length % 50 === 0) heaps.push(bytesInUse());
      isBusy = false;
      return batch.map(() => 'cdr_1');
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
  // The whole file has three times as much in CDRs.
  expect(heaps.length).toBeGreaterThanOrEqual(3);
  expect((heaps.at(-1) ?? 0) - (heaps[0] ?? 0)).toBeLessThan(16 * MEBIBYTE);
}, 60_000);
