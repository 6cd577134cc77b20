import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyStore, UnequalCopyError } from '../../src/store/copy/copy.ts';
import { PARTS } from '../../src/store/copy/parts.ts';
import type { NewLeg } from '../../src/store/held-calls.ts';
import { nameOfCall } from '../../src/store/identity.ts';
import type { Lease, NewCdr } from '../../src/store/records.ts';
import { openSource, openTarget } from '../../src/store/open-copy.ts';
import type { StorePlace } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { querySchema } from '../support/postgres.ts';
import { copy, open, postgresPlace, sqlitePlace, using } from '../support/store-places.ts';
import { describePostgres, newCdr } from '../support/store-postgres.ts';
import {
  answered,
  delivered,
  failed,
  leased,
  only,
  retried,
  unanswered,
  waiting,
} from '../support/store-samples.ts';
import { connectTo } from '../support/store-sqlite.ts';

const ALL = 1_000;

/** Texts that a database may not take as they are. */
const ODD_TEXT = '{"a":"\u0000\u001a\u001a1 é📞 \ud800","n":9007199254740993}';

/** What a store was filled with. */
interface Filled {
  /** The newest of two with the same bytes, of which the window is not over. */
  readonly repeated: NewCdr;
  /** One that the node has which is gone now. */
  readonly lost: Lease;
}

function leg(raw: string, changes: Partial<NewLeg> = {}): NewLeg {
  const common = { source: 'pbx', vendor: 'cisco', groupKey: 'call', waitMs: 0, maxLegs: 10 };
  return { ...common, receivedAtMs: Date.now(), raw, ...changes };
}

async function fill(store: Store): Promise<Filled> {
  const old = newCdr({ receivedAtMs: Date.now() - 100_000, hits: waiting('crm') });
  const repeated = { ...old, receivedAtMs: Date.now() };
  await store.accept([old]);
  await store.accept([repeated]);
  const odd = {
    raw: ODD_TEXT,
    identity: 'call-1',
    revision: '2',
    violation: 'error /: odd',
    errors: ['bad'],
  };
  const accepted = await store.accept([
    newCdr({ ...odd, hits: leased('crm', 'erp', 'late', 'gone') }),
    newCdr({ hits: leased('crm') }),
    newCdr({ source: 'other' }),
  ]);
  const [toCrm, toErp, late, gone, lost] = accepted.flatMap(({ leases }) => leases) as [Lease, ...Lease[]];
  await store.settle([
    delivered(toCrm, [unanswered(), answered(200)]),
    failed(toErp as Lease, [answered(400, { responseHeaders: { a: 'b' } })]),
    retried(late as Lease, 3_600_000),
  ]);
  await store.cancel([(gone as Lease).deliveryId]);
  const task = { kind: 'redeliver', selection: { webhookId: 'erp' } } as const;
  const run = await store.runs.start(task, 'key');
  await store.runs.redeliver(run.id, 1);
  await store.runs.start({ kind: 'replay', selection: { source: 'pbx' } });
  await store.calls.hold([leg('{"leg":"done"}', { groupKey: 'done' })]);
  await store.calls.release(only(await store.calls.due(1)), newCdr({ hits: waiting('crm') }));
  for (const raw of ['{"leg":"z"}', '{"leg":"a"}', '{"leg":"m"}']) await store.calls.hold([leg(raw)]);
  return { repeated, lost: lost as Lease };
}

/** All that a store tells of what it keeps. */
async function everything(store: Store): Promise<object> {
  const cdrs = await store.cdrs({ limit: ALL });
  const deliveries = await store.deliveries({ limit: ALL });
  const webhookIds = ['crm', 'erp', 'late', 'gone', 'bad', 'never'];
  return {
    cdrs,
    deliveries: await Promise.all(deliveries.map(({ id }) => store.delivery(id))),
    stats: await store.stats(webhookIds),
    hours: [await store.hourly(undefined, 0), await store.hourlyOf(webhookIds, 0)],
    pending: await store.pending(),
    runs: await store.runs.list({ limit: ALL }),
    held: await store.calls.due(ALL),
  };
}

/** What is left of leases: SQLite ends them when it is opened, PostgreSQL when they have run out. */
function withoutLeases(told: object): unknown {
  return JSON.parse(
    JSON.stringify(told, (name, value: unknown) => {
      if (value instanceof Map) return [...value].sort();
      if (name === 'state' && value === 'delivering') return 'pending';
      return name === 'dueAtMs' ? undefined : value;
    }),
  );
}

