import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/store/records.ts';
import type { ReplayPage, ReplaySelection, Run } from '../../src/store/runs.ts';
import { delivered, failed, inTurn, only, waiting } from '../support/store-samples.ts';
import { HOUR_MS } from '../support/store-clock.ts';
import { World, type StoreHarness } from './world.ts';

/** Runs that match stored CDRs once more. */
export function describeReplay(harness: StoreHarness): void {
  describe('replay', () => {
    describeCdrs(harness);
    describeHits(harness);
    describeNothingTwice(harness);
    describePages(harness);
  });
}

async function pageOf(world: World, run: Run, limit = 100): Promise<ReplayPage> {
  const page = await world.store.runs.replayPage(run.id, limit);
  if (page === undefined) throw new Error('there is no page');
  return page;
}

function start(world: World, selection: ReplaySelection): Promise<Run> {
  return world.store.runs.start({ kind: 'replay', selection });
}

/** Replays a page of which every CDR hits the same webhooks. */
function hitAll(world: World, page: ReplayPage, ...webhookIds: string[]): Promise<Run | undefined> {
  return world.store.runs.replay(page, new Map(page.cdrs.map(({ id }) => [id, webhookIds])));
}

/** The deliveries of a run over a selection in which every CDR hits `crm`, the newest first. */
async function replayed(world: World, selection: ReplaySelection): Promise<Delivery[]> {
  const run = await start(world, selection);
  await hitAll(world, await pageOf(world, run), 'crm');
  return world.store.deliveries({ runId: run.id, limit: 100 });
}

function describeCdrs(harness: StoreHarness): void {
  it.each<readonly [string, (ids: string[], hourAgoMs: number) => ReplaySelection, number[]]>([
    ['everything', () => ({}), [0, 1, 2, 3]],
    ['what came since a time', (_, agoMs) => ({ sinceMs: agoMs + 1 }), [2, 3]],
    ['that time is in it', (_, agoMs) => ({ sinceMs: agoMs }), [0, 1, 2, 3]],
    ['what came until a time', (_, agoMs) => ({ untilMs: agoMs + 1 }), [0, 1]],
    ['that time is not in it', (_, agoMs) => ({ untilMs: agoMs }), []],
    ['what came of a source', () => ({ source: 'b' }), [1, 3]],
    ['what came of a source since a time', (_, agoMs) => ({ source: 'b', sinceMs: agoMs + 1 }), [3]],
    ['one', (ids) => ({ cdrId: ids[2] ?? '' }), [2]],
    ['one, but of no other source', (ids) => ({ cdrId: ids[2] ?? '', source: 'b' }), []],
    ['one that is not there', () => ({ cdrId: 'cdr_unknown' }), []],
  ])('hands out %s, the oldest first', async (_what, selectionOf, expected) => {
    const world = await World.open(harness);
    const ids = await inTurn(4, async (index) => {
      if (index === 2) world.clock.advance(HOUR_MS);
      return (await world.accept({ source: index % 2 === 0 ? 'a' : 'b' })).id;
    });
    const selection = selectionOf(ids, world.clock.nowMs - HOUR_MS);
    const plan = await world.store.runs.plan({ kind: 'replay', selection });
    const run = await start(world, selection);
    const { cdrs } = await pageOf(world, run);

    expect(cdrs.map(({ id }) => ids.indexOf(id))).toEqual(expected);
    expect(plan).toEqual({ total: expected.length, skipped: 0 });
    expect(run).toMatchObject({ state: 'running', total: expected.length, done: 0 });
    expect(cdrs).toEqual(await Promise.all(cdrs.map(({ id }) => world.store.cdr(id))));
  });

  it('hands out none that came after its beginning', async () => {
    const world = await World.open(harness);
    await world.accept();
    const run = await start(world, {});
    await world.accept();

    expect((await pageOf(world, run)).cdrs).toHaveLength(1);
  });
}

function describeHits(harness: StoreHarness): void {
  it('makes a delivery of the same CDR for each webhook it hits now', async () => {
    const world = await World.open(harness);
    const { id } = await world.accept();
    world.clock.advance(40);
    const run = await start(world, {});
    const done = await hitAll(world, await pageOf(world, run), 'crm', 'mail');
    const deliveries = await world.store.deliveries({ cdrId: id, limit: 10 });

    expect(deliveries.map(({ webhookId }) => webhookId).sort()).toEqual(['crm', 'mail']);
    for (const { redeliveryOf, ...delivery } of deliveries) {
      expect(redeliveryOf).toBeUndefined();
      expect(delivery).toMatchObject({
        state: 'pending',
        createdAtMs: world.clock.nowMs,
        dueAtMs: world.clock.nowMs,
        runId: run.id,
      });
    }
    expect(done).toMatchObject({ state: 'done', total: 1, done: 1, made: 2, skipped: 0 });
    expect(only(await world.lease('crm')).cdr.id).toBe(id);
  });

  it('counts them as hits, and the CDR as one that matched when it came', async () => {
    const world = await World.open(harness);
    const receivedAtMs = world.clock.nowMs;
    const { id } = await world.accept();
    world.clock.advance(HOUR_MS);
    const run = await start(world, {});
    await hitAll(world, await pageOf(world, run), 'crm', 'mail');

    expect(await world.store.cdr(id)).toMatchObject({ hits: 2 });
    expect(await world.store.cdrs({ matched: false, limit: 10 })).toEqual([]);
    expect(await world.stats('crm')).toMatchObject({ hits: 1, pending: 1, lastHitAtMs: world.clock.nowMs });
    expect(await world.store.hourly(undefined, 0)).toEqual([
      { hourMs: receivedAtMs, received: 1, matched: 1, delivered: 0, failed: 0 },
    ]);
    expect(await world.store.hourly('crm', 0)).toMatchObject([{ hourMs: world.clock.nowMs, matched: 1 }]);
  });

  it('makes none of a CDR that hits nothing', async () => {
    const world = await World.open(harness);
    await world.accept();
    const run = await start(world, {});
    const done = await world.store.runs.replay(await pageOf(world, run), new Map());

    expect(done).toMatchObject({ state: 'done', done: 1, made: 0, skipped: 0 });
    expect(await world.store.pending()).toBe(0);
  });
}

