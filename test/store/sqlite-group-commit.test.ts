import { setImmediate as nextTurn } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, vi } from 'vitest';
import { GroupCommit } from '../../src/store/sqlite/group-commit.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { delivered, leased, only } from '../support/store-samples.ts';
import {
  drift,
  impossibleCdr,
  newCdr,
  openSqlite,
  query,
  type OpenedSqlite,
} from '../support/store-sqlite.ts';

/** Counts the commits from now on. */
function countCommits(): () => number {
  const exec = vi.spyOn(DatabaseSync.prototype, 'exec');
  return () => exec.mock.calls.filter(([sql]) => sql === 'COMMIT').length;
}

/** How many CDRs are committed. */
function storedIn({ directory }: OpenedSqlite): unknown {
  return only(query(directory, 'SELECT count(*) AS count FROM cdrs'))['count'];
}

describe('callers of an SQLite store', () => {
  it('share one commit when they call in one turn of the event loop', async () => {
    const opened = openSqlite();
    const { store, clock } = opened;
    const commits = countCommits();
    await Promise.all(Array.from({ length: 200 }, () => store.accept([newCdr(clock)])));

    expect(commits()).toBe(1);
    expect(storedIn(opened)).toBe(200);
  });

  it('share it whatever they call', async () => {
    const { store, clock } = openSqlite();
    const [accepted] = await store.accept([newCdr(clock, { hits: leased('crm', 'tickets') })]);
    const [first, second] = accepted?.leases ?? [];
    if (first === undefined || second === undefined) throw new Error('there are not two leases');
    const commits = countCommits();
    await Promise.all([
      store.settle([delivered(first)]),
      store.renew([second]),
      store.lease(new Map([['crm', 1]])),
      store.accept([newCdr(clock)]),
    ]);

    expect(commits()).toBe(1);
  });

  it('wait for the next commit when they come after the turn', async () => {
    const { store, clock } = openSqlite();
    const commits = countCommits();
    const first = store.accept([newCdr(clock)]);
    await nextTurn();
    const second = store.accept([newCdr(clock)]);
    await Promise.all([first, second]);

    expect(commits()).toBe(2);
  });

  it('are answered when their work is committed, not before', async () => {
    const opened = openSqlite();
    const seen = await Promise.all(
      Array.from({ length: 10 }, () =>
        opened.store.accept([newCdr(opened.clock)]).then(() => storedIn(opened)),
      ),
    );

    expect(seen).toEqual(Array.from({ length: 10 }, () => 10));
  });

  it('commit nothing by reading', async () => {
    const { store } = openSqlite();
    const commits = countCommits();
    await Promise.all([store.cdr('cdr_x'), store.cdrs({ limit: 9 }), store.due('', 9), store.stats(['crm'])]);

    expect(commits()).toBe(0);
  });
});

describe('the failing work of one caller', () => {
  it('fails for that caller and for nobody else in its group', async () => {
    const opened = openSqlite();
    const { store, clock, directory } = opened;
    const hits = leased('crm');
    const answers = await Promise.allSettled([
      store.accept([newCdr(clock, { hits })]),
      store.accept([impossibleCdr(clock, { hits })]),
      store.accept([newCdr(clock, { hits }), newCdr(clock)]),
    ]);

    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(answers[1]).toMatchObject({ reason: expect.any(StoreUnavailableError) as unknown });
    expect(storedIn(opened)).toBe(3);
    expect((await store.stats(['crm'])).get('crm')).toMatchObject({ hits: 2, pending: 2 });
    expect(drift(directory)).toEqual([]);
  });

  it('undoes all that this caller handed in, counters included', async () => {
    const opened = openSqlite();
    const { store, clock, directory } = opened;
    const hits = leased('crm');
    const cdr = newCdr(clock, { hits, errors: ['tickets'] });

    await expect(store.accept([cdr, impossibleCdr(clock)])).rejects.toThrow(StoreUnavailableError);
    expect(storedIn(opened)).toBe(0);
    expect([...(await store.stats(['crm', 'tickets'])).keys()]).toEqual([]);
    expect(await store.hourly(undefined, 0)).toEqual([]);
    expect(drift(directory)).toEqual([]);
    // Nor does it count as seen.
    expect(only(await store.accept([cdr])).duplicate).toBe(false);
  });

  it('does not make the others hold leases that nobody was told of', async () => {
    const { store, clock } = openSqlite();
    const answers = await Promise.allSettled([
      store.accept([newCdr(clock, { hits: leased('crm') })]),
      store.accept([impossibleCdr(clock)]),
    ]);
    const [told] = answers;
    if (told.status === 'rejected') throw new Error('the good caller failed');
    const leases = told.value.flatMap((accepted) => accepted.leases);
    const deliveries = await store.deliveries({ limit: 10 });

    expect(leases.map(({ deliveryId }) => deliveryId)).toEqual(deliveries.map(({ id }) => id));
    expect(await store.renew(leases)).toEqual(leases);
  });

  it('is told with its cause', async () => {
    const { store, clock } = openSqlite();
    const error = await store.accept([impossibleCdr(clock)]).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(error).toMatchObject({ cause: { message: expect.stringContaining('received_at_ms') as unknown } });
  });
});

