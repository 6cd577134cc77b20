import { expect, test, vi } from 'vitest';
import { Admission } from '../../src/relay/admission.ts';
import { hook, makeRelay } from './relay-harness.ts';

test('a webhook that is held back is not looked at again until it may have room', async () => {
  const ids = Array.from({ length: 100 }, (_, index) => `dead-${index}`);
  const retry = { burst: 0, schedule: [3_600] };
  const relay = makeRelay({ webhooks: [...ids.map((id) => hook(id, { retry })), hook('alive')] });
  relay.transport.script = ({ url }) => (url.includes('alive') ? 200 : 503);
  for (const id of ids) await relay.leaveWaiting(id, 20);
  relay.dispatcher.start();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(relay.dispatcher.broken).toHaveLength(100);
  const room = vi.spyOn(Admission.prototype, 'room');
  for (let call = 0; call < 20; call += 1) {
    await relay.leaveWaiting('alive', 1);
    relay.dispatcher.notify('alive');
    await vi.advanceTimersByTimeAsync(1);
  }
  expect((await relay.states('alive')).filter((state) => state === 'delivered')).toHaveLength(20);
  const looks = Map.groupBy(room.mock.calls, ([id]) => (id === 'alive' ? 'alive' : 'dead'));
  expect(looks.get('alive')?.length).toBeGreaterThanOrEqual(20);
  // At most one poll over all of them.
  expect(looks.get('dead')?.length ?? 0).toBeLessThanOrEqual(100);
});

test('a webhook that was held back gets its turn when its breaker lets a probe through', async () => {
  const retry = { burst: 0, schedule: [1, 1, 1, 1, 1, 1] };
  const relay = makeRelay({ webhooks: [hook('a', { retry })], script: () => 503 });
  await relay.leaveWaiting('a', 10);
  relay.dispatcher.start();
  await vi.advanceTimersByTimeAsync(1_000);
  const due = vi.spyOn(relay.store, 'due').mockReturnValue(new Promise(() => undefined));
  relay.dispatcher.notify('a');
  const sent = relay.requestsTo('a');
  await vi.advanceTimersByTimeAsync(10_000);
  expect(due).toHaveBeenCalled();
  // Nobody has looked for it meanwhile: the alarm was set for the probe.
  expect(relay.requestsTo('a')).toBe(sent + 1);
});
