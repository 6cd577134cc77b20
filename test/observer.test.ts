import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { CLOSED } from '../src/relay/breaker.ts';
import { errorAt, warningAt } from '../src/check/problem.ts';
import { makeLog } from '../src/log.ts';
import { Observer } from '../src/observer.ts';
import type { Accepted } from '../src/store/records.ts';
import { leaseFor, newCdr } from './support/webhooks.ts';

interface Bench {
  readonly observer: Observer;
  readonly lines: Record<string, unknown>[];
}

function makeBench(level = 'debug'): Bench {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { observer: new Observer(makeLog(level, { write })), lines };
}

const STORED: Accepted = { id: 'cdr_1', duplicate: false, leases: [] };

async function valueOf(observer: Observer, name: string): Promise<string | undefined> {
  const line = (await observer.metrics()).split('\n').find((one) => one.startsWith(`${name} `));
  return line?.slice(name.length + 1);
}

describe('secrets', () => {
  test('are told by their number, with what is wrong', () => {
    const { observer, lines } = makeBench();
    const status = { path: 'secrets.env', names: 2, problems: [] };
    observer.secretsChanged(status);
    observer.secretsChanged({ ...status, problems: [warningAt('', 'open to all')] });
    observer.secretsChanged({ ...status, problems: [errorAt('', 'gone')] });
    expect(lines).toMatchObject([
      { level: 'info', event: 'secrets.loaded', path: 'secrets.env', names: 2 },
      { level: 'warn', event: 'secrets.loaded', problems: ['warning /: open to all'] },
      { level: 'error', event: 'secrets.rejected', problems: ['error /: gone'] },
    ]);
  });

  test('that a token endpoint has exchanged are told by their owner', () => {
    const { observer, lines } = makeBench();
    observer.refreshTokenRotated('zoho');
    expect(lines).toMatchObject([{ level: 'warn', event: 'auth.refresh-token-rotated', owner: 'zoho' }]);
  });
});

describe('a CDR', () => {
  test('with conditions that threw is a warning that names the webhooks', () => {
    const { observer, lines } = makeBench();
    observer.received(newCdr(['a'], { errors: ['b', 'c'] }), STORED);
    expect(lines).toMatchObject([
      { event: 'cdr.received', hits: 1 },
      { level: 'warn', event: 'condition.failed', cdrId: 'cdr_1', webhookIds: ['b', 'c'] },
    ]);
  });

  test('that is a duplicate is not counted as unmatched', async () => {
    const { observer } = makeBench();
    observer.received(newCdr([]), { ...STORED, duplicate: true });
    expect(await valueOf(observer, 'hookswitch_cdrs_duplicate_total{source="generic"}')).toBe('1');
    expect(await valueOf(observer, 'hookswitch_cdrs_unmatched_total{source="generic"}')).toBeUndefined();
  });
});

describe('a file', () => {
  const report = {
    ...{ folder: 'in', source: 'cucm', name: 'cdr_1', bytes: 9, cdrs: 2, rejected: 0, duplicate: false },
  };

  test('that is taken is told and counted; rows that cannot be read make it a warning', async () => {
    const { observer, lines } = makeBench();
    observer.sources.fileTaken(report);
    observer.sources.fileTaken({ ...report, rejected: 1 });
    observer.sources.fileTaken({ ...report, duplicate: true });
    expect(lines).toMatchObject([
      { level: 'info', event: 'file.taken', name: 'cdr_1', cdrs: 2 },
      { level: 'warn', event: 'file.taken', rejected: 1 },
      { level: 'info', event: 'file.taken', duplicate: true },
    ]);
    expect(await valueOf(observer, 'hookswitch_files_total{source="cucm",result="taken"}')).toBe('2');
    expect(await valueOf(observer, 'hookswitch_files_total{source="cucm",result="duplicate"}')).toBe('1');
  });

  test('that cannot be read is an error with its reason; one that is tried again a warning', async () => {
    const { observer, lines } = makeBench();
    observer.sources.fileFailed(report, 'the file is empty');
    observer.sources.fileDelayed('in', 'cdr_1', new Error('no access'));
    expect(lines).toMatchObject([
      { level: 'error', event: 'file.failed', name: 'cdr_1', reason: 'the file is empty' },
      { level: 'warn', event: 'file.delayed', name: 'cdr_1', reason: 'no access' },
    ]);
    expect(await valueOf(observer, 'hookswitch_files_total{source="cucm",result="failed"}')).toBe('1');
  });
});

