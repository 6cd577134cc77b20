import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { GroupCommit } from '../../src/store/sqlite/group-commit.ts';
import { WalSync } from '../../src/store/sqlite/wal-sync.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { newCdr, openSqlite } from '../support/store-sqlite.ts';

/** Group commit on a database with one table, and a disk that syncs when the test says so. */
function openBench() {
  const directory = mkdtempSync(join(tmpdir(), 'hookswitch-sync-'));
  const database = new DatabaseSync(join(directory, 'test.db'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE calls (id INTEGER)');
  const syncs: PromiseWithResolvers<undefined>[] = [];
  const commits = new GroupCommit(database, {
    beforeCommit: () => undefined,
    afterRollback: () => undefined,
    sync: () => {
      const sync = Promise.withResolvers<undefined>();
      syncs.push(sync);
      return sync.promise;
    },
  });
  onTestFinished(() => {
    database.close();
    rmSync(directory, { recursive: true });
  });
  return {
    database,
    commits,
    syncs,
    insert: (id: number) =>
      commits.run(() => {
        database.prepare('INSERT INTO calls VALUES (?)').run(id);
        return id;
      }),
    stored: () =>
      database
        .prepare('SELECT id FROM calls ORDER BY id')
        .all()
        .map(({ id }) => id),
  };
}

/** Whether a promise is neither fulfilled nor rejected yet. */
async function isOpen(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open');
  await nextTurn();
  return (await Promise.race([promise.catch(() => undefined), Promise.resolve(open)])) === open;
}

describe('work in a transaction of an SQLite store', () => {
  it('is answered for when the disk has it, not when it is committed', async () => {
    const { insert, syncs, stored } = openBench();
    const inserted = insert(1);
    await vi.waitUntil(() => syncs.length === 1);

    expect(stored()).toEqual([1]);
    expect(await isOpen(inserted)).toBe(true);
    syncs[0]?.resolve(undefined);
    expect(await inserted).toBe(1);
  });

  it('that comes while the disk writes waits, and shares the next transaction and the next sync', async () => {
    const { insert, syncs, stored } = openBench();
    const first = insert(1);
    await vi.waitUntil(() => syncs.length === 1);
    const second = insert(2);
    await nextTurn();
    const third = insert(3);

    expect(await isOpen(second)).toBe(true);
    expect(stored()).toEqual([1]);
    syncs[0]?.resolve(undefined);
    expect(await first).toBe(1);
    await vi.waitUntil(() => syncs.length === 2);
    expect(stored()).toEqual([1, 2, 3]);
    expect(await isOpen(third)).toBe(true);
    syncs[1]?.resolve(undefined);
    expect(await Promise.all([second, third])).toEqual([2, 3]);
    expect(syncs).toHaveLength(2);
  });

  it('is waited for by whoever closes the store', async () => {
    const { insert, commits, syncs } = openBench();
    const first = insert(1);
    await vi.waitUntil(() => syncs.length === 1);
    const second = insert(2);
    const drained = commits.drain();

    expect(await isOpen(drained)).toBe(true);
    for (const sync of syncs) sync.resolve(undefined);
    await vi.waitUntil(() => syncs.length === 2);
    expect(await isOpen(drained)).toBe(true);
    for (const sync of syncs) sync.resolve(undefined);
    await drained;
    expect(await Promise.all([first, second])).toEqual([1, 2]);
  });
});

describe('a sync that fails', () => {
  it('fails the work it was for, and what comes next is written after all of the log is in the database', async () => {
    const { database, insert, syncs } = openBench();
    const lost = insert(1);
    await vi.waitUntil(() => syncs.length === 1);
    syncs[0]?.reject(new Error('EIO: i/o error, fdatasync'));
    await expect(lost).rejects.toThrow(StoreUnavailableError);

    const prepare = vi.spyOn(database, 'prepare');
    const next = insert(2);
    await vi.waitUntil(() => syncs.length === 2);
    expect(prepare.mock.calls.map(([sql]) => sql)[0]).toBe('PRAGMA wal_checkpoint(TRUNCATE)');
    syncs[1]?.resolve(undefined);
    expect(await next).toBe(2);

    prepare.mockClear();
    const usual = insert(3);
    await vi.waitUntil(() => syncs.length === 3);
    syncs[2]?.resolve(undefined);
    await usual;
    expect(prepare.mock.calls.map(([sql]) => sql)).toEqual(['INSERT INTO calls VALUES (?)']);
  });

  it('keeps everything out for as long as the log cannot be written to the database', async () => {
    const { database, insert, syncs, stored } = openBench();
    const lost = insert(1);
    await vi.waitUntil(() => syncs.length === 1);
    syncs[0]?.reject(new Error('EIO: i/o error, fdatasync'));
    await expect(lost).rejects.toThrow(StoreUnavailableError);

    const prepare = vi.spyOn(database, 'prepare').mockImplementation(() => {
      throw new Error('disk I/O error');
    });
    await expect(insert(2)).rejects.toThrow(StoreUnavailableError);
    await expect(insert(3)).rejects.toThrow('disk I/O error');
    prepare.mockRestore();

    expect(stored()).toEqual([1]);
    const next = insert(4);
    await vi.waitUntil(() => syncs.length === 2);
    syncs[1]?.resolve(undefined);
    expect(await next).toBe(4);
  });
});

describe('an SQLite store', () => {
  it('syncs its log once for all callers of one turn, before it answers', async () => {
    const { store, clock } = openSqlite();
    const order: string[] = [];
    const sync = vi.spyOn(WalSync.prototype, 'sync').mockImplementation(async () => {
      order.push('sync');
      await nextTurn();
      order.push('synced');
    });
    onTestFinished(() => {
      sync.mockRestore();
    });
    await Promise.all(
      Array.from({ length: 20 }, () => store.accept([newCdr(clock)]).then(() => order.push('answered'))),
    );

    expect(order).toEqual(['sync', 'synced', ...Array.from({ length: 20 }, () => 'answered')]);
  });
});