function describeNothingTwice(harness: StoreHarness): void {
  it('skips a webhook to which the CDR waits or is under way', async () => {
    const world = await World.open(harness);
    await world.wait('crm');
    await world.take('crm');

    expect(await replayed(world, { again: true })).toEqual([]);
    expect(await world.store.runs.list({ limit: 1 })).toMatchObject([{ done: 2, made: 0, skipped: 2 }]);
  });

  it('skips a webhook that was delivered it, unless it is to be delivered again', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    await world.store.settle([delivered(lease)]);

    expect(await replayed(world, {})).toEqual([]);
    expect(only(await replayed(world, { again: true }))).toMatchObject({ redeliveryOf: lease.deliveryId });
    expect(await world.store.cdr(lease.cdr.id)).toMatchObject({ hits: 1 });
  });

  it('makes it for a webhook where it failed, as a redelivery of the newest', async () => {
    const world = await World.open(harness);
    const lease = await world.take('crm');
    await world.store.settle([failed(lease)]);
    const before = await world.stats('crm');
    const [first] = await replayed(world, {});
    await world.store.settle([failed(only(await world.lease('crm')))]);
    const second = only(await replayed(world, {}));

    expect(first?.redeliveryOf).toBe(lease.deliveryId);
    expect(second.redeliveryOf).toBe(first?.id);
    expect(await world.stats('crm')).toMatchObject({ hits: 3, lastHitAtMs: before.lastHitAtMs });
    expect(await world.store.cdr(lease.cdr.id)).toMatchObject({ hits: 1 });
  });

  it('skips a CDR that was purged since its page was handed out', async () => {
    const world = await World.open(harness);
    await world.accept();
    await world.wait('mail');
    const run = await start(world, {});
    const page = await pageOf(world, run);
    await world.store.purge(world.clock.nowMs + 1);

    expect(await hitAll(world, page, 'crm')).toMatchObject({ state: 'done', done: 2, made: 1, skipped: 1 });
    expect(await world.store.pending()).toBe(2);
  });
}

function describePages(harness: StoreHarness): void {
  it.each([1, 2, 3, 5, 6])('goes through all in pages of %i, each once', async (limit) => {
    const world = await World.open(harness);
    const ids = await inTurn(5, async () => (await world.accept()).id);
    let run = await start(world, {});
    const seen: string[] = [];
    while (run.state === 'running') {
      const page = await pageOf(world, run, limit);
      seen.push(...page.cdrs.map(({ id }) => id));
      if (seen.length > ids.length) throw new Error('a CDR was handed out twice');
      run = (await hitAll(world, page, 'crm')) ?? run;
    }

    expect(seen).toEqual(ids);
    expect(run).toMatchObject({ total: 5, done: 5, made: 5, skipped: 0 });
    expect(await world.store.runs.replayPage(run.id, limit)).toBeUndefined();
  });

  it('hands out the same page until it is done, and does it once', async () => {
    const world = await World.open(harness);
    await inTurn(3, () => world.accept());
    const run = await start(world, {});
    const pages = await inTurn(2, () => pageOf(world, run, 2));
    expect(pages[1]).toEqual(pages[0]);

    const steps = await Promise.all(pages.map((page) => hitAll(world, page, 'crm')));
    expect(steps[1]).toEqual(steps[0]);
    expect(await world.stats('crm')).toMatchObject({ hits: 2 });
  });

  it('is no redelivery, and a redelivery no replay', async () => {
    const world = await World.open(harness);
    await world.accept({ hits: waiting('crm') });
    const replay = await start(world, {});
    const redelivery = await world.store.runs.start({ kind: 'redeliver', selection: {} });
    const page = await pageOf(world, replay);

    expect(await world.store.runs.redeliver(replay.id, 1)).toBeUndefined();
    expect(await world.store.runs.replayPage(redelivery.id, 1)).toBeUndefined();
    expect(await hitAll(world, { ...page, runId: redelivery.id }, 'mail')).toBeUndefined();
    expect(await world.store.pending()).toBe(1);
  });
}
