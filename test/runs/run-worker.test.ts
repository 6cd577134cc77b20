import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { cdrAgain } from '../../src/cdr/read.ts';
import { RunWorker, type RunObserver } from '../../src/runs/run-worker.ts';
import { loadVendors } from '../../src/package-files.ts';
import type { ReadCdr } from '../../src/store/records.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { Delivery } from '../../src/store/records.ts';
import type { Run, RunTask } from '../../src/store/runs.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { Registry } from '../../src/webhooks/registry.ts';
import { delivered, failed, leased } from '../support/store-samples.ts';
import { newCdr, webhookWith } from '../support/webhooks.ts';

const DISK_FULL = new StoreUnavailableError(new Error('disk full'));
const FAILED: RunTask = { kind: 'redeliver', selection: { states: ['failed'] } };

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
});

class RecordingRunObserver implements RunObserver {
  readonly done: Run[] = [];
  readonly storeFailures: unknown[] = [];
  readonly failures: unknown[] = [];

  runDone(run: Run): void {
    this.done.push(run);
  }

  storeFailed(error: unknown): void {
    this.storeFailures.push(error);
  }

  failed(error: unknown): void {
    this.failures.push(error);
  }
}

const vendors = loadVendors();

/** A worker over a memory store, with the few steps that tests begin with. */
class WorkerBench {
  readonly store = new MemoryStore({ dedupeWindowMs: 0, leaseMs: 30_000 });
  readonly registry = new Registry();
  readonly observer = new RecordingRunObserver();
  readonly #readCdr: ReadCdr;
  readonly worker: RunWorker;

  constructor(readCdr: ReadCdr = (stored) => cdrAgain(stored, new Map(), vendors)) {
    this.#readCdr = readCdr;
    this.worker = this.another();
  }

  another(): RunWorker {
    const { store, registry, observer } = this;
    const readCdr = this.#readCdr;
    const worker = new RunWorker({ store, registry, vendors, readCdr, observer });
    onTestFinished(() => worker.stop());
    return worker;
  }

  /** Puts deliveries to a webhook on record that have failed. */
  async fail(count: number, webhookId = 'a'): Promise<void> {
    const cdrs = Array.from({ length: count }, () => newCdr([], { hits: leased(webhookId) }));
    const accepted = await this.store.accept(cdrs);
    await this.store.settle(accepted.flatMap(({ leases }) => leases).map((lease) => failed(lease)));
  }

  /** Begins a run and tells the worker. */
  async begin(task: RunTask): Promise<string> {
    const { id } = await this.store.runs.start(task);
    this.worker.wake();
    return id;
  }

  async run(id: string): Promise<Run | undefined> {
    return this.store.runs.find(id);
  }

  madeBy(runId: string): Promise<Delivery[]> {
    return this.store.deliveries({ runId, limit: 10_000 });
  }

  /** Delivers so many of those that wait. */
  async deliver(count: number, webhookId = 'a'): Promise<void> {
    const leases = await this.store.lease(new Map([[webhookId, count]]));
    await this.store.settle(leases.map((lease) => delivered(lease)));
  }
}

