import { describe, expect, it } from 'vitest';
import { IdempotencyKeyError, type Run, type RunTask } from '../../src/store/runs.ts';
import { failed, inTurn, only } from '../support/store-samples.ts';
import { World, type StoreHarness } from './world.ts';

const FAILED: RunTask = { kind: 'redeliver', selection: { states: ['failed'] } };
const REPLAY: RunTask = { kind: 'replay', selection: { source: 'pbx' } };

/** Runs as records: begun, found, cancelled, gone on with, forgotten. */
export function describeRuns(harness: StoreHarness): void {
  describe('runs', () => {
    describeBeginning(harness);
    describeKeys(harness);
    describeFinding(harness);
    describeCancelling(harness);
    describePurge(harness);
    if (harness.isDurable) describeReopened(harness);
  });
}

async function fail(world: World, count: number): Promise<void> {
  const leases = await inTurn(count, () => world.take('crm'));
  await world.store.settle(leases.map((lease) => failed(lease)));
}

/** Ends a run whose steps are of any length. */
async function finish(world: World, { id }: Run): Promise<Run> {
  const run = await world.store.runs.redeliver(id, 1_000);
  if (run?.state !== 'done') throw new Error('the run has not ended');
  return run;
}

function describeBeginning(harness: StoreHarness): void {
  it('says what it is to do and how much there is', async () => {
    const world = await World.open(harness);
    await fail(world, 3);
    const run = await world.store.runs.start(FAILED);

    expect(run).toEqual({
      id: run.id,
      ...FAILED,
      state: 'running',
      createdAtMs: world.clock.nowMs,
      total: 3,
      done: 0,
      made: 0,
      skipped: 0,
    });
    expect(await world.store.runs.find(run.id)).toEqual(run);
  });

  it('makes nothing before its first step', async () => {
    const world = await World.open(harness);
    await fail(world, 3);
    const before = await world.counted('crm');
    await world.store.runs.plan(FAILED);
    await world.store.runs.start(FAILED);

    expect(await world.counted('crm')).toEqual(before);
    expect(await world.store.deliveries({ limit: 10 })).toHaveLength(3);
  });

  it('ends at its first step when there is nothing', async () => {
    const world = await World.open(harness);
    const run = await world.store.runs.start(FAILED);
    await fail(world, 1);

    expect(await finish(world, run)).toMatchObject({ total: 0, done: 0, made: 0 });
  });
}

function describeKeys(harness: StoreHarness): void {
  it('is the one that its key began, also after it has ended', async () => {
    const world = await World.open(harness);
    await fail(world, 2);
    const run = await world.store.runs.start(FAILED, 'key 1');
    expect(run.idempotencyKey).toBe('key 1');
    const ended = await finish(world, run);
    await fail(world, 1);

    expect(await world.store.runs.start(FAILED, 'key 1')).toEqual(ended);
    expect(await world.store.runs.list({ limit: 10 })).toEqual([ended]);
    expect(await world.stats('crm')).toMatchObject({ hits: 5, pending: 2 });
  });

  it('is one, however often it is begun with a key at the same time', async () => {
    const world = await World.open(harness);
    await fail(world, 2);
    const runs = await Promise.all(Array.from({ length: 5 }, () => world.store.runs.start(FAILED, 'key 1')));

    expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
    expect(await world.store.runs.list({ limit: 10 })).toHaveLength(1);
  });

  it('is another for another key, and for none', async () => {
    const world = await World.open(harness);
    const keys = ['key 1', 'key 2', undefined, undefined];
    const runs = await Promise.all(keys.map((key) => world.store.runs.start(FAILED, key)));

    expect(new Set(runs.map(({ id }) => id)).size).toBe(4);
  });

  it.each<readonly [string, RunTask]>([
    ['another kind', { kind: 'replay', selection: {} }],
    ['another selection', { kind: 'redeliver', selection: { states: ['failed'], webhookId: 'crm' } }],
  ])('is not begun with the key of one of %s', async (_what, task) => {
    const world = await World.open(harness);
    const { id } = await world.store.runs.start(FAILED, 'key 1');
    const refused = world.store.runs.start(task, 'key 1');

    await expect(refused).rejects.toThrow(IdempotencyKeyError);
    await expect(refused).rejects.toThrow(
      `this idempotency key has begun the run ${id} with another selection`,
    );
    expect(await world.store.runs.list({ limit: 10 })).toHaveLength(1);
  });

  it('knows a selection also in another order, and with members that are not given', async () => {
    const world = await World.open(harness);
    const { id } = await world.store.runs.start(
      { kind: 'redeliver', selection: { webhookId: 'crm', states: ['failed'] } },
      'key 1',
    );
    const selection = { states: ['failed'] as const, webhookId: 'crm', sinceMs: undefined };

    expect((await world.store.runs.start({ kind: 'redeliver', selection }, 'key 1')).id).toBe(id);
  });
}

