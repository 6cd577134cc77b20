import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { UsageError } from '../../src/commands/command.ts';
import { deliveries } from '../../src/commands/deliveries.ts';
import { replay } from '../../src/commands/replay.ts';
import { addDelivery } from '../support/deliveries.ts';
import { newCdr } from '../support/webhooks.ts';
import { listen } from './listening-app.ts';
import { runCommand } from './run-command.ts';

const TICKETS = { id: 'tickets', name: 'Tickets', url: 'http://target.test/hook' };
const WAITS = { state: 'pending', delayMs: 60_000, countsAsRound: true } as const;

beforeEach(() => {
  vi.stubEnv('HOOKSWITCH_API_TOKEN', undefined);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
});

describe('hookswitch deliveries', () => {
  test('makes deliveries again and prints the new ids', async () => {
    const started = await listen({ webhooks: [TICKETS] });
    const before = [
      await addDelivery(started, 'tickets', { state: 'failed' }),
      await addDelivery(started, 'tickets', { state: 'failed' }),
    ].map(({ id }) => id);
    const { code, output } = await runCommand(deliveries, 'redeliver', ...before, '--api', started.url);
    expect(code).toBe(0);
    const made = await started.store.deliveries({ state: 'pending', limit: 10 });
    expect(made.map(({ redeliveryOf }) => redeliveryOf)).toEqual(before.toReversed());
    expect(output.trimEnd().split('\n')).toEqual(made.map(({ id }) => id).toReversed());
  });

  test('cancels, and tells of one that cannot be', async () => {
    const started = await listen({ webhooks: [TICKETS] });
    const waiting = await addDelivery(started, 'tickets', WAITS);
    const { output } = await runCommand(deliveries, 'cancel', waiting.id, '--json', '--api', started.url);
    expect(JSON.parse(output)).toMatchObject({ id: waiting.id, state: 'cancelled' });
    const done = await addDelivery(started, 'tickets', { state: 'delivered' });
    const refused = runCommand(deliveries, 'cancel', done.id, '--api', started.url);
    await expect(refused).rejects.toThrow(/answered 409: .* it is delivered/);
  });

  test.each([
    [[], /^say what to do/],
    [['delete', 'dlv_1'], /^say what to do/],
    [['cancel'], /id of a delivery is missing/],
  ])('refuses %j', async (args, message) => {
    await expect(runCommand(deliveries, ...args)).rejects.toThrow(message);
  });
});

describe('hookswitch replay', () => {
  test('begins a run over one CDR and prints its id', async () => {
    const { url, store } = await listen({ webhooks: [TICKETS] });
    const accepted = await store.accept([newCdr([]), newCdr([])]);
    const cdrId = accepted[0]?.id ?? '';
    const { output } = await runCommand(replay, cdrId, '--webhook', 'tickets', '--again', '--api', url);
    const [run] = await store.runs.list({ limit: 2 });
    expect(output).toBe(`${run?.id ?? 'none'}\n`);
    expect(run).toMatchObject({ kind: 'replay', selection: { cdrId, webhookId: 'tickets', again: true } });
  });

  test('plans what a source has brought in a time, and begins nothing', async () => {
    const { url, store } = await listen();
    const at = (time: string, source: string) => newCdr([], { source, receivedAtMs: Date.parse(time) });
    await store.accept([at('2026-01-01T00:00:00Z', 'one'), at('2026-01-03T00:00:00Z', 'one')]);
    await store.accept([at('2026-01-02T00:00:00Z', 'one'), at('2026-01-02T00:00:00Z', 'two')]);
    const span = ['--since', '2026-01-01T12:00:00Z', '--until', '2026-01-02T12:00:00Z'];
    const { output } = await runCommand(replay, ...span, '--source', 'one', '--plan', '--api', url);
    expect(output).toBe('1\n');
    expect(await store.runs.list({ limit: 1 })).toEqual([]);
  });

  test('tells of a time that is none', async () => {
    const { url } = await listen();
    await expect(runCommand(replay, '--since', 'monday', '--api', url)).rejects.toThrow(/422: \/since /);
  });

  test.each([[[]], [['a', 'b']], [['--source', 'one']]])('refuses %j', async (args) => {
    await expect(runCommand(replay, ...args)).rejects.toThrow(UsageError);
  });
});
