import type { LookupAddress } from 'node:dns';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { percentile } from './bench/statistics.ts';
import { takenIn } from './e2e/api.ts';
import { until } from './e2e/until.ts';
import { configIn, makeFolder, startTestRouter, writeRules } from './support/app.ts';
import { Receiver } from './support/receiver.ts';

type Found = (error: Error | null, addresses: LookupAddress[]) => void;

/** Name servers as libuv asks them: by a few threads, one of which every name holds until it is answered. */
const nameServers = vi.hoisted(() => {
  const waiting: { readonly name: string; readonly found: Found }[] = [];
  let threads = 4;
  const next = (): void => {
    if (threads === 0) return;
    const lookup = waiting.shift();
    if (lookup === undefined) return;
    threads -= 1;
    // This name's servers never answer.
    if (lookup.name === 'lost.test') return;
    setImmediate(() => {
      threads += 1;
      lookup.found(null, [{ address: '127.0.0.1', family: 4 }]);
      next();
    });
  };
  return {
    lookup: (name: string, _options: object, found: Found): void => {
      waiting.push({ name, found });
      next();
    },
  };
});

vi.mock('node:dns', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  lookup: nameServers.lookup,
}));

const CDRS = 100;

/**
 * How long CDRs take from their sender to a healthy target, in milliseconds, when they go to some other targets too. The
 * healthy one closes its connections, so every delivery looks its name up.
 */
async function delaysOfHealthy(
  receiver: Receiver,
  others: Readonly<Record<string, string>>,
): Promise<number[]> {
  const folder = makeFolder();
  const { port } = new URL(receiver.url);
  const targets = { healthy: 'healthy.test', ...others };
  writeRules(
    folder,
    Object.entries(targets).map(([id, host]) => ({ id, name: id, url: `http://${host}:${port}/${id}` })),
  );
  const sources = new Map([['generic', { name: 'generic' }]]);
  const router = await startTestRouter(
    configIn(folder, { sources, maxInFlight: 1_000, shutdownGraceMs: 10 }),
  );
  const before = receiver.to('/healthy').length;
  const sentAtMs: number[] = [];
  for (let call = 0; call < CDRS; call += 1) {
    sentAtMs.push(Date.now());
    await takenIn(router.url, JSON.stringify({ call, run: folder }));
    await wait(2);
  }
  const arrived = () => receiver.to('/healthy').slice(before);
  await until('the healthy target has all', () => arrived().length >= CDRS);
  await router.stop();
  return arrived().map(({ body, receivedAtMs }) => {
    const { cdr } = JSON.parse(body) as { cdr: { call: number } };
    return receivedAtMs - (sentAtMs[cdr.call] ?? Number.NaN);
  });
}

test('a hanging target, a slow one and one whose name is never found leave another as fast as it was', async () => {
  vi.stubEnv('UV_THREADPOOL_SIZE', '8');
  const receiver = await Receiver.start(({ path }) => {
    if (path === '/hanging') return 'hang';
    if (path === '/slow') return { delayMs: 300 };
    return { headers: { connection: 'close' } };
  });
  const alone = await delaysOfHealthy(receiver, {});
  const others = { hanging: 'hanging.test', slow: 'slow.test', lost: 'lost.test' };
  const among = await delaysOfHealthy(receiver, others);
  expect(receiver.to('/hanging').length).toBeGreaterThanOrEqual(10);
  // The floor is for a busy machine. What is not isolated waits for a timeout: seconds.
  expect(percentile(among, 0.99)).toBeLessThanOrEqual(Math.max(2 * percentile(alone, 0.99), 50));
  await receiver.close();
});