describe('a purge', () => {
  it('takes small transactions, between which others get their turn', async () => {
    const { store, clock } = openSqlite();
    await store.accept(Array.from({ length: 1_000 }, () => newCdr(clock)));
    clock.advance(1);
    const commits = countCommits();
    const order: string[] = [];
    const purged = store.purge(clock.nowMs).then(() => order.push('purged'));
    await nextTurn();
    await store.accept([newCdr(clock)]).then(() => order.push('accepted'));
    await purged;

    expect(order).toEqual(['accepted', 'purged']);
    expect(commits()).toBeGreaterThanOrEqual(5);
  });

  it('leaves nothing behind in any table but the counters of webhooks', async () => {
    const { store, directory, clock } = openSqlite();
    const [accepted] = await store.accept([newCdr(clock, { hits: leased('crm') })]);
    await store.settle((accepted?.leases ?? []).map((lease) => delivered(lease)));
    clock.advance(3_600_000);
    await store.purge(clock.nowMs);
    const tables = query(directory, `SELECT name FROM sqlite_schema WHERE type = 'table'`);
    const filled = tables.filter(({ name }) => query(directory, `SELECT 1 FROM ${String(name)}`).length > 0);

    expect(filled).toEqual([{ name: 'webhook_stats' }]);
  });
});

describe('a mistake in the code', () => {
  it('is told as it is, and fails nobody else in its group', async () => {
    const opened = openSqlite();
    const { store, clock } = opened;
    const mistaken = newCdr(clock);
    Object.defineProperty(mistaken, 'raw', {
      get: () => {
        throw new ReferenceError('raw is not defined');
      },
    });
    const [good, bad] = await Promise.allSettled([store.accept([newCdr(clock)]), store.accept([mistaken])]);
    expect(good.status).toBe('fulfilled');
    expect(bad).toMatchObject({ status: 'rejected', reason: new ReferenceError('raw is not defined') });
    expect(storedIn(opened)).toBe(1);
  });

  it('is told as it is by what only reads', async () => {
    const { store } = openSqlite();
    const filter = Object.defineProperty({ limit: 1 }, 'source', {
      get: () => {
        throw new TypeError('a mistake');
      },
    });
    await expect(store.cdrs(filter)).rejects.toBeInstanceOf(TypeError);
  });
});

describe('a failed sync', () => {
  it('leaves unsure what was committed meanwhile, too', async () => {
    const syncs: PromiseWithResolvers<undefined>[] = [];
    const commits = new GroupCommit(new DatabaseSync(':memory:'), {
      beforeCommit: () => undefined,
      afterRollback: () => undefined,
      sync: () => {
        const sync = Promise.withResolvers<undefined>();
        syncs.push(sync);
        return sync.promise;
      },
    });
    const first = commits.run(() => 1);
    await nextTurn();
    const second = commits.run(() => 2);
    // Commits at once, as it does when the store is closed.
    const drained = commits.drain();
    syncs[0]?.reject(new Error('the disk is gone'));

    await expect(first).rejects.toThrow(StoreUnavailableError);
    await expect(second).rejects.toThrow(StoreUnavailableError);
    await drained;
    expect(syncs).toHaveLength(1);
  });
});