describe('a delivery', () => {
  test.each(['failed', 'cancelled'] as const)('that is %s is a warning', async (state) => {
    const { observer, lines } = makeBench();
    observer.settled(leaseFor('a'), { state });
    expect(lines).toMatchObject([
      { level: 'warn', event: `delivery.${state}`, webhookId: 'a', deliveryId: 'dlv_01TEST' },
    ]);
    expect(await valueOf(observer, `hookswitch_deliveries_total{state="${state}"}`)).toBe('1');
  });

  test('that was delivered is counted; its attempt has its line already', async () => {
    const { observer, lines } = makeBench();
    observer.settled(leaseFor('a'), { state: 'delivered' });
    expect(lines).toEqual([]);
    expect(await valueOf(observer, 'hookswitch_deliveries_total{state="delivered"}')).toBe('1');
  });

  test('that waits for another round is neither told nor counted', async () => {
    const { observer, lines } = makeBench();
    observer.settled(leaseFor('a'), { state: 'pending', delayMs: 5, countsAsRound: true });
    expect(lines).toEqual([]);
    expect(await observer.metrics()).not.toMatch(/^hookswitch_deliveries_total\{/m);
  });
});

describe('an attempt', () => {
  test.each([
    [{ status: 204 }, '2xx'],
    [{ status: 302 }, '3xx'],
    [{ status: 599 }, '5xx'],
    [{ error: { code: 'ETIMEDOUT', message: 'no answer' } }, 'none'],
  ])('%j is counted as %s', async (result, label) => {
    const { observer } = makeBench();
    observer.attempted(leaseFor('a'), { startedAtMs: 0, durationMs: 80, verdict: 'retry', ...result }, 1);
    expect(await valueOf(observer, `hookswitch_attempts_total{result="${label}"}`)).toBe('1');
  });

  test.each([
    [{ status: 200, verdict: 'delivered' }, 'info'],
    [{ status: 409, verdict: 'delivered' }, 'info'],
    [{ status: 200, verdict: 'failed' }, 'warn'],
    [{ status: 503, verdict: 'retry' }, 'warn'],
  ] as const)('%j is logged as %s', (result, level) => {
    const { observer, lines } = makeBench();
    observer.attempted(leaseFor('a'), { startedAtMs: 0, durationMs: 80, ...result }, 1);
    expect(lines).toMatchObject([{ level, event: 'delivery.attempted' }]);
  });

  test('is measured in seconds', async () => {
    const { observer } = makeBench();
    observer.attempted(
      leaseFor('a'),
      { startedAtMs: 0, durationMs: 80, verdict: 'delivered', status: 200 },
      1,
    );
    expect(await valueOf(observer, 'hookswitch_attempt_seconds_sum')).toBe('0.08');
    expect(await valueOf(observer, 'hookswitch_attempt_seconds_bucket{le="0.05"}')).toBe('0');
    expect(await valueOf(observer, 'hookswitch_attempt_seconds_bucket{le="0.1"}')).toBe('1');
  });

  test('never takes the message of its error into the log: it is the target’s text', () => {
    const { observer, lines } = makeBench();
    const error = { code: 'ECONNRESET', message: 'something +4915112345678' };
    const attempt = { startedAtMs: 0, durationMs: 1, error, excerpt: 'body', verdict: 'retry' } as const;
    observer.attempted(leaseFor('a'), attempt, 2);
    expect(lines).toMatchObject([{ error: 'ECONNRESET', attempt: 2 }]);
    expect(JSON.stringify(lines)).not.toMatch(/4915112345678|body/);
  });
});

describe('rules', () => {
  const status = {
    kind: 'file',
    path: 'rules.json',
    loadedAt: new Date(0),
    warnings: [],
    errors: [],
  } as const;
  const error = { severity: 'error', pointer: '/webhooks/0/url', message: 'is not a url', line: 7 } as const;

  test('that are rejected show in the metrics until good ones are loaded', async () => {
    const { observer, lines } = makeBench();
    observer.rulesChanged({ ...status, errors: [error] }, 3);
    expect(await valueOf(observer, 'hookswitch_rules_valid')).toBe('0');
    observer.rulesChanged(status, 4);
    expect(await valueOf(observer, 'hookswitch_rules_valid')).toBe('1');
    expect(lines).toMatchObject([
      { level: 'error', event: 'rules.rejected', errors: ['error /webhooks/0/url (line 7): is not a url'] },
      { level: 'info', event: 'rules.loaded', webhooks: 4, warnings: 0 },
    ]);
  });
});

describe('what goes wrong in the router', () => {
  test('of the store is counted', async () => {
    const { observer } = makeBench();
    observer.storeFailed(new Error('disk full'));
    observer.storeFailed('odd');
    expect(await valueOf(observer, 'hookswitch_store_failures_total')).toBe('2');
  });

  test('of the store is told when it begins, each minute, and when it is over', () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { observer, lines } = makeBench();
    observer.storeAnswered();
    for (let second = 0; second < 150; second += 1) {
      observer.storeFailed(new Error('disk full'));
      // Something small may succeed in between.
      observer.storeAnswered();
      vi.advanceTimersByTime(1_000);
    }
    vi.advanceTimersByTime(4_000);
    observer.storeAnswered();
    observer.storeAnswered();
    observer.storeFailed('odd');

    const failed = { level: 'error', event: 'store.failed', reason: 'disk full' };
    expect(lines).toMatchObject([
      { ...failed, failures: 1, seconds: 0 },
      { ...failed, failures: 61, seconds: 60 },
      { ...failed, failures: 121, seconds: 120 },
      { level: 'info', event: 'store.recovered', failures: 150, seconds: 149 },
      { ...failed, reason: 'odd', failures: 1 },
    ]);
  });

  test('of itself is told with its place', () => {
    const { observer, lines } = makeBench();
    observer.failed(new TypeError('broken'));
    expect(lines).toMatchObject([
      { level: 'error', reason: 'broken', stack: expect.stringContaining('observer.test.ts') as string },
    ]);
  });
});

