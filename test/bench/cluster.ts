import { cpus } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { Cluster } from '../support/cluster.ts';
import { querySchema } from '../support/postgres.ts';
import { familyProcessorMs, processorMs } from '../support/processor-time.ts';
import { LoadClient } from './load-client.ts';
import { takeSerials } from './session.ts';

const CDRS = Number(process.argv[2] ?? 6_000);
const WARM_UP = Math.ceil(CDRS / 10);
const CONCURRENCY = 200;
/** PostgreSQL tells its statistics about a second late. */
const STATISTICS_MS = 1_500;

/** Shares CDRs out to all nodes and waits until all are delivered. How long that took. */
async function relay(cluster: Cluster, count: number): Promise<number> {
  const clients = cluster.nodes.map(({ url }) => new LoadClient(`${url}/cdr/generic`));
  const goal = cluster.receiver.requests.length + count;
  const beganMs = performance.now();
  const share = Math.floor(count / clients.length);
  await Promise.all(
    clients.map((client, index) => {
      const part = index === 0 ? count - share * (clients.length - 1) : share;
      return client.sendAll(takeSerials(part), part);
    }),
  );
  while (cluster.receiver.requests.length < goal) await wait(5);
  const tookMs = performance.now() - beganMs;
  for (const client of clients) client.close();
  return tookMs;
}

interface Used {
  readonly nodesMs: number;
  readonly databaseMs: number;
  readonly transactions: number;
  readonly walBytes: number;
}

async function used(cluster: Cluster): Promise<Used> {
  await wait(STATISTICS_MS);
  const [row] = await querySchema(
    cluster.schemaUrl,
    `SELECT xact_commit::float AS transactions, (pg_current_wal_lsn() - '0/0'::pg_lsn)::float AS wal
     FROM pg_stat_database WHERE datname = current_database()`,
  );
  return {
    nodesMs: cluster.nodes.reduce((sum, { pid = 0 }) => sum + processorMs(pid), 0),
    databaseMs: familyProcessorMs(cluster.server.processId),
    transactions: Number(row?.['transactions']),
    walBytes: Number(row?.['wal']),
  };
}

/** One line of the table. */
async function measure(nodes: number): Promise<string> {
  const cluster = await Cluster.start({
    ...{ nodes, isSynced: true, isDirect: true },
    ...{ concurrency: CONCURRENCY, delayMs: 0 },
  });
  try {
    await relay(cluster, WARM_UP);
    const before = await used(cluster);
    const tookMs = await relay(cluster, CDRS);
    const after = await used(cluster);
    const perCdr = (value: (used: Used) => number): number => (value(after) - value(before)) / CDRS;
    const cells = [
      String(nodes),
      (CDRS / (tookMs / 1_000)).toFixed(0),
      (1_000 * perCdr(({ nodesMs }) => nodesMs)).toFixed(0),
      (1_000 * perCdr(({ databaseMs }) => databaseMs)).toFixed(0),
      perCdr(({ transactions }) => transactions).toFixed(3),
      perCdr(({ walBytes }) => walBytes).toFixed(0),
    ];
    return `| ${cells.join(' | ')} |`;
  } finally {
    await cluster.close();
  }
}

console.log(
  `${CDRS} CDRs, 32 connections to each node, on ${cpus().length} processors (${cpus()[0]?.model ?? ''})\n`,
);
console.log('| nodes | CDRs/s | nodes, µs/CDR | PostgreSQL, µs/CDR | statements/CDR | WAL, bytes/CDR |');
console.log('| --- | --- | --- | --- | --- | --- |');
for (const nodes of [1, 2, 3]) console.log(await measure(nodes));
process.exit(0);
