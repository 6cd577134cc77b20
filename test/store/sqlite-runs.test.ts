import { describe, expect, it } from 'vitest';
import type { RedeliverySelection, Run } from '../../src/store/runs.ts';
import { HOUR_MS } from '../support/store-clock.ts';
import { cancelled, delivered, failed, leased, only } from '../support/store-samples.ts';
import { drift, newCdr, openSqlite, query, type OpenedSqlite } from '../support/store-sqlite.ts';

/** More than a step looks at. */
const MANY = 2_500;

/** Many that were delivered, then one that failed and one that was cancelled. */
async function fewAmongMany({ store, clock }: OpenedSqlite): Promise<void> {
  const cdrs = Array.from({ length: MANY + 2 }, () => newCdr(clock, { hits: leased('crm') }));
  const leases = (await store.accept(cdrs)).flatMap((accepted) => accepted.leases);
  const ends = leases.map((lease, index) =>
    (index < MANY ? delivered : index === MANY ? failed : cancelled)(lease),
  );
  await store.settle(ends);
}

/** The run after each of its steps. */
async function stepsOf(
  { store }: OpenedSqlite,
  selection: RedeliverySelection,
  limit: number,
): Promise<Run[]> {
  const { id } = await store.runs.start({ kind: 'redeliver', selection });
  const steps: Run[] = [];
  for (let run = await store.runs.redeliver(id, limit); run; run = await store.runs.redeliver(id, limit)) {
    steps.push(run);
    if (steps.length > MANY) throw new Error('the run does not end');
  }
  return steps;
}

describe('a redelivery in an SQLite store', () => {
  it('looks at no more than a part of what there is in a step, and finds the few that are behind it', async () => {
    const opened = openSqlite();
    await fewAmongMany(opened);
    const selection: RedeliverySelection = { webhookId: 'crm', states: ['failed', 'cancelled'] };

    expect(await opened.store.runs.plan({ kind: 'redeliver', selection })).toEqual({ total: 2, skipped: 0 });
    const steps = await stepsOf(opened, selection, 10);
    expect(steps.map(({ done }) => done)).toEqual([0, 0, 2]);
    expect(steps.at(-1)).toMatchObject({ state: 'done', total: 2, made: 2 });
    expect(drift(opened.directory)).toEqual([]);
  });

  it('makes as many as it is told in a step, or as many as it looks at', async () => {
    const opened = openSqlite();
    await fewAmongMany(opened);
    const steps = await stepsOf(opened, {}, MANY * 2);

    expect(steps.at(-1)).toMatchObject({ state: 'done', done: MANY + 2, made: MANY + 2 });
    expect(steps.length).toBeGreaterThan(2);
    expect(drift(opened.directory)).toEqual([]);
  });
});

it('a redelivery goes on behind what it looked at, also when the clock was set back and it made something before that', async () => {
  const opened = openSqlite();
  const { store, clock, directory } = opened;
  // The last five that the first step looks at failed.
  const cdrs = Array.from({ length: 1_010 }, () => newCdr(clock, { hits: leased('crm') }));
  const leases = (await store.accept(cdrs)).flatMap((accepted) => accepted.leases);
  await store.settle(
    leases.map((lease, index) => (index >= 995 && index < 1_000 ? failed : delivered)(lease)),
  );
  clock.setBack(HOUR_MS);
  const steps = await stepsOf(opened, { webhookId: 'crm', states: ['failed', 'cancelled'] }, 10);

  expect(steps.at(-1)).toMatchObject({ state: 'done', total: 5, done: 5, made: 5, skipped: 0 });
  expect(drift(directory)).toEqual([]);
});

describe('a step of a run that fails in an SQLite store', () => {
  it('leaves nothing of it: no delivery, no count, and the run where it was', async () => {
    const opened = openSqlite();
    const { store, connection, directory } = opened;
    await fewAmongMany(opened);
    const run = await store.runs.start({ kind: 'redeliver', selection: { states: ['failed'] } });
    // The run is put on record last, when its deliveries are made.
    connection.exec(`CREATE TRIGGER broken BEFORE UPDATE ON runs BEGIN SELECT raise(ABORT, 'no'); END`);
    await expect(store.runs.redeliver(run.id, 10)).rejects.toThrow('the store is not available');
    connection.exec('DROP TRIGGER broken');

    expect(query(directory, 'SELECT id FROM deliveries WHERE run_id IS NOT NULL')).toEqual([]);
    expect(await store.runs.find(run.id)).toEqual(run);
    expect(await store.runs.redeliver(run.id, 10)).toMatchObject({ state: 'done', made: 1 });
    expect(only(query(directory, 'SELECT hits FROM webhook_stats'))).toEqual({ hits: MANY + 3 });
    expect(drift(directory)).toEqual([]);
  });
});
