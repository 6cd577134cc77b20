import { writeSync } from 'node:fs';
import type { Run } from '../../src/store/runs.ts';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';

/*
 * Opens a store in the directory it is given and goes through a redelivery and a replay, beginning them if they are not
 * begun, until it is killed or both have ended. Writes a line for each step as soon as the store has said it was done.
 */

/** Deliveries or CDRs in one step. */
const STEP = 3;
/** What every CDR hits in the replay. */
const HITS = ['replayed'];

/** One step; `undefined` when the run is not running. */
async function step(store: SqliteStore, { id, kind }: Run): Promise<Run | undefined> {
  if (kind === 'redeliver') return store.runs.redeliver(id, STEP);
  const page = await store.runs.replayPage(id, STEP);
  return page && store.runs.replay(page, new Map(page.cdrs.map((cdr) => [cdr.id, HITS])));
}

async function carryOut(store: SqliteStore, begun: Run): Promise<void> {
  for (let run = await step(store, begun); run !== undefined; run = await step(store, run)) {
    // Straight to the file descriptor: what is written is with the reader, even if the process ends in the next moment.
    writeSync(1, `${run.kind} ${run.done}\n`);
  }
}

const store = new SqliteStore(process.argv[2] ?? '', { dedupeWindowMs: 0, leaseMs: 10_000 });
const runs = await Promise.all([
  store.runs.start({ kind: 'redeliver', selection: { states: ['failed'] } }, 'redelivery'),
  store.runs.start({ kind: 'replay', selection: {} }, 'replay'),
]);
// Two for each run, as two nodes would.
await Promise.all([...runs, ...runs].map((run) => carryOut(store, run)));
await store.close();