function describeFinding(harness: StoreHarness): void {
  it('finds none of an id that is not there', async () => {
    const world = await World.open(harness);

    expect(await world.store.runs.find('run_unknown')).toBeUndefined();
    expect(await world.store.runs.cancel('run_unknown')).toBeUndefined();
    expect(await world.store.runs.redeliver('run_unknown', 1)).toBeUndefined();
    expect(await world.store.runs.replayPage('run_unknown', 1)).toBeUndefined();
  });

  it('lists the newest first, by page and by state', async () => {
    const world = await World.open(harness);
    const runs = await inTurn(4, (index) => {
      world.clock.advance(index % 2);
      return world.store.runs.start(index < 3 ? FAILED : REPLAY);
    });
    const [first, second, third, fourth] = runs.map(({ id }) => id);
    await world.store.runs.redeliver(second ?? '', 1);
    await world.store.runs.cancel(third ?? '');
    const list = async (filter: object): Promise<string[]> =>
      (await world.store.runs.list({ limit: 10, ...filter })).map(({ id }) => id);

    expect(await list({})).toEqual([fourth, third, second, first]);
    expect(await list({ limit: 2 })).toEqual([fourth, third]);
    expect(await list({ beforeId: third })).toEqual([second, first]);
    expect(await list({ state: 'running' })).toEqual([fourth, first]);
    expect(await list({ state: 'running', beforeId: fourth })).toEqual([first]);
    expect(await list({ state: 'done' })).toEqual([second]);
    expect(await list({ state: 'cancelled' })).toEqual([third]);
  });
}

function describeCancelling(harness: StoreHarness): void {
  it('goes no further when it is cancelled, and what it has made stays', async () => {
    const world = await World.open(harness);
    await fail(world, 5);
    const { id } = await world.store.runs.start(FAILED);
    await world.store.runs.redeliver(id, 2);
    world.clock.advance(7);
    const cancelled = await world.store.runs.cancel(id);

    expect(cancelled).toMatchObject({
      state: 'cancelled',
      finishedAtMs: world.clock.nowMs,
      done: 2,
      made: 2,
    });
    expect(await world.store.runs.redeliver(id, 2)).toBeUndefined();
    expect(await world.store.runs.find(id)).toEqual(cancelled);
    expect(await world.lease('crm')).toHaveLength(2);
  });

  it('does not do a page that was handed out before it was cancelled', async () => {
    const world = await World.open(harness);
    const { id: cdrId } = await world.accept();
    const { id } = await world.store.runs.start(REPLAY);
    const page = await world.store.runs.replayPage(id, 10);
    await world.store.runs.cancel(id);
    if (page === undefined) throw new Error('there is no page');

    expect(await world.store.runs.replay(page, new Map([[cdrId, ['crm']]]))).toBeUndefined();
    expect(await world.store.pending()).toBe(0);
  });

  it('stays as it is when it has ended', async () => {
    const world = await World.open(harness);
    const ended = await finish(world, await world.store.runs.start(FAILED));
    world.clock.advance(1);

    expect(await world.store.runs.cancel(ended.id)).toEqual(ended);
  });
}

function describePurge(harness: StoreHarness): void {
  it('goes on without the deliveries that were purged', async () => {
    const world = await World.open(harness);
    await fail(world, 3);
    world.clock.advance(1_000);
    await fail(world, 1);
    const run = await world.store.runs.start(FAILED);
    await world.store.runs.redeliver(run.id, 1);
    await world.store.purge(world.clock.nowMs);

    // The CDR of the one that was made again is kept, with all its deliveries.
    expect(await finish(world, run)).toMatchObject({ total: 4, done: 2, made: 2, skipped: 0 });
  });

  it('is forgotten with its key when it ended before that time, and not while it is running', async () => {
    const world = await World.open(harness);
    const ended = await finish(world, await world.store.runs.start(FAILED, 'key 1'));
    const running = await world.store.runs.start(FAILED);
    await world.store.purge(world.clock.nowMs);
    expect(await world.store.runs.find(ended.id)).toEqual(ended);
    await world.store.purge(world.clock.nowMs + 1);

    expect(await world.store.runs.list({ limit: 10 })).toEqual([running]);
    expect((await world.store.runs.start(REPLAY, 'key 1')).id).not.toBe(ended.id);
  });
}

function describeReopened(harness: StoreHarness): void {
  it('goes on where it was when its place is opened again', async () => {
    const world = await World.open(harness);
    await fail(world, 5);
    const { id } = await world.store.runs.start(FAILED, 'key 1');
    const before = await world.store.runs.redeliver(id, 2);
    await world.reopen();

    expect(only(await world.store.runs.list({ state: 'running', limit: 10 }))).toEqual(before);
    expect((await world.store.runs.start(FAILED, 'key 1')).id).toBe(id);
    expect(await world.store.runs.redeliver(id, 100)).toMatchObject({ state: 'done', done: 5, made: 5 });
    const made = await world.store.deliveries({ runId: id, limit: 100 });
    expect(new Set(made.map(({ redeliveryOf }) => redeliveryOf)).size).toBe(5);
  });

  it('takes a page that was handed out before its place was opened again', async () => {
    const world = await World.open(harness);
    const { id: cdrId } = await world.accept();
    const { id } = await world.store.runs.start(REPLAY);
    const page = await world.store.runs.replayPage(id, 10);
    await world.reopen();
    if (page === undefined) throw new Error('there is no page');

    expect(await world.store.runs.replayPage(id, 10)).toEqual(page);
    expect(await world.store.runs.replay(page, new Map([[cdrId, ['crm']]]))).toMatchObject({ made: 1 });
  });
}
