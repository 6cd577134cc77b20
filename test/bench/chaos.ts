import { setTimeout as wait } from 'node:timers/promises';
import { Cluster, Load } from '../support/cluster.ts';
import { querySchema } from '../support/postgres.ts';

const RUNS = Number(process.argv[2] ?? 20);
const NODES = 3;
const CLIENTS = 12;
const TROUBLES_PER_RUN = 3;
const BETWEEN_MS = 1_500;
const END_LIMIT_MS = 120_000;

function anyOf<Item>(items: readonly Item[]): Item {
  return items[Math.floor(Math.random() * items.length)] as Item;
}

type Trouble = readonly [name: string, make: (cluster: Cluster, node: number) => Promise<void> | void];

/** What can happen to a cluster, or to one of its nodes; each ends with everything there again. */
const TROUBLES: readonly Trouble[] = [
  ['stop a node', (cluster, node) => cluster.replace(node, 'terminate')],
  [
    'cut the connections',
    ({ proxy }) => {
      proxy.cut();
    },
  ],
  [
    'stop the database',
    async ({ server }) => {
      await server.stop();
      await wait(Math.random() * 5_000);
      await server.start();
    },
  ],
  [
    'freeze the database',
    async ({ server }) => {
      server.freeze();
      await wait(Math.random() * 10_000);
      server.thaw();
    },
  ],
  [
    'lose all packets',
    async ({ proxy }) => {
      proxy.freeze();
      await wait(Math.random() * 10_000);
      proxy.thaw();
    },
  ],
];

/** Makes one trouble, often while another node is dead. What it was, for people. */
async function makeTrouble(cluster: Cluster, isKilling: boolean): Promise<string> {
  const [name, make] = anyOf(TROUBLES);
  const node = Math.floor(Math.random() * NODES);
  // Told at once, so that one that does not end is known.
  process.stderr.write(`  ${name}${isKilling ? ' while a node is dead' : ''}\n`);
  if (isKilling) await cluster.replace((node + 1) % NODES, 'kill', () => make(cluster, node));
  else await make(cluster, node);
  return isKilling ? `kill a node and ${name}` : name;
}

/** Waits until every delivery is final. Whether that came. */
async function isQuiet(cluster: Cluster): Promise<boolean> {
  const giveUpAtMs = Date.now() + END_LIMIT_MS;
  while (Date.now() < giveUpAtMs) {
    const open = await querySchema(cluster.schemaUrl, 'SELECT 1 FROM open_deliveries LIMIT 1');
    if (open.length === 0) return true;
    await wait(100);
  }
  return false;
}

/** One run on a cluster of its own: at least one node is killed. How many CDRs were lost. */
async function run(number: number): Promise<number> {
  const cluster = await Cluster.start({ nodes: NODES });
  try {
    const load = new Load(cluster, CLIENTS);
    const troubles: string[] = [];
    for (let count = 0; count < TROUBLES_PER_RUN; count += 1) {
      await wait(Math.random() * BETWEEN_MS);
      troubles.push(await makeTrouble(cluster, count === 0 || Math.random() < 0.5));
    }
    await wait(BETWEEN_MS);
    await load.stop();
    const ended = await isQuiet(cluster);
    const got = cluster.receiver.requests.map(
      ({ body }) => (JSON.parse(body) as { cdr: { serial: number } }).cdr.serial,
    );
    const lost = new Set(load.answered).difference(new Set(got)).size;
    const repeats = got.length - new Set(got).size;
    console.log(
      `run ${number}: ${load.answered.length} CDRs, ${lost} lost, ${repeats} repeats${ended ? '' : ', NOT ENDED'} (${troubles.join(', ')})`,
    );
    return ended ? lost : Math.max(1, lost);
  } finally {
    await cluster.close();
  }
}

let lost = 0;
for (let number = 1; number <= RUNS; number += 1) lost += await run(number);
console.log(`${RUNS} runs: lost = ${lost}`);
process.exit(lost === 0 ? 0 : 1);
