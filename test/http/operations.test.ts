import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { ScriptedTransport } from '../support/scripted-transport.ts';
import { whyNotReady } from '../../src/http/operations.ts';
import { expectProblem, startApp, type TestApp } from '../support/app.ts';

describe('health', () => {
  test('is told while the process answers at all, ready or not', async () => {
    const { app } = await startApp({ notReady: () => 'the router is stopping' });
    const response = await request(app).get('/healthz');
    expect([response.status, response.body]).toEqual([200, { status: 'ok' }]);
  });
});

describe('readiness', () => {
  test('is told while there is nothing against it', async () => {
    const { app } = await startApp();
    const response = await request(app).get('/readyz');
    expect([response.status, response.body]).toEqual([200, { status: 'ready' }]);
  });

  test('is 503 with the reason, and comes back', async () => {
    let reason: string | undefined = 'a delivery that could be sent has waited for 301 s';
    const { app } = await startApp({ notReady: () => reason });
    const { detail } = expectProblem(await request(app).get('/readyz'), 503, 'unavailable');
    expect(detail).toBe('a delivery that could be sent has waited for 301 s');
    reason = undefined;
    await request(app).get('/readyz').expect(200);
  });

  test.each([
    [{}, undefined],
    [{ overdueMs: 61_000 }, 'a delivery that could be sent has waited for 61 s'],
    [
      { storeAwayMs: 0, overdueMs: 61_000 },
      'the store has not been available for 0 s; the log says why under store.failed',
    ],
    [{ isStopping: true, storeAwayMs: 7_400 }, 'the router is stopping'],
  ])('judged by %j is refused because: %s', (seen, reason) => {
    const ready = { isStopping: false, storeAwayMs: undefined, overdueMs: 60_000, maxOverdueMs: 60_000 };
    expect(whyNotReady({ ...ready, ...seen })).toBe(reason);
  });

  test('does not keep CDRs out: who sends them has no other place to go', async () => {
    const { app } = await startApp({ notReady: () => 'a delivery that could be sent has waited for 301 s' });
    await request(app).post('/cdr/generic').send({ n: 1 }).expect(200);
  });
});

/** One line of the Prometheus text format that gives a value. */
const SAMPLE =
  /^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<labels>[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\.)*"(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\.)*")*)\})? (?<value>[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|Inf|NaN))$/i;

/** Reads metrics, and fails on any line that is not in the Prometheus text format. */
async function metricsOf({ app }: TestApp): Promise<ReadonlyMap<string, number>> {
  const response = await request(app).get('/metrics').expect(200);
  expect(response.headers['content-type']).toMatch(/^text\/plain; (?:.*)version=0\.0\.4/);
  const values = new Map<string, number>();
  for (const line of response.text.split('\n')) {
    if (
      line === '' ||
      /^# (?:HELP [a-zA-Z_:]\w* \S|TYPE [a-zA-Z_:]\w* (?:counter|gauge|histogram|summary)$)/.test(line)
    ) {
      continue;
    }
    const { name = '', labels = '', value } = SAMPLE.exec(line)?.groups ?? {};
    expect([line, name]).toEqual([line, expect.stringMatching(/./)]);
    values.set(labels === '' ? name : `${name}{${labels}}`, Number(value));
  }
  return values;
}

describe('metrics', () => {
  test('count what comes in, what it hits, what is sent and what becomes of it', async () => {
    const transport = new ScriptedTransport(({ url }) => (url.includes('bad') ? 404 : 200));
    const conditions = [{ '==': [{ var: 'status' }, 'missed'] }];
    const retry = { burst: 0, schedule: [] };
    const started = await startApp({
      transport,
      webhooks: [
        { id: 'good', name: 'Good', url: 'http://good.test/', conditions },
        { id: 'bad', name: 'Bad', url: 'http://bad.test/', conditions, retry },
      ],
    });
    const cdrs = ['{"status":"missed"}', '{"status":"answered"}', '{"status":"missed"}'];
    for (const cdr of cdrs) await request(started.app).post('/cdr/generic').send(cdr).expect(200);
    await request(started.app).post('/cdr/cisco').send('{"status":"missed"}').expect(200);
    await started.idle();
    expect(Object.fromEntries(await metricsOf(started))).toMatchObject({
      'hookswitch_cdrs_received_total{source="generic"}': 3,
      'hookswitch_cdrs_received_total{source="cisco"}': 1,
      'hookswitch_cdrs_duplicate_total{source="generic"}': 1,
      'hookswitch_cdrs_unmatched_total{source="generic"}': 1,
      'hookswitch_attempts_total{result="2xx"}': 2,
      'hookswitch_attempts_total{result="4xx"}': 2,
      'hookswitch_deliveries_total{state="delivered"}': 2,
      'hookswitch_deliveries_total{state="failed"}': 2,
      hookswitch_attempt_seconds_count: 4,
      hookswitch_deliveries_pending: 0,
      hookswitch_deliveries_in_flight: 0,
      hookswitch_webhooks: 2,
      hookswitch_rules_valid: 1,
      hookswitch_overdue_seconds: expect.any(Number) as number,
    });
  });

  test('show what waits and what is under way', async () => {
    const transport = new ScriptedTransport(() => 'hang');
    const webhooks = [{ id: 'slow', name: 'Slow', url: 'http://slow.test/', concurrency: 1 }];
    const started = await startApp({ transport, webhooks });
    await request(started.app).post('/cdr/generic').send('[{"n":1},{"n":2},{"n":3}]').expect(200);
    expect(Object.fromEntries(await metricsOf(started))).toMatchObject({
      hookswitch_deliveries_pending: 3,
      hookswitch_deliveries_in_flight: 1,
    });
  });

  test('tell of the process too', async () => {
    const metrics = await metricsOf(await startApp());
    expect(metrics.get('process_resident_memory_bytes')).toBeGreaterThan(0);
  });

  test('of two routers in one process do not mix', async () => {
    const [one, other] = [await startApp(), await startApp()];
    await request(one.app).post('/cdr/generic').send({ n: 1 }).expect(200);
    expect((await metricsOf(one)).get('hookswitch_cdrs_received_total{source="generic"}')).toBe(1);
    expect((await metricsOf(other)).has('hookswitch_cdrs_received_total{source="generic"}')).toBe(false);
  });
});
