import { describe, expect, test } from 'vitest';
import { cdrAgain } from '../../src/cdr/read.ts';
import { Backtest, BacktestBusyError } from '../../src/runs/backtest.ts';
import { explain } from '../../src/match/explain.ts';
import type { Rule } from '../../src/match/matcher.ts';
import { loadVendors } from '../../src/package-files.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { ReadCdr } from '../../src/store/records.ts';
import { newCdr } from '../support/webhooks.ts';

const vendors = loadVendors();
const readCdr: ReadCdr = (stored) => cdrAgain(stored, new Map(), vendors);

function makeStore(): MemoryStore {
  return new MemoryStore({ dedupeWindowMs: 0, leaseMs: 30_000 });
}

const SMALL: Rule = { id: '', conditions: [{ '<': [{ var: 'n' }, 10] }] };

describe('a back-test', () => {
  test('counts what a webhook would have hit among the last CDRs, with the newest as examples', async () => {
    const store = makeStore();
    for (let n = 0; n < 60; n += 1) {
      await store.accept([newCdr([], { raw: JSON.stringify({ n: n % 20 }), receivedAtMs: 1_000 + n })]);
    }
    const result = await new Backtest({ store, vendors, readCdr }).run(SMALL, { last: 40 });
    expect(result).toMatchObject({
      examined: 40,
      matched: 20,
      errors: 0,
      oldestAtMs: 1_020,
      truncated: false,
    });
    expect(result.examples.map(({ receivedAtMs }) => receivedAtMs)).toEqual(
      Array.from({ length: 10 }, (_, index) => 1_049 - index),
    );
  });

  test('looks at fewer where fewer are stored, and at one source alone when asked', async () => {
    const store = makeStore();
    await store.accept([newCdr([], { raw: '{"n":1}', source: 'hq' }), newCdr([], { raw: '{"n":2}' })]);
    const backtest = new Backtest({ store, vendors, readCdr });
    expect(await backtest.run(SMALL, { last: 5_000 })).toMatchObject({
      examined: 2,
      matched: 2,
      truncated: false,
    });
    expect(await backtest.run(SMALL, { last: 9, source: 'hq' })).toMatchObject({ examined: 1, matched: 1 });
    expect(await backtest.run(SMALL, { last: 9, source: 'none' })).toMatchObject({
      examined: 0,
      oldestAtMs: undefined,
    });
  });

  test('agrees with explanations, counts what throws, and leaves out what a vendor ignores', async () => {
    const store = makeStore();
    const records = [{ n: 1 }, { n: { toString: 1 } }, { n: '5' }, {}, { n: 50 }];
    await store.accept(records.map((record) => newCdr([], { raw: JSON.stringify(record) })));
    const explained = records.map((record) => explain(SMALL, readCdrOf(record)).matched);
    const ignoring = { get: () => ({ ignores: () => 'a heartbeat' }) } as unknown as typeof vendors;
    expect(await new Backtest({ store, vendors, readCdr }).run(SMALL, { last: 9 })).toMatchObject({
      matched: explained.filter(Boolean).length,
      errors: 1,
    });
    expect(await new Backtest({ store, vendors: ignoring, readCdr }).run(SMALL, { last: 9 })).toMatchObject({
      examined: 5,
      matched: 0,
    });
  });

  test('ends with what it has got when time runs out', async () => {
    const store = makeStore();
    await store.accept([newCdr([])]);
    const result = await new Backtest({ store, vendors, readCdr }, 0).run(SMALL, { last: 9 });
    expect(result).toMatchObject({ examined: 0, truncated: true });
  });

  test('runs alone, and can be run again', async () => {
    const store = makeStore();
    const backtest = new Backtest({ store, vendors, readCdr });
    const first = backtest.run(SMALL, { last: 9 });
    await expect(backtest.run(SMALL, { last: 9 })).rejects.toThrow(BacktestBusyError);
    await first;
    await expect(backtest.run(SMALL, { last: 9 })).resolves.toMatchObject({ examined: 0 });
  });
});

function readCdrOf(record: object): ReturnType<ReadCdr> {
  const raw = JSON.stringify(record);
  return readCdr({ id: '', source: 'generic', vendor: 'generic', receivedAtMs: 0, raw, hits: 0 });
}