describe('the figures that are read when asked for', () => {
  test('are those of that moment', async () => {
    const { observer } = makeBench();
    let pending = 5;
    observer.watch({
      heldCalls: () => Promise.resolve(2),
      pending: () => Promise.resolve(pending),
      inFlight: () => 2,
      overdueMs: () => 1_500,
      webhooks: () => 7,
      brokenTargets: () => 1,
      sources: () => [
        { name: 'pbx', lastReceivedAtMs: 0, quietSinceMs: 1 },
        { name: 'cloud', lastReceivedAtMs: 0, quietSinceMs: undefined },
      ],
    });
    expect(await valueOf(observer, 'hookswitch_deliveries_pending')).toBe('5');
    pending = 6;
    expect(await valueOf(observer, 'hookswitch_deliveries_pending')).toBe('6');
    expect(await valueOf(observer, 'hookswitch_deliveries_in_flight')).toBe('2');
    expect(await valueOf(observer, 'hookswitch_overdue_seconds')).toBe('1.5');
    expect(await valueOf(observer, 'hookswitch_webhooks')).toBe('7');
    expect(await valueOf(observer, 'hookswitch_breakers_open')).toBe('1');
    expect(await valueOf(observer, 'hookswitch_source_quiet{source="pbx"}')).toBe('1');
    expect(await valueOf(observer, 'hookswitch_source_quiet{source="cloud"}')).toBe('0');
  });
});

test('a breaker that opens or closes, and a target that is gone, are told', () => {
  const { observer, lines } = makeBench();
  observer.breakerChanged('a', { ...CLOSED, state: 'open', openedAtMs: 0, nextProbeAtMs: 10_000 });
  observer.breakerChanged('a', CLOSED);
  observer.webhookGone('a');
  observer.webhookGone('b', new Error('the file is broken'));
  expect(lines).toMatchObject([
    { level: 'warn', event: 'breaker.opened', webhookId: 'a', nextProbeAt: '1970-01-01T00:00:10.000Z' },
    { level: 'info', event: 'breaker.closed', webhookId: 'a' },
    { level: 'warn', event: 'webhook.gone', webhookId: 'a', disabled: true },
    { level: 'warn', event: 'webhook.gone', webhookId: 'b', disabled: false, reason: 'the file is broken' },
  ]);
});

test('a source that goes quiet, and is heard again, is told', () => {
  const { observer, lines } = makeBench();
  observer.sources.sourceQuiet({ name: 'pbx', lastReceivedAtMs: 0, quietSinceMs: 10_000 });
  observer.sources.sourceHeard({ name: 'pbx', lastReceivedAtMs: 20_000, quietSinceMs: undefined });
  const times = { lastReceivedAt: '1970-01-01T00:00:00.000Z', quietSince: '1970-01-01T00:00:10.000Z' };
  expect(lines).toMatchObject([
    { level: 'warn', event: 'source.quiet', source: 'pbx', ...times },
    { level: 'info', event: 'source.heard', source: 'pbx' },
  ]);
});

test('the level of the log decides what is written', () => {
  const { observer, lines } = makeBench('warn');
  observer.received(newCdr([], { errors: ['a'] }), STORED);
  expect(lines.map(({ event }) => event)).toEqual(['condition.failed']);
});

test('a request with CDRs that is refused is a warning and counted, without its query', async () => {
  const { observer, lines } = makeBench();
  observer.refused('/cdr/avaya', 'not-found');
  observer.refused('/api/v1/webhooks/x', 'not-found');
  expect(lines).toMatchObject([
    { level: 'warn', event: 'cdr.refused', path: '/cdr/avaya', reason: 'not-found' },
  ]);
  expect(await valueOf(observer, 'hookswitch_cdrs_refused_total{reason="not-found"}')).toBe('1');
});
