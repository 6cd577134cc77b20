import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { leased, only } from '../support/store-samples.ts';
import {
  connectTo,
  databasePath,
  newCdr,
  openSqlite,
  query,
  SETTINGS,
  temporaryDirectory,
} from '../support/store-sqlite.ts';

const open = (directory: string): SqliteStore => new SqliteStore(directory, SETTINGS);
const versionOf = (directory: string): unknown =>
  only(query(directory, 'PRAGMA user_version'))['user_version'];

describe('the directory of an SQLite store', () => {
  it('is made with everything above it', async () => {
    const directory = join(temporaryDirectory(), 'var', 'lib', 'hookswitch');
    const { store } = openSqlite({ directory });
    await store.close();

    expect(existsSync(databasePath(directory))).toBe(true);
  });

  // Windows has no such modes.
  it.skipIf(process.platform === 'win32')('is made for its owner alone: it holds calls', async () => {
    const directory = join(temporaryDirectory(), 'data');
    const { store } = openSqlite({ directory });
    await store.close();

    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('is refused to a second store, which is told where it is', async () => {
    const { store, directory, clock } = openSqlite();

    expect(() => open(directory)).toThrow(`another Hookswitch is using the data directory ${directory}`);
    // The one that has it is not disturbed.
    expect(await store.accept([newCdr(clock)])).toHaveLength(1);
    expect(() => open(directory)).toThrow('another Hookswitch');
  });

  it('is free again when the store is closed', async () => {
    const { store, directory } = openSqlite();
    await store.close();
    const second = open(directory);
    await second.close();

    await open(directory).close();
  });

  it('is said to be of no use when that is the reason, and not taken for one that is in use', () => {
    const directory = temporaryDirectory();
    writeFileSync(
      join(directory, 'hookswitch.lock'),
      'this is no database, and long enough to be seen as such',
    );

    expect(() => open(directory)).toThrow(`the data directory ${directory} cannot be used`);
  });

  it('is not one with another directory', async () => {
    const { store, clock } = openSqlite();
    openSqlite();

    expect(await store.accept([newCdr(clock)])).toHaveLength(1);
  });
});

describe('an SQLite store that is opened', () => {
  it('writes ahead, and leaves out of the syncs only the one that the store does itself', () => {
    const { directory, connection } = openSqlite();

    expect(query(directory, 'PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    // 1 is NORMAL (https://sqlite.org/pragma.html#pragma_synchronous); asked of the store's own connection.
    expect(connection.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 1 });
  });

  it('does not hold up the event loop for a locked database', () => {
    const { connection } = openSqlite();

    expect(connection.prepare('PRAGMA busy_timeout').get()).toEqual({ timeout: 0 });
  });

  it('ends every lease at once, whoever held one is gone', async () => {
    const { store, directory, clock } = openSqlite();
    await store.accept([newCdr(clock, { hits: leased('crm') })]);
    await store.close();
    const again = openSqlite({ directory, clock });

    expect(await again.store.due('', 10)).toEqual({
      webhooks: [{ webhookId: 'crm', overdueMs: 0 }],
      next: '',
    });
  });
});

describe('the version of an SQLite database', () => {
  it('is brought from 0 to the newest', async () => {
    const directory = temporaryDirectory();
    connectTo(directory).exec('PRAGMA user_version = 0');
    const { store, clock } = openSqlite({ directory });

    expect(versionOf(directory)).toBeGreaterThan(0);
    expect(await store.accept([newCdr(clock)])).toHaveLength(1);
  });

  it('stays when it is the newest, and so does what is in it', async () => {
    const { store, directory, clock } = openSqlite();
    const version = versionOf(directory);
    const { id } = only(await store.accept([newCdr(clock)]));
    await store.close();
    const again = openSqlite({ directory });

    expect(versionOf(directory)).toBe(version);
    expect(await again.store.cdr(id)).toBeDefined();
  });

  it('is refused when a newer Hookswitch wrote it, and nothing is changed', async () => {
    const { store, directory, clock } = openSqlite();
    const { id } = only(await store.accept([newCdr(clock, { hits: leased('crm') })]));
    await store.close();
    const database = connectTo(directory);
    database.exec('PRAGMA user_version = 999');

    expect(() => open(directory)).toThrow(/^the database has version 999 .*newer Hookswitch/);
    expect(versionOf(directory)).toBe(999);
    expect(query(directory, 'SELECT cdr_id, state FROM deliveries')).toEqual([
      { cdr_id: id, state: 'delivering' },
    ]);
  });

  it('stays where it was when a step to the next one fails, with nothing of that step done', async () => {
    const { store, directory } = openSqlite();
    await store.close();
    const database = connectTo(directory);
    // As after a step that made all tables but the first.
    database.exec('DROP TABLE cdrs; PRAGMA user_version = 0');

    expect(() => open(directory)).toThrow('deliveries already exists');
    expect(versionOf(directory)).toBe(0);
    expect(query(directory, `SELECT name FROM sqlite_schema WHERE name = 'cdrs'`)).toEqual([]);
  });
});

describe('an SQLite store that cannot be opened', () => {
  it('leaves its directory free', async () => {
    const { store, directory } = openSqlite();
    await store.close();
    const version = versionOf(directory);
    const database = connectTo(directory);
    database.exec('PRAGMA user_version = 999');
    expect(() => open(directory)).toThrow('version 999');
    database.exec(`PRAGMA user_version = ${String(version)}`);

    await open(directory).close();
  });

  it('leaves its database unlocked', async () => {
    const { store, directory } = openSqlite();
    await store.close();
    const database = connectTo(directory);
    database.exec('DROP TABLE cdrs; PRAGMA user_version = 0');
    expect(() => open(directory)).toThrow('already exists');

    database.exec('BEGIN IMMEDIATE; ROLLBACK');
  });
});