describe('a redelivery', () => {
  test('is gone through to its end, step by step, each delivery once', async () => {
    const bench = new WorkerBench();
    await bench.fail(450);
    const steps = vi.spyOn(bench.store.runs, 'redeliver');
    bench.worker.start();
    const id = await bench.begin(FAILED);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await bench.run(id)).toMatchObject({ state: 'done', total: 450, done: 450, made: 450 });
    const made = await bench.madeBy(id);
    expect(new Set(made.map(({ redeliveryOf }) => redeliveryOf)).size).toBe(450);
    expect(steps).toHaveBeenCalledTimes(3);
    expect(bench.observer.done.map((run) => run.id)).toEqual([id]);
  });

  test('leaves time between its steps', async () => {
    const bench = new WorkerBench();
    await bench.fail(450);
    bench.worker.start();
    const id = await bench.begin(FAILED);
    await vi.advanceTimersByTimeAsync(1);
    expect(await bench.run(id)).toMatchObject({ done: 200 });
    await vi.advanceTimersByTimeAsync(10);
    expect(await bench.run(id)).toMatchObject({ done: 200 });
    await vi.advanceTimersByTimeAsync(10);
    expect(await bench.run(id)).toMatchObject({ done: 400 });
  });

  test('waits while two thousand of its deliveries do, and goes on when half of them are sent', async () => {
    const bench = new WorkerBench();
    await bench.fail(3_500);
    bench.worker.start();
    const id = await bench.begin(FAILED);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await bench.run(id)).toMatchObject({ state: 'running', made: 2_000 });
    await bench.deliver(999);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await bench.run(id)).toMatchObject({ made: 2_000 });
    await bench.deliver(1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await bench.run(id)).toMatchObject({ state: 'running', made: 3_000 });
    await bench.deliver(1_000);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await bench.run(id)).toMatchObject({ state: 'done', made: 3_500 });
  });

  test('that waits does not hold up another', async () => {
    const bench = new WorkerBench();
    await bench.fail(3_000, 'dead');
    await bench.fail(10, 'alive');
    bench.worker.start();
    const held = await bench.begin({ kind: 'redeliver', selection: { webhookId: 'dead' } });
    await vi.advanceTimersByTimeAsync(10_000);
    const other = await bench.begin({ kind: 'redeliver', selection: { webhookId: 'alive' } });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await bench.run(held)).toMatchObject({ state: 'running', made: 2_000 });
    expect(await bench.run(other)).toMatchObject({ state: 'done', made: 10 });
  });

  test('that is cancelled goes no further', async () => {
    const bench = new WorkerBench();
    await bench.fail(600);
    bench.worker.start();
    const id = await bench.begin(FAILED);
    await vi.advanceTimersByTimeAsync(1);
    await bench.store.runs.cancel(id);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await bench.run(id)).toMatchObject({ state: 'cancelled', done: 200 });
    expect(bench.observer.done).toEqual([]);
  });

  test('goes on when the store is there again, and makes nothing twice', async () => {
    const bench = new WorkerBench();
    await bench.fail(450);
    const step = vi.spyOn(bench.store.runs, 'redeliver');
    step.mockRejectedValueOnce(DISK_FULL).mockRejectedValueOnce(DISK_FULL);
    vi.spyOn(bench.store.runs, 'list').mockRejectedValueOnce(DISK_FULL);
    bench.worker.start();
    await vi.advanceTimersByTimeAsync(0);
    const id = await bench.begin(FAILED);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(await bench.run(id)).toMatchObject({ done: 0 });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await bench.run(id)).toMatchObject({ state: 'done', made: 450 });
    expect(bench.observer.storeFailures).toEqual([DISK_FULL, DISK_FULL, DISK_FULL]);
  });

  test('that another process left behind is taken up', async () => {
    const bench = new WorkerBench();
    await bench.fail(250);
    const { id } = await bench.store.runs.start(FAILED);
    await bench.store.runs.redeliver(id, 200);
    bench.worker.start();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await bench.run(id)).toMatchObject({ state: 'done', made: 250 });
    await bench.fail(1);
    const unannounced = await bench.store.runs.start(FAILED);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await bench.run(unannounced.id)).toMatchObject({ state: 'done', made: 1 });
  });
});