describePostgres('a copy of a store', (serverUrl) => {
  const directions: [string, () => StorePlace, () => StorePlace][] = [
    ['SQLite to PostgreSQL', sqlitePlace, () => postgresPlace(serverUrl)],
    ['PostgreSQL to SQLite', () => postgresPlace(serverUrl), sqlitePlace],
  ];

  describe.each(directions)('from %s', (_name, makeFrom, makeTo) => {
    it('has everything, and goes on where the other one stopped', async () => {
      const [from, to] = [makeFrom(), makeTo()];
      let before: object = {};
      const { repeated, lost } = await using(from, async (store) => {
        const filled = await fill(store);
        before = await everything(store);
        return filled;
      });
      const compared = await copy(from, to);
      expect(compared.filter((one) => one.from !== one.to)).toEqual([]);
      expect(compared).toContainEqual({ name: 'CDRs', from: 6, to: 6 });

      const store = await open(to);
      expect(withoutLeases(await everything(store))).toEqual(withoutLeases(before));
      expect(await store.accept([repeated])).toMatchObject([{ duplicate: true }]);
      const held = only(await store.calls.due(ALL));
      expect(held.legs.map(({ raw }) => raw)).toEqual(['{"leg":"z"}', '{"leg":"a"}', '{"leg":"m"}']);
      expect(await store.calls.hold([leg('{"leg":"done"}')])).toMatchObject([{ duplicate: true }]);
      expect(await store.calls.release(held, newCdr())).toBeDefined();
      const running = await store.runs.start({ kind: 'redeliver', selection: { webhookId: 'erp' } }, 'key');
      expect(running).toMatchObject({ total: 1, made: 1 });
      // What the node did that had it before counts, as long as no other one has it.
      await store.settle([failed(lost)]);
      expect((await store.delivery(lost.deliveryId))?.delivery).toMatchObject({ attempts: 1 });
    });

    it('delivers what waited, and its counts stay right', async () => {
      const [from, to] = [makeFrom(), makeTo()];
      await using(from, fill);
      await copy(from, to);
      // The lease that nobody holds any more is over when its time is.
      await endLeases(to);
      const store = await open(to);
      const due = await store.lease(new Map([['crm', ALL]]));
      expect(due.length).toBe(4);
      expect(due.map(({ number, attempts }) => [number, attempts])).toContainEqual([2, 0]);
      await store.settle(due.map((lease) => delivered(lease)));
      const stats = await store.stats(['crm', 'erp', 'late', 'gone']);
      expect(stats.get('crm')).toMatchObject({ hits: 5, delivered: 5, pending: 0, cancelled: 0 });
      for (const { hits, pending, delivered: good, failed: bad, cancelled } of stats.values()) {
        expect(hits).toBe(pending + good + bad + cancelled);
      }
    });
  });

  it('tells calls by names that any store can look up, however long an old one took them', async () => {
    const identity = randomBytes(8_192).toString('base64');
    const groupKey = randomBytes(8_192).toString('base64');
    const from = sqlitePlace();
    await using(from, async (store) => {
      await store.accept([newCdr({ identity, hits: waiting('crm') })]);
      await store.calls.hold([leg('{"leg":1}', { groupKey }), leg('{"leg":2}', { groupKey })]);
    });
    for (const to of [postgresPlace(serverUrl), sqlitePlace()]) {
      expect(await copy(from, to)).toContainEqual({ name: 'CDRs', from: 1, to: 1 });
      await using(to, async (store) => {
        expect(await store.cdrs({ identity: nameOfCall(identity), limit: ALL })).toHaveLength(1);
        const held = only(await store.calls.due(ALL));
        expect(held.groupKey).toBe(nameOfCall(groupKey));
        expect(held.legs).toHaveLength(2);
      });
    }
  });

  it('is refused where there is something already, and leaves that as it is', async () => {
    const from = sqlitePlace();
    await using(from, fill);
    for (const to of [postgresPlace(serverUrl), sqlitePlace()]) {
      await using(to, (store) => store.accept([newCdr()]));
      await expect(copy(from, to)).rejects.toThrow(/is not empty \(CDRs: 1\)/);
      expect(await using(to, (store) => store.cdrs({ limit: ALL }))).toHaveLength(1);
    }
  });

  it('is taken by an empty store that was used before', async () => {
    const from = sqlitePlace();
    await using(from, fill);
    for (const to of [postgresPlace(serverUrl), sqlitePlace()]) {
      await using(to, () => Promise.resolve());
      expect(await copy(from, to)).toContainEqual({ name: 'CDRs', from: 6, to: 6 });
    }
  });

  it('is refused while a router uses either side', async () => {
    for (const busy of [postgresPlace(serverUrl), sqlitePlace()]) {
      const other = sqlitePlace();
      await using(other, () => Promise.resolve());
      await using(busy, async () => {
        const expected = /is used by a router: stop all|another Hookswitch is using/;
        await expect(copy(busy, other)).rejects.toThrow(expected);
        await expect(copy(other, busy)).rejects.toThrow(expected);
      });
      await copy(busy, other);
    }
  });

  it('keeps routers from starting until it has ended', async () => {
    const place = postgresPlace(serverUrl);
    const target = await openTarget(place);
    await expect(openTarget(place)).rejects.toThrow(/is starting on|migrated by somebody else/);
    let isOpen = false;
    const opening = using(place, () => Promise.resolve()).then(() => (isOpen = true));
    await querySchema(place.databaseUrl ?? '', 'SELECT pg_sleep(0.1)');
    expect(isOpen).toBe(false);
    await target.close();
    await opening;
  });

  it('is refused when there is no store, or one of another version', async () => {
    const [schema, directory] = [postgresPlace(serverUrl), sqlitePlace()];
    await expect(copy(schema, sqlitePlace())).rejects.toThrow(/there is no store in postgres:/);
    await expect(copy(directory, schema)).rejects.toThrow(/there is no store in /);
    expect(existsSync(directory.dataDirectory)).toBe(false);
    await using(schema, () => Promise.resolve());
    await using(directory, () => Promise.resolve());
    await querySchema(schema.databaseUrl ?? '', 'UPDATE schema_version SET version = 1');
    connectTo(directory.dataDirectory).exec('PRAGMA user_version = 99');
    const old = /has version 1 and this Hookswitch needs \d+: start this Hookswitch on it once/;
    const newer = /has version 99 and this Hookswitch knows \d+: use the newer Hookswitch/;
    await expect(copy(schema, sqlitePlace())).rejects.toThrow(old);
    await expect(copy(sqlitePlace(), directory)).rejects.toThrow(/no store/);
    await expect(copy(directory, sqlitePlace())).rejects.toThrow(newer);
  });

  it('forgets no table and no column', async () => {
    const place = sqlitePlace();
    await using(place, () => Promise.resolve());
    const columns = connectTo(place.dataDirectory)
      .prepare(
        `SELECT t.name || '.' || c.name AS name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' ORDER BY 1`,
      )
      .all();
    const copied = PARTS.flatMap((part) => Object.keys(part.columns).map((name) => `${part.name}.${name}`));
    // A lease becomes a time at which its delivery is due; the position is SQLite's own number of a row.
    const expected = [...copied.filter((name) => name !== 'legs.position'), 'deliveries.lease_ends_at_ms'];
    expect(columns.map(({ name }) => name)).toEqual(expected.toSorted());
  });

  it('that is broken off leaves nothing, and is made from the beginning again', async () => {
    const from = sqlitePlace();
    await using(from, fill);
    for (const to of [postgresPlace(serverUrl), sqlitePlace()]) {
      const source = await openSource(from);
      const target = await openTarget(to);
      const breaking = {
        ...{ totals: () => source.totals(), close: () => source.close() },
        pages: (part: (typeof PARTS)[number]) => {
          if (part.name === 'runs') throw new Error('broken off');
          return source.pages(part);
        },
      };
      await expect(copyStore(breaking, target, () => undefined)).rejects.toThrow('broken off');
      await target.close();
      await source.close();
      expect(await using(to, (store) => store.cdrs({ limit: ALL }))).toEqual([]);
      expect(await copy(from, to)).toContainEqual({ name: 'CDRs', from: 6, to: 6 });
    }
  });

  it('that differs is told and not kept', async () => {
    const [from, to] = [sqlitePlace(), postgresPlace(serverUrl)];
    await using(from, fill);
    const source = await openSource(from);
    const target = await openTarget(to);
    const lossy = {
      ...{ totals: () => source.totals(), close: () => source.close() },
      async *pages(part: (typeof PARTS)[number]) {
        for await (const rows of source.pages(part)) yield part.name === 'attempts' ? rows.slice(1) : rows;
      },
    };
    const copying = copyStore(lossy, target, () => undefined);
    await expect(copying).rejects.toThrow(UnequalCopyError);
    await expect(copying).rejects.toThrow(/\(attempts: 4 became 3\)/);
    await target.close();
    await source.close();
    expect(await using(to, (store) => store.pending())).toBe(0);
  });

  it('goes in pages that are small in rows and in text', async () => {
    const from = postgresPlace(serverUrl);
    const wide = 'x'.repeat(1_500_000);
    await using(from, async (store) => {
      await store.accept(
        Array.from({ length: 7 }, () => newCdr({ raw: wide, sameness: String(Math.random()) })),
      );
      await store.accept(Array.from({ length: 1_200 }, () => newCdr()));
    });
    const to = sqlitePlace();
    await copy(from, to);
    for (const place of [from, to]) {
      const source = await openSource(place);
      const sizes: number[] = [];
      for await (const rows of source.pages(PARTS[0] as (typeof PARTS)[number])) {
        expect(rows.length).toBeLessThanOrEqual(500);
        sizes.push(rows.reduce((sum, row) => sum + String(row['raw']).length, 0));
      }
      await source.close();
      expect(sizes.length).toBeGreaterThan(4);
      expect(Math.max(...sizes)).toBeLessThan(6_000_000);
    }
    expect(readdirSync(to.dataDirectory).filter((name) => /-(?:journal|wal)$/.test(name))).toEqual([]);
    expect(existsSync(join(to.dataDirectory, 'hookswitch.db'))).toBe(true);
  });
});

async function endLeases({ databaseUrl, dataDirectory }: StorePlace): Promise<void> {
  const sql = (table: string) => `UPDATE ${table} SET due_at_ms = 0 WHERE lease_number = 1 AND attempts = 0`;
  if (databaseUrl !== undefined) await querySchema(databaseUrl, sql('open_deliveries'));
  else connectTo(dataDirectory).exec(sql(`deliveries`) + ` AND state = 'pending'`);
}
