import { setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test, vi } from 'vitest';
import { TooLargeBodyError, UnreadableBodyError } from '../../src/cdr/decode/unreadable.ts';
import { INTAKE_LIMITS } from '../../src/intake/intake-limits.ts';
import { batchOf, IntakeBench } from './intake-harness.ts';

const SOURCE = { name: 'default' };

test('a request with more CDRs than it may have is refused before all of it is read, and nothing of it is kept', async () => {
  const bench = new IntakeBench([], { ...INTAKE_LIMITS, maxCdrsPerRequest: 250 });
  // What stands behind the CDRs that are too many is not looked at.
  const body = Buffer.from(`${batchOf(400).slice(0, -1)},oops`);
  const refused = bench.intake.receive(SOURCE, body, '');
  await expect(refused).rejects.toThrow(TooLargeBodyError);
  await expect(refused).rejects.toThrow(/more than 250 CDRs \(intake\.maxCdrsPerRequest\); split it, or put/);
  expect(await bench.store.cdrs({ limit: 1 })).toEqual([]);
  expect((await bench.receive(batchOf(250))).ids).toHaveLength(250);
});

test('nothing is kept of a large request with a mistake at its end', async () => {
  const bench = new IntakeBench();
  await expect(bench.receive(`${batchOf(500).slice(0, -1)},{"a":}]`)).rejects.toThrow(UnreadableBodyError);
  expect(await bench.store.cdrs({ limit: 1 })).toEqual([]);
});

test('a request that grows to many times its size as JSON is refused', async () => {
  const bench = new IntakeBench([], { ...INTAKE_LIMITS, maxBodyBytes: 100_000 });
  const names = Array.from({ length: 100 }, (_, number) => `a_column_with_a_long_name_${number}`);
  const body = `${names.join(',')}\n${`${','.repeat(99)}\n`.repeat(900)}`;
  expect(body.length).toBeLessThan(100_000);
  await expect(bench.receive(body)).rejects.toThrow(/CDRs of more than 400000 bytes as JSON/);
});

/** How many turns others have while something is under way. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isDone = false;
  const others = async (): Promise<void> => {
    while (!isDone) {
      await nextTurn();
      turns += 1;
    }
  };
  const counting = others();
  await work;
  isDone = true;
  await counting;
  return turns;
}

test('while a large request is read, others have their turn', async () => {
  const bench = new IntakeBench([], { ...INTAKE_LIMITS, maxCdrsPerRequest: 1_000_000 });
  // Refused at its very end, so no turn is one of the store's.
  const body = `[${'{"a":1},'.repeat(300_000)}oops]`;
  const refused = expect(bench.receive(body, 'generic')).rejects.toThrow(UnreadableBodyError);
  expect(await turnsDuring(refused)).toBeGreaterThan(3);
});

test('nor need they wait for a small request that is large as JSON', async () => {
  const rows = 3_000;
  const bench = new IntakeBench([], { ...INTAKE_LIMITS, maxCdrsPerRequest: rows - 1 });
  const body = `a,${'b'.repeat(30_000)}\n${'1,2\n'.repeat(rows)}`;
  const refused = expect(bench.receive(body)).rejects.toThrow(TooLargeBodyError);
  expect(await turnsDuring(refused)).toBeGreaterThan(3);
});

test('a large CDR is parsed once', async () => {
  const bench = new IntakeBench();
  const body = `{"note":"${'x'.repeat(2_000_000)}"}`;
  const parse = vi.spyOn(JSON, 'parse');
  onTestFinished(() => {
    parse.mockRestore();
  });
  expect((await bench.receive(body)).ids).toHaveLength(1);
  expect(parse.mock.calls.filter(([text]) => text === body)).toHaveLength(1);
});

test('what unpacks to more than it may is refused, and the next one is taken', async () => {
  const bench = new IntakeBench([], { ...INTAKE_LIMITS, maxBodyBytes: 1_000 });
  const bomb = gzipSync(`{"a":"${'x'.repeat(10_000)}"}`);
  await expect(bench.intake.receive(SOURCE, bomb, '')).rejects.toThrow(TooLargeBodyError);
  expect((await bench.intake.receive(SOURCE, gzipSync('{"n":1}'), '')).ids).toHaveLength(1);
});
