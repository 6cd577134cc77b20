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

  test('lists the newest, narrowed to a webhook and states', async () => {
    const started = await listen({ webhooks: [TICKETS] });
    const failed = await addDelivery(started, 'tickets', { state: 'failed' });
    await addDelivery(started, 'tickets', { state: 'delivered' });
    const waiting = await addDelivery(started, 'tickets', WAITS);
    await addDelivery(started, 'another', WAITS);
    const filter = ['--webhook', 'tickets', '--state', 'failed,pending', '--api', started.url];
    const { output } = await runCommand(deliveries, 'list', ...filter);
    const lines = output.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(`${waiting.id}  `);
    expect(lines[0]).toMatch(/ {2}tickets {2}cdr_\S+ {2}pending {2}attempts 0, next at 2/);
    expect(lines[1]).toMatch(new RegExp(`^${failed.id} .*  failed  attempts 0$`));
    const { output: newest } = await runCommand(deliveries, 'list', ...filter, '--limit', '1', '--json');
    expect(JSON.parse(newest)).toMatchObject([{ id: waiting.id, cdrId: waiting.cdrId }]);
  });

  test('gets one with its attempts, and tells of one that is not there', async () => {
    const started = await listen({ webhooks: [TICKETS] });
    const attempts = [
      { startedAtMs: 0, durationMs: 12.3, status: 200 },
      { startedAtMs: 1_000, durationMs: 5, error: { code: 'ECONNREFUSED', message: 'connection refused' } },
    ];
    const { id } = await addDelivery(started, 'tickets', { state: 'failed' }, { attempts });
    const { output } = await runCommand(deliveries, 'get', id, '--api', started.url);
    expect(output.split('\n').slice(1)).toEqual([
      '  1  1970-01-01T00:00:00.000Z  12 ms  answered 200',
      '  2  1970-01-01T00:00:01.000Z  5 ms  connection refused',
      '',
    ]);
    const { output: json } = await runCommand(deliveries, 'get', id, '--json', '--api', started.url);
    expect(JSON.parse(json)).toMatchObject({ id, attempts: [{ statusCode: 200 }, { statusCode: null }] });
    const gone = runCommand(deliveries, 'get', 'dlv_none', '--api', started.url);
    await expect(gone).rejects.toThrow(/404: .*dlv_none/);
  });

  test.each([
    [[], /^say what to do/],
    [['get'], /^say what to do/],
    [['get', 'dlv_1', 'dlv_2'], /^say what to do/],
    [['list', 'dlv_1'], /^say what to do/],
    [['list', '--limit', 'all'], /--limit must be a number/],
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
