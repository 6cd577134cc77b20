import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { drift, openSqlite, SETTINGS, temporaryDirectory } from '../support/store-sqlite.ts';

const SCRIPT = join(import.meta.dirname, '../support/store-accepting-process.ts');

/** How many answers each process gives before it is killed; how far it gets until the signal arrives is chance. */
const ANSWERS = [1, 2, 40, 150, 400, 1_000];

/**
 * Runs a process that accepts CDRs in a directory, kills it when it has given some answers, and returns all it gave.
 *
 * @param onLife called at each answer before it is killed.
 */
async function killedAfter(answers: number, directory: string, onLife: () => void): Promise<string[]> {
  const child = spawn(process.execPath, [SCRIPT, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
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
  for (const answers of ANSWERS) lines.push(...(await killedAfter(answers, directory, () => undefined)));
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

it('a directory is refused as long as another process uses it, and free when that is killed', async () => {
  const directory = temporaryDirectory();
  const refusals: unknown[] = [];
  await killedAfter(3, directory, () => {
    try {
      new SqliteStore(directory, SETTINGS);
    } catch (error) {
      refusals.push(error);
    }
  });

  expect(refusals.length).toBeGreaterThanOrEqual(1);
  expect(refusals[0]).toMatchObject({
    message: `another Hookswitch is using the data directory ${directory}`,
  });
  await new SqliteStore(directory, SETTINGS).close();
});
