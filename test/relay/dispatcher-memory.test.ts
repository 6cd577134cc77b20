import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import { hook, makeRelay, type Relay } from './relay-harness.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Has a relay look for deliveries so many times, and gives how many bytes are in use then. */
async function bytesAfter(relay: Relay, looks: number): Promise<number> {
  for (let look = 0; look < looks; look += 1) {
    relay.dispatcher.notify('a');
    await vi.advanceTimersByTimeAsync(1);
  }
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

test('a dispatcher keeps nothing of the looks it has had for deliveries: it has thousands in a second', async () => {
  const relay = makeRelay({ webhooks: [hook('a')] });
  let looks = 0;
  relay.store.lease = () => {
    looks += 1;
    return Promise.resolve([]);
  };
  // What is compiled and allocated once is there then.
  const before = await bytesAfter(relay, 2_000);
  const after = await bytesAfter(relay, 10_000);
  expect(looks).toBeGreaterThanOrEqual(12_000);
  // Fifty bytes a look; a promise alone takes more.
  expect(after - before).toBeLessThan(500_000);
});
