import { StatementSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { delivered, leased, only } from '../support/store-samples.ts';
import { connectTo, drift, newCdr, openSqlite, query, type OpenedSqlite } from '../support/store-sqlite.ts';

// Files share their process: the next one would wait for ever.
afterEach(() => {
  vi.useRealTimers();
});

/** Lets time pass for the store, but not for `setImmediate`, by which it commits. */
function stopTime(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
}

/** Locks the database as another program does; returns what unlocks it. */
function lock(directory: string): () => void {
  const other = connectTo(directory);
  other.exec('BEGIN IMMEDIATE');
  return () => {
    other.exec('ROLLBACK');
  };
}

/** How many CDRs are committed. */
function storedIn({ directory }: OpenedSqlite): unknown {
  return only(query(directory, 'SELECT count(*) AS count FROM cdrs'))['count'];
}

describe('a database that another program has locked', () => {
  it('is waited for', async () => {
    stopTime();
    const opened = openSqlite();
    const { store, directory, clock } = opened;
    const unlock = lock(directory);
    const accepted = Promise.all([store.accept([newCdr(clock)]), store.accept([newCdr(clock)])]);
    await nextTurn();
    await vi.advanceTimersByTimeAsync(900);
    expect(storedIn(opened)).toBe(0);

    unlock();
    await vi.advanceTimersByTimeAsync(100);
    expect(await accepted).toHaveLength(2);
    expect(storedIn(opened)).toBe(2);
  });

  it('is given up after a second, and everybody who waited is told', async () => {
    stopTime();
    const opened = openSqlite();
    const { store, directory, clock } = opened;
    const lease = only(only(await store.accept([newCdr(clock, { hits: leased('crm') })])).leases);
    const unlock = lock(directory);
    const answers = Promise.allSettled([
      store.accept([newCdr(clock, { hits: leased('crm') })]),
      store.settle([delivered(lease)]),
    ]);
    await nextTurn();
    await vi.advanceTimersByTimeAsync(1_100);

    for (const answer of await answers) {
      expect(answer).toMatchObject({
        status: 'rejected',
        reason: expect.any(StoreUnavailableError) as unknown,
      });
    }
    unlock();
    expect(storedIn(opened)).toBe(1);
    expect(await store.delivery(lease.deliveryId)).toMatchObject({ delivery: { state: 'delivering' } });
  });

  it('lets no heartbeat through, once something was refused for it', async () => {
    stopTime();
    const { store, directory, clock } = openSqlite();
    const unlock = lock(directory);
    await expect(store.heartbeat()).resolves.toEqual({ nodes: 1, rank: 0 });
    const tried = async (work: () => Promise<unknown>): Promise<unknown> => {
      const result = work().catch((error: unknown) => error);
      await nextTurn();
      await vi.advanceTimersByTimeAsync(1_100);
      return result;
    };
    expect(await tried(() => store.accept([newCdr(clock)]))).toBeInstanceOf(StoreUnavailableError);
    expect(await tried(() => store.heartbeat())).toBeInstanceOf(StoreUnavailableError);
    expect(await tried(() => store.heartbeat())).toBeInstanceOf(StoreUnavailableError);

    unlock();
    await expect(store.heartbeat()).resolves.toEqual({ nodes: 1, rank: 0 });
  });

  it('is used again as soon as it is unlocked, with nothing counted twice', async () => {
    stopTime();
    const opened = openSqlite();
    const { store, directory, clock } = opened;
    const cdr = newCdr(clock, { hits: leased('crm') });
    const unlock = lock(directory);
    const given = store.accept([cdr]).catch(() => 'given up');
    await nextTurn();
    await vi.advanceTimersByTimeAsync(1_100);
    expect(await given).toBe('given up');

    unlock();
    expect(only(await store.accept([cdr])).duplicate).toBe(false);
    expect((await store.stats(['crm'])).get('crm')).toMatchObject({ hits: 1, pending: 1 });
    expect(drift(directory)).toEqual([]);
  });

  it('can be read all the time', async () => {
    const { store, directory, clock } = openSqlite();
    const { id } = only(await store.accept([newCdr(clock, { hits: leased('crm') })]));
    lock(directory);

    expect(await store.cdr(id)).toBeDefined();
    expect(await store.pending()).toBe(1);
  });

  it('is waited for by a store that is being closed', async () => {
    stopTime();
    const opened = openSqlite();
    const { store, directory, clock } = opened;
    const unlock = lock(directory);
    const accepted = store.accept([newCdr(clock)]).catch(() => 'lost');
    await nextTurn();
    const closed = store.close();
    unlock();
    await vi.advanceTimersByTimeAsync(100);
    await closed;

    expect(await accepted).not.toBe('lost');
    expect(storedIn(opened)).toBe(1);
  });
});

describe('a full disk', () => {
  /** Accepts CDRs of 10 kB until one is refused; returns the ids of those that were not, and why it was. */
  async function fill({ store, clock }: OpenedSqlite): Promise<{ ids: string[]; refusal: unknown }> {
    const ids: string[] = [];
    for (;;) {
      const cdr = newCdr(clock, {
        raw: `{"n":${ids.length},"x":"${'x'.repeat(10_000)}"}`,
        hits: leased('crm'),
      });
      try {
        ids.push(only(await store.accept([cdr])).id);
      } catch (refusal) {
        return { ids, refusal };
      }
    }
  }

  /** Lets the database grow by no more than some pages from now on. */
  function limitPages({ connection }: OpenedSqlite, more: number): void {
    const count = Number(connection.prepare('PRAGMA page_count').get()?.['page_count']);
    connection.exec(`PRAGMA max_page_count = ${count + more}`);
  }

  it('is told as such, keeps what was accepted and nothing of what was not', async () => {
    const opened = openSqlite();
    limitPages(opened, 100);
    const { ids, refusal } = await fill(opened);

    expect(refusal).toBeInstanceOf(StoreUnavailableError);
    expect(refusal).toMatchObject({ message: 'the store is not available: database or disk is full' });
    expect(ids.length).toBeGreaterThan(10);
    expect(query(opened.directory, 'SELECT id FROM cdrs ORDER BY id').map(({ id }) => id)).toEqual(ids);
    expect(drift(opened.directory)).toEqual([]);
  });

  it('is no harm once there is room again', async () => {
    const opened = openSqlite();
    limitPages(opened, 50);
    const { ids } = await fill(opened);
    limitPages(opened, 1_000);
    const more = await opened.store.accept([newCdr(opened.clock), newCdr(opened.clock)]);
    await opened.store.close();
    const again = openSqlite({ directory: opened.directory });

    expect(await again.store.cdrs({ limit: 1_000 })).toHaveLength(ids.length + more.length);
  });

  it('lets old CDRs be purged, which makes room', async () => {
    const opened = openSqlite();
    const { store, clock } = opened;
    await store.accept(Array.from({ length: 300 }, () => newCdr(clock)));
    limitPages(opened, 20);
    await fill(opened);
    clock.advance(1);
    expect(await store.purge(clock.nowMs)).toBe(300);

    expect(await store.accept([newCdr(clock)])).toHaveLength(1);
  });
});

describe('a commit that fails', () => {
  /** Lets the next commits fail as on a disk that cannot write. */
  function failCommits({ connection }: OpenedSqlite, times: number): void {
    const exec = connection.exec.bind(connection);
    let left = times;
    vi.spyOn(connection, 'exec').mockImplementation((sql) => {
      if (sql === 'COMMIT' && left > 0) {
        left -= 1;
        throw new Error('disk I/O error');
      }
      exec(sql);
    });
  }

  it('fails its caller, and leaves nothing of it to the next', async () => {
    const opened = openSqlite();
    const { store, clock, directory } = opened;
    failCommits(opened, 1);
    await expect(store.accept([newCdr(clock, { hits: leased('crm') })])).rejects.toThrow(
      StoreUnavailableError,
    );
    await store.accept([newCdr(clock, { hits: leased('crm') })]);

    expect(storedIn(opened)).toBe(1);
    expect((await store.stats(['crm'])).get('crm')).toMatchObject({ hits: 1 });
    expect(drift(directory)).toEqual([]);
  });

  it('is looked into by the next heartbeats until one gets through, also when less than that was committed meanwhile', async () => {
    const opened = openSqlite();
    const { store, clock, connection } = opened;
    failCommits(opened, 1);
    await expect(store.accept([newCdr(clock)])).rejects.toThrow(StoreUnavailableError);
    await store.accept([newCdr(clock)]);
    const exec = vi.spyOn(connection, 'exec');
    const commits = (): number => exec.mock.calls.filter(([sql]) => sql === 'COMMIT').length;
    await store.heartbeat();
    const looked = commits();
    expect(looked).toBeGreaterThan(0);
    await store.heartbeat();
    expect(commits()).toBe(looked);
  });

  it('is tried again for each caller of its group', async () => {
    const opened = openSqlite();
    const { store, clock, directory } = opened;
    failCommits(opened, 2);
    const answers = await Promise.allSettled(
      Array.from({ length: 3 }, () => store.accept([newCdr(clock, { hits: leased('crm') })])),
    );

    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(storedIn(opened)).toBe(2);
    expect(drift(directory)).toEqual([]);
  });
});

describe('a database that cannot be read', () => {
  it.each(['cdr', 'delivery'] as const)('is told by %s as any store that is not available', async (verb) => {
    const { store } = openSqlite();
    vi.spyOn(StatementSync.prototype, 'get').mockImplementation(() => {
      throw new Error('disk I/O error');
    });
    const read = async (): Promise<unknown> => store[verb]('some-id');

    await expect(read()).rejects.toThrow(StoreUnavailableError);
  });

  it('is told by a promise, never by an exception', () => {
    const { store } = openSqlite();
    vi.spyOn(StatementSync.prototype, 'get').mockImplementation(() => {
      throw new Error('disk I/O error');
    });
    const read = (): void => {
      store.pending().catch(() => undefined);
    };

    expect(read).not.toThrow();
  });
});
