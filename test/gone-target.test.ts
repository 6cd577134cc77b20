import { expect, test } from 'vitest';
import { showDeliveries, takenIn } from './e2e/api.ts';
import { until } from './e2e/until.ts';
import { configIn, makeFolder, startTestRouter, writeRules } from './support/app.ts';
import { Receiver } from './support/receiver.ts';

test('a target that answers 410 has its webhook disabled in the rules file, and the delivery waits', async () => {
  const receiver = await Receiver.start();
  const folder = makeFolder();
  const other = { id: 'other', name: 'Other', url: `${receiver.url}/other`, sources: ['elsewhere'] };
  writeRules(folder, [{ id: 'tickets', name: 'Tickets', url: `${receiver.url}/in` }, other]);
  const router = await startTestRouter(
    configIn(folder, { sources: new Map([['generic', { name: 'generic' }]]) }),
  );
  receiver.script = () => ({ status: 410 });
  await takenIn(router.url, '{"call":1}');
  const enabled = async (id: string): Promise<unknown> => {
    const answer = await fetch(`${router.url}/api/v1/webhooks/${id}`);
    return ((await answer.json()) as { enabled: unknown }).enabled;
  };
  await until('the webhook is disabled', async () => (await enabled('tickets')) === false);
  expect(await enabled('other')).toBe(true);
  await until('the delivery waits', async () =>
    (await showDeliveries(router.url, 'tickets')).every(({ state }) => state === 'pending'),
  );
  expect(receiver.requests).toHaveLength(1);
  await receiver.close();
});