describe('a worker that is stopped', () => {
  test('takes no further step, and the next one goes on where it was', async () => {
    const bench = new WorkerBench();
    await bench.fail(600);
    bench.worker.start();
    const id = await bench.begin(FAILED);
    await vi.advanceTimersByTimeAsync(1);
    await bench.worker.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await bench.run(id)).toMatchObject({ state: 'running', done: 200 });
    bench.another().start();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await bench.run(id)).toMatchObject({ state: 'done', made: 600 });
  });

  test('leaves no timer behind', async () => {
    const bench = new WorkerBench();
    bench.worker.start();
    await vi.advanceTimersByTimeAsync(1);
    await bench.worker.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a replay', () => {
  const missed = { '==': [{ var: 'status' }, 'missed'] };

  async function takeIn(bench: WorkerBench, ...raws: string[]): Promise<void> {
    await bench.store.accept(raws.map((raw) => newCdr([], { raw })));
  }

  test('matches what came in before against the rules of today', async () => {
    const bench = new WorkerBench();
    await takeIn(bench, '{"status":"missed"}', '{"status":"answered"}', '{"status":"missed","n":2}');
    bench.registry.replace([
      webhookWith({ id: 'missed', conditions: [missed] }),
      webhookWith({ id: 'elsewhere', sources: ['other'] }),
      webhookWith({ id: 'vendor', conditions: [{ '==': [{ var: '$vendor' }, 'generic'] }] }),
    ]);
    bench.worker.start();
    const id = await bench.begin({ kind: 'replay', selection: {} });
    await vi.advanceTimersByTimeAsync(100);
    expect(await bench.run(id)).toMatchObject({ state: 'done', total: 3, done: 3, made: 5 });
    const webhookIds = (await bench.madeBy(id)).map(({ webhookId }) => webhookId).sort();
    expect(webhookIds).toEqual(['missed', 'missed', 'vendor', 'vendor', 'vendor']);
  });

  test('of one webhook makes nothing for others', async () => {
    const bench = new WorkerBench();
    await takeIn(bench, '{"status":"missed"}', '{"status":"answered"}');
    bench.registry.replace([webhookWith({ id: 'missed', conditions: [missed] }), webhookWith({ id: 'all' })]);
    bench.worker.start();
    const id = await bench.begin({ kind: 'replay', selection: { webhookId: 'missed' } });
    await vi.advanceTimersByTimeAsync(100);
    expect((await bench.madeBy(id)).map(({ webhookId }) => webhookId)).toEqual(['missed']);
  });

  test('sees rules that change while it runs', async () => {
    const bench = new WorkerBench();
    await takeIn(bench, ...Array.from({ length: 80 }, (_, n) => `{"n":${n}}`));
    bench.worker.start();
    const id = await bench.begin({ kind: 'replay', selection: {} });
    await vi.advanceTimersByTimeAsync(1);
    bench.registry.replace([webhookWith({ id: 'new' })]);
    await vi.advanceTimersByTimeAsync(100);
    expect(await bench.run(id)).toMatchObject({ state: 'done', done: 80, made: 30 });
  });

  test('goes past a CDR that cannot be read any more, and tells of it', async () => {
    const bench = new WorkerBench((stored) => {
      if (stored.raw.includes('broken')) throw new TypeError('no such shape');
      return cdrAgain(stored, new Map(), vendors);
    });
    await takeIn(bench, '{"n":1}', '{"n":"broken"}', '{"n":3}');
    bench.registry.replace([webhookWith({ id: 'all' })]);
    bench.worker.start();
    const id = await bench.begin({ kind: 'replay', selection: {} });
    await vi.advanceTimersByTimeAsync(100);
    expect(await bench.run(id)).toMatchObject({ state: 'done', done: 3, made: 2 });
    expect(String(bench.observer.failures)).toMatch(/^Error: cdr_\w+ cannot be matched: no such shape$/);
  });

  test('of CDRs that hit many webhooks goes through fewer of them at once', async () => {
    const bench = new WorkerBench();
    await takeIn(bench, ...Array.from({ length: 50 }, (_, n) => `{"n":${n}}`));
    bench.registry.replace(Array.from({ length: 15 }, (_, n) => webhookWith({ id: `all-${n}` })));
    bench.worker.start();
    const id = await bench.begin({ kind: 'replay', selection: {} });
    await vi.advanceTimersByTimeAsync(1);
    expect(await bench.run(id)).toMatchObject({ done: 13, made: 195 });
    await vi.advanceTimersByTimeAsync(200);
    expect(await bench.run(id)).toMatchObject({ state: 'done', done: 50, made: 750 });
  });
});

describe('runs that take turns', () => {
  test('all have theirs, however many of them wait', async () => {
    const bench = new WorkerBench();
    await bench.fail(10, 'alive');
    const { id } = await bench.store.runs.start({ kind: 'redeliver', selection: { webhookId: 'alive' } });
    for (let number = 0; number < 150; number += 1) {
      await bench.store.runs.start({ kind: 'redeliver', selection: { webhookId: 'dead' } });
    }
    const deliveries = bench.store.deliveries.bind(bench.store);
    vi.spyOn(bench.store, 'deliveries').mockImplementation((filter) =>
      filter.runId === id || filter.runId === undefined
        ? deliveries(filter)
        : Promise.resolve(Array.from({ length: 1_001 }, () => ({}) as Delivery)),
    );
    bench.worker.start();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await bench.run(id)).toMatchObject({ state: 'done', made: 10 });
  });

  test('have theirs when something is wrong with another, which is tried once a second', async () => {
    const bench = new WorkerBench();
    await bench.fail(450);
    const step = bench.store.runs.redeliver.bind(bench.store.runs);
    const { id: bad } = await bench.store.runs.start(FAILED);
    vi.spyOn(bench.store.runs, 'redeliver').mockImplementation((id, limit) =>
      id === bad ? Promise.reject(new TypeError('a mistake')) : step(id, limit),
    );
    bench.worker.start();
    const id = await bench.begin(FAILED);
    await vi.advanceTimersByTimeAsync(900);
    expect(await bench.run(id)).toMatchObject({ state: 'done', made: 450 });
    expect(bench.observer.failures).toHaveLength(1);
    expect(bench.observer.storeFailures).toEqual([]);
  });
});
