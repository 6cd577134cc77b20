import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cluster, CONCURRENCY, LEASE_SECONDS, Load, WEBHOOK_ID } from '../support/cluster.ts';
import { querySchema } from '../support/postgres.ts';
import { processorMs } from '../support/processor-time.ts';
import { pending, sendCdr, showStats } from './api.ts';
import { until } from './until.ts';

const NODES = 3;
const CLIENTS = 8;
/** So that all are at work all the time, and leave the machine some. */
const REST_MS = 40;
/** CDRs between two troubles, so that each comes while all nodes are at work. */
const STRETCH = 60;
const AWAY_MS = 1_500;
/** The kill, the cut, the stop and the freeze of the database: what each breaks off is sent again. */
const TROUBLES = 4;
/** The CDR that comes while the database is frozen. */
const FROZEN_SERIAL = 0;
const FROZEN_CDR = `{"serial":${FROZEN_SERIAL}}`;
/** No statement is waited for longer than 5 seconds, and none that waits behind it; a busy machine takes longer. */
const FROZEN_ANSWER_MS = 12_000;

describe(`${NODES} nodes on one PostgreSQL with ${CLIENTS} clients`, () => {
  let cluster: Cluster;
  let load: Load;
  /** CDRs that were answered 200 while there was no database. */
  let answeredWithout = 0;
  let connectionsWithout = 0;
  let cpuShareWithout = 0;
  let takeoverMs = 0;
  /** What a node answered while the database was frozen, and after how long. */
  const frozen: { path: string; status: number; tookMs: number }[] = [];
  let serials: number[] = [];

  async function stretch(): Promise<void> {
    const goal = load.answered.length + STRETCH;
    await until(`${goal} CDRs are taken in`, () => load.answered.length >= goal, 30_000);
  }

  async function killOne(): Promise<void> {
    // What it held waits for the end of its leases, and is taken over by nodes that were there before.
    let leased: string[] = [];
    await until('something is under way', async () => {
      const sql = 'SELECT id FROM open_deliveries WHERE lease_ends_at_ms IS NOT NULL';
      leased = (await querySchema(cluster.schemaUrl, sql)).map(({ id }) => String(id));
      return leased.length > 0;
    });
    const killedAtMs = Date.now();
    const restarted = cluster.replace(0, 'kill');
    await until('what was under way is delivered', async () => {
      const open = 'SELECT id FROM open_deliveries WHERE id = ANY($1)';
      return (await querySchema(cluster.schemaUrl, open, [leased])).length === 0;
    });
    takeoverMs = Date.now() - killedAtMs;
    await restarted;
  }

  async function databaseAway(): Promise<void> {
    await cluster.server.stop();
    const before = load.answered.length;
    const connections = cluster.proxy.connections;
    const cpuBefore = nodesCpuMs();
    await wait(AWAY_MS);
    cpuShareWithout = (nodesCpuMs() - cpuBefore) / NODES / AWAY_MS;
    connectionsWithout = cluster.proxy.connections - connections;
    await allAnswer(503);
    answeredWithout = load.answered.length - before;
    await cluster.server.start();
    await allAnswer(200);
  }

  /** Waits until `/readyz` of every node does. */
  async function allAnswer(status: number): Promise<void> {
    await until(`all answer /readyz with ${status}`, async () => {
      const statuses = await Promise.all(cluster.nodes.map(({ url }) => statusOf(`${url}/readyz`)));
      return statuses.every((one) => one === status);
    });
  }

  async function statusOf(url: string): Promise<number> {
    const answer = await fetch(url);
    await answer.arrayBuffer();
    return answer.status;
  }

  async function databaseFrozen(): Promise<void> {
    const ask = async (path: string, init?: RequestInit): Promise<void> => {
      const beganMs = performance.now();
      const { status } = await fetch(`${cluster.urlOf(0)}${path}`, init);
      frozen.push({ path, status, tookMs: performance.now() - beganMs });
    };
    cluster.server.freeze();
    try {
      await Promise.all([ask('/cdr/generic', { method: 'POST', body: FROZEN_CDR }), ask('/healthz')]);
      await until('it is not ready', async () => (await statusOf(`${cluster.urlOf(0)}/readyz`)) === 503);
      await ask('/readyz');
    } finally {
      cluster.server.thaw();
    }
    // What is answered 503 may have been taken all the same; whoever sends it again finds out that it is one CDR.
    await until(
      'the CDR is taken in',
      async () => (await sendCdr(cluster.urlOf(0), FROZEN_CDR)).status === 200,
    );
    load.answered.push(FROZEN_SERIAL);
  }

  function nodesCpuMs(): number {
    return cluster.nodes.reduce((sum, { pid = 0 }) => sum + processorMs(pid), 0);
  }

  beforeAll(async () => {
    cluster = await Cluster.start({ nodes: NODES });
    load = new Load(cluster, CLIENTS, REST_MS);
    await stretch();
    await killOne();
    await stretch();
    cluster.proxy.cut();
    await stretch();
    await databaseAway();
    await stretch();
    await databaseFrozen();
    await stretch();
    // The first has been replaced already.
    for (let node = 1; node < NODES; node += 1) await cluster.replace(node, 'terminate');
    await stretch();
    await load.stop();
    await until('nothing is pending', async () => (await pending(cluster.urlOf(0))) === 0);
    serials = cluster.receiver.requests.map(
      ({ body }) => (JSON.parse(body) as { cdr: { serial: number } }).cdr.serial,
    );
  }, 240_000);

  afterAll(() => cluster.close());

  it('deliver every CDR that was answered 200', () => {
    expect([...new Set(serials)].toSorted((a, b) => a - b)).toEqual(load.answered.toSorted((a, b) => a - b));
  });

  it('send again no more than was under way when something broke, under the same webhook-id', () => {
    const ids = new Set(cluster.receiver.requests.map(({ headers }) => headers['webhook-id']));

    expect(ids.size).toBe(load.answered.length);
    expect(serials.length - load.answered.length).toBeLessThanOrEqual(TROUBLES * NODES * CONCURRENCY);
  });

  it('keep each attempt once, and no more of them than the target saw', async () => {
    const [row] = await querySchema(
      cluster.schemaUrl,
      `SELECT count(*)::int AS attempts, count(DISTINCT (delivery_id, number))::int AS numbered,
         count(DISTINCT delivery_id)::int AS deliveries FROM attempts`,
    );

    expect(row).toMatchObject({ deliveries: load.answered.length, numbered: row?.['attempts'] });
    expect(row?.['attempts']).toBeLessThanOrEqual(serials.length + TROUBLES * NODES * CONCURRENCY);
  });

  it('count each CDR as one hit and one delivery', async () => {
    const whole = load.answered.length;

    expect(await showStats(cluster.urlOf(1), WEBHOOK_ID)).toMatchObject({
      ...{ hits: whole, delivered: whole, failed: 0, cancelled: 0, pending: 0 },
    });
  });

  it('answer 503 and never 200 while the database is away', () => {
    expect(answeredWithout).toBe(0);
    expect(load.refusals.get(503)).toBeGreaterThan(0);
    // 0 is a connection that a node which ended has broken off.
    expect([...load.refusals.keys()].filter((status) => status !== 503 && status !== 0)).toEqual([]);
  });

  it('tell of each trouble in a few lines of their logs, and when it is over', () => {
    for (const node of cluster.nodes) {
      expect(node.logOf('store.failed').length).toBeLessThanOrEqual(2 * TROUBLES);
      expect(node.logOf('store.recovered').length).toBeLessThanOrEqual(node.logOf('store.failed').length);
    }
  });

  it('answer in a bounded time while the database is frozen, and whether they live at once', () => {
    expect(frozen).toMatchObject([
      { path: '/healthz', status: 200 },
      { path: '/cdr/generic', status: 503 },
      { path: '/readyz', status: 503 },
    ]);
    expect(frozen[1]?.tookMs).toBeLessThan(FROZEN_ANSWER_MS);
  });

  it('ask for the database now and then while it is away, and not all the time', () => {
    // Two pools of each node ask five times a second, each with as many connections as it may have.
    expect(connectionsWithout).toBeLessThanOrEqual(NODES * 8 * 5 * (AWAY_MS / 1_000 + 1));
    expect(cpuShareWithout).toBeLessThan(0.5);
  });

  it('take over what a killed node held when its lease has ended', () => {
    expect(takeoverMs).toBeLessThan(LEASE_SECONDS * 1_000 + 10_000);
  });
});
