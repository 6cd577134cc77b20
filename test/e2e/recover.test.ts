import { afterEach, beforeEach, expect, test } from 'vitest';
import { configIn, makeFolder, startTestRouter, writeRules } from '../support/app.ts';
import { Receiver } from '../support/receiver.ts';
import { showDeliveries, showStats, takenIn } from './api.ts';
import { PATIENT, until } from './until.ts';

const CALLS = 40;

let receiver: Receiver;

beforeEach(async () => {
  receiver = await Receiver.start();
});

afterEach(() => receiver.close());

/** Presses the button that recovers everything of a webhook; gives the run's id. */
async function recover(url: string, webhookId: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/webhooks/${webhookId}/recover`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'after-the-refusals' },
    body: '{"since":"2020-01-01T00:00:00Z"}',
  });
  expect(response.status).toBe(202);
  return ((await response.json()) as { id: string }).id;
}

test('what a target refused arrives once when it is recovered, however often', PATIENT, async () => {
  const folder = makeFolder();
  const webhook = { id: 'tickets', name: 'Tickets', url: `${receiver.url}/in`, concurrency: 40 };
  writeRules(folder, [{ ...webhook, retry: { burst: 0, schedule: [1] } }]);
  const sources = new Map([['generic', { name: 'generic' }]]);
  const router = await startTestRouter(configIn(folder, { sources }));
  // A refusal and not an outage: that would open the breaker, and the test would take as long as its probes.
  receiver.script = () => ({ status: 400 });
  for (let number = 0; number < CALLS; number += 1) await takenIn(router.url, `{"call":${number}}`);
  await until('all have failed', async () => (await showStats(router.url, 'tickets')).failed === CALLS);

  receiver.script = () => ({});
  const before = receiver.requests.length;
  const [first, second] = await Promise.all([recover(router.url, 'tickets'), recover(router.url, 'tickets')]);
  await until('all are delivered', async () => (await showStats(router.url, 'tickets')).delivered === CALLS);
  const third = await recover(router.url, 'tickets');
  await until('the third press would have been heard', async () => {
    const answer = await fetch(`${router.url}/api/v1/runs/${third}`);
    return ((await answer.json()) as { state: string }).state === 'done';
  });

  expect(new Set([first, second, third]).size).toBe(1);
  expect(await showStats(router.url, 'tickets')).toMatchObject({
    hits: 2 * CALLS,
    failed: CALLS,
    delivered: CALLS,
    pending: 0,
  });
  const calls = receiver.requests.slice(before).map(({ body }) => /"call":(\d+)/.exec(body)?.[1]);
  expect(calls.toSorted((a, b) => Number(a) - Number(b))).toEqual(
    Array.from({ length: CALLS }, (_, number) => String(number)),
  );
  const made = (await showDeliveries(router.url, 'tickets')).filter(({ state }) => state === 'delivered');
  expect(made).toHaveLength(CALLS);
});
