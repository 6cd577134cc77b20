import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { only } from '../support/store-samples.ts';
import { connectTo, drift, openSqlite, query, temporaryDirectory } from '../support/store-sqlite.ts';

const VERSION_1 = readFileSync(join(import.meta.dirname, '../support/store-version-1.sql'), 'utf8');
const RECEIVED_AT_MS = 1_763_700_000_000;

/** A directory as an older Hookswitch left it. */
function oldDirectory(): string {
  const directory = temporaryDirectory();
  connectTo(directory).exec(VERSION_1);
  return directory;
}

/** Every table and index, without the spaces they were written with. */
function schemaOf(directory: string): unknown[] {
  const rows = query(directory, 'SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name');
  return rows.map(({ name, sql }) => [name, String(sql).replaceAll(/\s+/g, ' ')]);
}

describe('an SQLite database of version 1', () => {
  it('has what a new one has, once it was opened', () => {
    const { directory } = openSqlite({ directory: oldDirectory() });

    expect(schemaOf(directory)).toEqual(schemaOf(openSqlite().directory));
  });

  it('keeps what is in it', async () => {
    const { store, directory } = openSqlite({ directory: oldDirectory() });
    const [waits, gaveUp] = await store.deliveries({ limit: 10 });

    expect(gaveUp).toEqual({
      id: 'dlv_01KAJBCH80AAAAAAAAAAAAAAAA',
      cdrId: 'cdr_01KAJBCH80AAAAAAAAAAAAAAAA',
      webhookId: 'crm',
      state: 'failed',
      attempts: 1,
      createdAtMs: RECEIVED_AT_MS,
      finishedAtMs: RECEIVED_AT_MS + 100,
      lastStatus: 400,
      lastError: 'HTTP 400',
    });
    expect(waits).toMatchObject({ webhookId: 'mail', state: 'pending' });
    expect(only(await store.lease(new Map([['mail', 9]]))).cdr.raw).toBe('{"call":1}');
    expect(drift(directory)).toEqual([]);
  });

  it('can be redelivered and replayed from', async () => {
    const { store, directory } = openSqlite({ directory: oldDirectory() });
    const sinceMs = RECEIVED_AT_MS;
    const redelivery = await store.runs.start({
      kind: 'redeliver',
      selection: { states: ['failed'], sinceMs },
    });
    expect(await store.runs.redeliver(redelivery.id, 9)).toMatchObject({ state: 'done', made: 1 });

    const replay = await store.runs.start({ kind: 'replay', selection: { sinceMs } });
    const page = await store.runs.replayPage(replay.id, 9);
    if (page === undefined) throw new Error('there is no page');
    const hits = new Map(page.cdrs.map(({ id }) => [id, ['crm', 'mail', 'tickets']]));
    expect(await store.runs.replay(page, hits)).toMatchObject({ state: 'done', made: 1, skipped: 2 });
    expect(drift(directory)).toEqual([]);
  });
});
