import { expect, it, onTestFinished } from 'vitest';
import type { Lease } from '../../src/store/records.ts';
import { migrate } from '../../src/store/postgres/migrate.ts';
import { readDatabaseUrl } from '../../src/store/postgres/database-url.ts';
import { PostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { MIGRATIONS } from '../../src/store/postgres/schema.ts';
import type { Store } from '../../src/store/store.ts';
import { querySchema } from '../support/postgres.ts';
import { delivered, failed, inTurn, leased, only, retried, waiting } from '../support/store-samples.ts';
import {
  describePostgres,
  newCdr,
  openPostgres,
  SETTINGS,
  temporarySchema,
} from '../support/store-postgres.ts';

describePostgres('many nodes on one PostgreSQL', (serverUrl) => {
  async function openNodes(count: number): Promise<{ url: string; nodes: Store[] }> {
    const url = temporarySchema(serverUrl);
    return { url, nodes: await Promise.all(Array.from({ length: count }, () => openPostgres(url))) };
  }

  it('may start at the same time on a database that has nothing', async () => {
    const { url, nodes } = await openNodes(5);
    await Promise.all(nodes.map((node) => node.accept([newCdr()])));

    expect(await nodes[0]?.cdrs({ limit: 10 })).toHaveLength(5);
    expect(await querySchema(url, 'SELECT * FROM schema_version')).toHaveLength(1);
  });

  it('know how many they are, each with a rank of its own', async () => {
    const { url, nodes } = await openNodes(2);
    const third = await PostgresStore.open(url, SETTINGS);
    nodes.push(third);
    for (const node of nodes) await node.heartbeat();
    const memberships = await Promise.all(nodes.map((node) => node.heartbeat()));
    expect(memberships.map((one) => one.nodes)).toEqual([3, 3, 3]);
    expect(memberships.map(({ rank }) => rank).toSorted()).toEqual([0, 1, 2]);

    await third.close();
    expect(await nodes[0]?.heartbeat()).toMatchObject({ nodes: 2 });
    // As if the others had died a lease's time ago.
    await querySchema(url, 'UPDATE nodes SET lives_until_ms = now_ms()');
    expect(await nodes[0]?.heartbeat()).toEqual({ nodes: 1, rank: 0 });
    expect(await nodes[1]?.heartbeat()).toMatchObject({ nodes: 2 });
  });

  it('never lease the same delivery', async () => {
    const { nodes } = await openNodes(3);
    const [first] = nodes;
    await first?.accept(Array.from({ length: 300 }, () => newCdr({ hits: waiting('a', 'b') })));
    const rooms = new Map([
      ['a', 7],
      ['b', 5],
    ]);
    const taken: Lease[] = [];
    await Promise.all(
      nodes.map(async (node) => {
        for (let leases = await node.lease(rooms); leases.length > 0; leases = await node.lease(rooms)) {
          taken.push(...leases);
        }
      }),
    );

    expect(taken).toHaveLength(600);
    expect(new Set(taken.map(({ deliveryId }) => deliveryId)).size).toBe(600);
  });

  it('take the same bytes for one CDR, however they come in', async () => {
    const { nodes } = await openNodes(3);
    const cdrs = Array.from({ length: 40 }, () => newCdr({ hits: leased('crm') }));
    const accepted = await Promise.all(
      nodes.flatMap((node, index) => [
        // In another order each, so that they meet in the middle.
        node.accept(index === 0 ? cdrs : cdrs.toReversed()),
        ...cdrs.map((cdr) => node.accept([cdr])),
      ]),
    );
    const all = accepted.flat();

    expect(all.filter(({ duplicate }) => !duplicate)).toHaveLength(40);
    expect(all.flatMap(({ leases }) => leases)).toHaveLength(40);
    expect(new Set(all.map(({ id }) => id)).size).toBe(40);
    expect((await nodes[1]?.stats(['crm']))?.get('crm')).toMatchObject({ hits: 40, pending: 40 });
  });

  it('count everything once, however many count the same webhook at the same time', async () => {
    const { url, nodes } = await openNodes(4);
    await Promise.all(
      nodes.map((node) =>
        inTurn(15, async () => {
          const accepted = await node.accept([
            newCdr({ hits: leased('crm', 'mail') }),
            newCdr({ hits: leased('mail'), errors: ['crm'] }),
          ]);
          const [a, b, c] = accepted.flatMap(({ leases }) => leases);
          if (!a || !b || !c) throw new Error('there are not three leases');
          await Promise.all([
            node.settle([delivered(a)]),
            node.settle([failed(b)]),
            node.settle([retried(c, 60_000)]),
          ]);
        }),
      ),
    );
    const [node] = nodes;
    const stats = await node?.stats(['crm', 'mail']);

    expect(stats?.get('crm')).toMatchObject({ hits: 60, delivered: 60, pending: 0, errors: 60 });
    expect(stats?.get('mail')).toMatchObject({ hits: 120, failed: 60, pending: 60, delivered: 0 });
    expect(await node?.pending()).toBe(60);
    const hours = (await node?.hourly(undefined, 0)) ?? [];
    expect(hours.reduce((sum, { received }) => sum + received, 0)).toBe(120);
    const slots = await querySchema(url, `SELECT DISTINCT slot FROM counts WHERE webhook_id = 'crm'`);
    expect(slots.length).toBeGreaterThan(1);
  });

  it('leave the leases of others alone when they open, and take them over when they have ended', async () => {
    const url = temporarySchema(serverUrl);
    const first = await openPostgres(url, { leaseMs: 300 });
    const { leases } = only(await first.accept([newCdr({ hits: leased('crm') })]));
    const second = await openPostgres(url);
    expect(await second.lease(new Map([['crm', 1]]))).toEqual([]);

    await expect.poll(async () => (await second.due('', 10)).webhooks, { timeout: 10_000 }).toHaveLength(1);
    const taken = only(await second.lease(new Map([['crm', 1]])));
    expect(taken.deliveryId).toBe(only(leases).deliveryId);
    await first.settle(leases.map((lease) => delivered(lease)));
    expect((await second.delivery(taken.deliveryId))?.delivery).toMatchObject({
      state: 'delivering',
      attempts: 1,
    });
  });

  it('make a CDR once, though two of them carry out runs over the same failures', async () => {
    const { nodes } = await openNodes(2);
    const [first, second] = nodes;
    if (!first || !second) throw new Error('there are not two nodes');
    const accepted = await first.accept(Array.from({ length: 60 }, () => newCdr({ hits: leased('crm') })));
    await first.settle(accepted.flatMap(({ leases }) => leases.map((lease) => failed(lease))));
    const runs = await Promise.all(
      nodes.map((node) => node.runs.start({ kind: 'redeliver', selection: {} })),
    );
    await Promise.all(nodes.map((node, index) => node.runs.redeliver(runs[index]?.id ?? '', 100)));

    expect((await first.stats(['crm'])).get('crm')).toMatchObject({ hits: 120, pending: 60, failed: 60 });
    expect(await first.deliveries({ state: 'pending', limit: 200 })).toHaveLength(60);
  });

  it('keep no more of an hour than one row of each webhook, once it is over', async () => {
    const { url, nodes } = await openNodes(3);
    const receivedAtMs = Date.now() - 3 * 3_600_000;
    await Promise.all(nodes.map((node) => node.accept([newCdr({ receivedAtMs, hits: waiting('crm') })])));
    const before = await nodes[0]?.hourly('crm', 0);
    await nodes[0]?.purge(0);

    expect(await nodes[0]?.hourly('crm', 0)).toEqual(before);
    expect(before).toMatchObject([{ matched: 3 }]);
    expect(
      await querySchema(url, `SELECT * FROM counts WHERE webhook_id = 'crm' AND hour_ms > 0`),
    ).toHaveLength(1);
  });

  it('go on with a schema that a newer version has added to, and refuse one that it has changed', async () => {
    const url = temporarySchema(serverUrl);
    const database = readDatabaseUrl(url);
    const added = { sql: 'ALTER TABLE cdrs ADD COLUMN note text' };
    const changed = {
      sql: 'ALTER TABLE cdrs RENAME COLUMN vendor TO maker',
      oldestVersion: MIGRATIONS.length + 2,
    };
    await migrate(database);
    await migrate(database, [...MIGRATIONS, added]);
    const older = await openPostgres(url);
    expect(await older.accept([newCdr({ hits: waiting('crm') })])).toHaveLength(1);

    await migrate(database, [...MIGRATIONS, added, changed]);
    await expect(migrate(database)).rejects.toThrow(
      `the schema "${database.schema}" has version ${MIGRATIONS.length + 2} and this Hookswitch knows ${MIGRATIONS.length}: use the newer Hookswitch`,
    );
  });

  it('may use a schema that was made for them, without the right to make any', async () => {
    const url = temporarySchema(serverUrl);
    const { schema } = readDatabaseUrl(url);
    const role = `${schema}_role`;
    await querySchema(url, `CREATE ROLE ${role} LOGIN PASSWORD 'test'`);
    onTestFinished(async () => {
      await querySchema(url, `DROP OWNED BY ${role}`);
      await querySchema(url, `DROP ROLE ${role}`);
    });
    const roleUrl = new URL(url);
    [roleUrl.username, roleUrl.password] = [role, 'test'];
    await expect(openPostgres(roleUrl.href)).rejects.toThrow('permission denied');
    await querySchema(url, `CREATE SCHEMA ${schema} AUTHORIZATION ${role}`);
    const store = await openPostgres(roleUrl.href);
    expect(await store.accept([newCdr()])).toHaveLength(1);
  });
});
