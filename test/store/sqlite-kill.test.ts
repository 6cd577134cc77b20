import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { failed, leased } from '../support/store-samples.ts';
import { drift, newCdr, openSqlite, query, SETTINGS, temporaryDirectory } from '../support/store-sqlite.ts';

const ACCEPTING = join(import.meta.dirname, '../support/store-accepting-process.ts');
const RUNNING = join(import.meta.dirname, '../support/store-running-process.ts');

/** How many answers each process gives before it is killed; how far it gets until the signal arrives is chance. */
const ANSWERS = [1, 2, 40, 150, 400, 1_000];

/**
 * Runs a process that works on the store of a directory, kills it when it has given some answers, and returns all it gave.
 *
 * @param work the script and the directory.
 * @param onLife called at each answer before it is killed.
 */
async function killedAfter(
  answers: number,
  work: readonly [script: string, directory: string],
  onLife = (): void => undefined,
): Promise<string[]> {
  const child = spawn(process.execPath, work, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (lines.length <= answers) onLife();
    if (lines.length === answers) child.kill('SIGKILL');
  });
  const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  expect(signal).toBe('SIGKILL');
  return lines;
}

/** The ids that the processes told of. */
function idsTold(lines: readonly string[], what: string): string[] {
  return lines.flatMap((line) => (line.startsWith(`${what} `) ? [line.slice(what.length + 1)] : []));
}

it('a process that is killed at any moment loses nothing it has answered', async () => {
  const directory = temporaryDirectory();
  const lines: string[] = [];
  for (const answers of ANSWERS) lines.push(...(await killedAfter(answers, [ACCEPTING, directory])));
  const accepted = idsTold(lines, 'accepted');
  const made = idsTold(lines, 'delivered');

  const { store } = openSqlite({ directory });
  const cdrs = await Promise.all(accepted.map((id) => store.cdr(id)));
  expect(accepted.length).toBeGreaterThan(500);
  expect(cdrs.filter((cdr) => cdr === undefined)).toEqual([]);
  const deliveries = await Promise.all(made.map((id) => store.delivery(id)));
  expect(made.length).toBeGreaterThan(100);
  expect(
    deliveries.filter((one) => one?.delivery.state !== 'delivered' || one.attempts.length !== 1),
  ).toEqual([]);
  expect(drift(directory)).toEqual([]);
  // What it had leased and not settled waits.
  expect(await store.deliveries({ state: 'delivering', limit: 10 })).toEqual([]);
  expect(await store.lease(new Map([['crm', 100_000]]))).toHaveLength(await store.pending());
});

/** Enough that the runs over them do not end before the last kill. */
const CDRS = 480;

it('a redelivery and a replay that are killed at any moment are gone on with, and make each delivery once', async () => {
  const directory = temporaryDirectory();
  const { store, clock } = openSqlite({ directory });
  const cdrs = Array.from({ length: CDRS }, () => newCdr(clock, { hits: leased('crm') }));
  const leases = (await store.accept(cdrs)).flatMap((accepted) => accepted.leases);
  await store.settle(leases.map((lease) => failed(lease)));
  await store.close();
  for (const answers of [1, 2, 9, 20, 30]) await killedAfter(answers, [RUNNING, directory]);
  expect(query(directory, `SELECT id FROM runs WHERE state = 'running'`)).toHaveLength(2);
  await once(
    spawn(process.execPath, [RUNNING, directory], { stdio: ['ignore', 'ignore', 'inherit'] }),
    'close',
  );

  const redelivered = query(
    directory,
    `SELECT redelivery_of FROM deliveries WHERE redelivery_of IS NOT NULL`,
  );
  const replayed = query(directory, `SELECT cdr_id FROM deliveries WHERE webhook_id = 'replayed'`);
  expect(redelivered).toHaveLength(CDRS);
  expect(new Set(redelivered.map((row) => row['redelivery_of'])).size).toBe(CDRS);
  expect(replayed).toHaveLength(CDRS);
  expect(new Set(replayed.map((row) => row['cdr_id'])).size).toBe(CDRS);
  expect(query(directory, 'SELECT state, total, done, made, skipped FROM runs')).toEqual(
    Array.from({ length: 2 }, () => ({ state: 'done', total: CDRS, done: CDRS, made: CDRS, skipped: 0 })),
  );
  expect(drift(directory)).toEqual([]);
});

it('a directory is refused as long as another process uses it, and free when that is killed', async () => {
  const directory = temporaryDirectory();
  const refusals: unknown[] = [];
  await killedAfter(3, [ACCEPTING, directory], () => {
    try {
      new SqliteStore(directory, SETTINGS);
    } catch (error) {
      refusals.push(error);
    }
  });

  expect(refusals.length).toBeGreaterThanOrEqual(1);
  expect(refusals[0]).toMatchObject({
    message: `another Hookswitch is using the data directory ${directory}; HOOKSWITCH_DATA names another`,
  });
  await new SqliteStore(directory, SETTINGS).close();
});
