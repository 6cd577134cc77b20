import { describe, expect, test } from 'vitest';
import { Admission } from '../../src/relay/admission.ts';
import type { AttemptResult } from '../../src/relay/attempt-result.ts';
import type { Permit } from '../../src/relay/permit.ts';
import type { ConnectionDocuments } from '../../src/webhooks/connection.ts';
import { Registry } from '../../src/webhooks/registry.ts';
import { makeWebhook, type WebhookDocument } from '../../src/webhooks/webhook.ts';

/** An admission with one webhook, `w`, whose rules and clock a test changes. */
class Bench {
  nowMs = 1_000_000;
  readonly #registry = new Registry();
  readonly admission = new Admission({
    registry: this.#registry,
    maxInFlight: 1_000,
    clock: () => this.nowMs,
  });

  constructor(members: Partial<WebhookDocument> = {}, connections: ConnectionDocuments = {}) {
    this.change(members, connections);
  }

  change(members: Partial<WebhookDocument>, connections: ConnectionDocuments = {}): void {
    const document = { id: 'w', name: 'W', url: 'http://w.test/', ...members };
    this.#registry.replace([makeWebhook(document, connections)]);
  }

  get room(): number {
    return this.admission.room('w');
  }

  /** As a relay does: it takes room only when it has been told of it. */
  take(): Permit {
    expect(this.room).toBeGreaterThan(0);
    return this.admission.take('w');
  }

  /** Opens the breaker by the attempts of one delivery, and waits until the first probe is due. */
  openBreaker(permit: Permit): void {
    for (let failures = 0; failures < 10; failures += 1) permit.attempted(this.attempt(503));
    this.nowMs += 10_000;
  }

  attempt(status: number): AttemptResult {
    return { status, verdict: 'retry', startedAtMs: this.nowMs, durationMs: 1 };
  }
}

const ACCOUNT = { account: { concurrency: 1, rateLimit: { requests: 1, perSeconds: 60 } } };

describe('the limits of a connection', () => {
  test('hold from when a webhook gets it, also while the webhook has something under way', () => {
    const bench = new Bench();
    const earlier = bench.take();
    bench.change({ connection: 'account' }, ACCOUNT);
    let begun = 0;
    while (bench.room > 0 && begun < 100) {
      const permit = bench.take();
      permit.begin();
      permit.release();
      begun += 1;
    }
    expect(begun).toBe(1);
    earlier.release();
    bench.nowMs += 60_000;
    expect(bench.room).toBe(1);
  });

  test('count what has begun where it began, whatever the order in which rules are edited and deliveries end', () => {
    const bench = new Bench();
    const withoutConnection = bench.take();
    bench.change({ connection: 'account' }, { account: { concurrency: 3 } });
    const first = bench.take();
    bench.change({ connection: 'other' }, { other: { concurrency: 2 } });
    const second = bench.take();
    for (const permit of [second, withoutConnection, first]) permit.release();
    expect(bench.room).toBe(2);
    bench.change({ connection: 'account' }, { account: { concurrency: 3 } });
    expect(bench.room).toBe(3);
  });

  test('are not passed because room was given back twice', () => {
    const bench = new Bench({ connection: 'account' }, { account: { concurrency: 2 } });
    const permit = bench.take();
    permit.release();
    permit.release();
    expect(bench.room).toBe(2);
  });
});

describe('a rate limit', () => {
  test('counts a request when it is begun, and keeps room for it until then', () => {
    const bench = new Bench({ rateLimit: { requests: 2, perSeconds: 10 } });
    const [first, second] = [bench.take(), bench.take()];
    expect(bench.room).toBe(0);
    bench.nowMs += 30_000;
    expect(bench.room).toBe(0);
    first.begin();
    second.begin();
    bench.nowMs += 9_999;
    for (const permit of [first, second]) permit.release();
    expect(bench.room).toBe(0);
    bench.nowMs += 1;
    expect(bench.room).toBe(2);
  });

  test('has its room back when a delivery makes no request', () => {
    const bench = new Bench({ rateLimit: { requests: 1, perSeconds: 3_600 } });
    bench.take().release();
    expect(bench.room).toBe(1);
  });

  test('is not used up by a repeat that the connection has no room for', () => {
    const rateLimit = { requests: 3, perSeconds: 60 };
    const bench = new Bench({ connection: 'account', rateLimit }, ACCOUNT);
    const permit = bench.take();
    permit.begin();
    expect([permit.mayRepeat(), permit.mayRepeat(), permit.mayRepeat()]).toEqual([false, false, false]);
    bench.change({ rateLimit });
    expect(bench.room).toBe(2);
  });

  test('keeps room for a repeat that was allowed, once, until it is begun or the delivery ends', () => {
    const bench = new Bench({ rateLimit: { requests: 3, perSeconds: 60 } });
    const permit = bench.take();
    permit.begin();
    expect([permit.mayRepeat(), permit.mayRepeat(), bench.room]).toEqual([true, true, 1]);
    permit.begin();
    expect(bench.room).toBe(1);
    expect(permit.mayRepeat()).toBe(true);
    permit.release();
    expect(bench.room).toBe(1);
  });
});

describe('a breaker', () => {
  test('lets another probe through when one is given back, although an older delivery still hangs', () => {
    const bench = new Bench();
    bench.openBreaker(bench.take());
    const probe = bench.take();
    expect(bench.room).toBe(0);
    probe.release();
    expect(bench.admission.breakerOf('w').state).toBe('open');
    expect(bench.room).toBe(1);
  });

  test('is not touched by the end of an older delivery while a probe is under way', () => {
    const bench = new Bench();
    const older = bench.take();
    bench.openBreaker(older);
    bench.take();
    older.release();
    expect([bench.admission.breakerOf('w').state, bench.room]).toEqual(['half-open', 0]);
  });

  test('lets no delivery that is under way make a further request', () => {
    const bench = new Bench();
    const [burst, other] = [bench.take(), bench.take()];
    burst.begin();
    expect(burst.mayRepeat()).toBe(true);
    bench.openBreaker(other);
    expect(burst.mayRepeat()).toBe(false);
  });

  test('that has only counted failures is not among the broken', () => {
    const bench = new Bench();
    bench.take().attempted(bench.attempt(503));
    expect(bench.admission.broken).toEqual([]);
  });
});

describe('a webhook is held back', () => {
  test('until its rate limit has room, its probe is due, or for good while it is disabled', () => {
    const bench = new Bench({ rateLimit: { requests: 1, perSeconds: 10 } });
    expect(bench.admission.heldUntilMs('w')).toBeUndefined();
    const permit = bench.take();
    permit.begin();
    expect(bench.admission.heldUntilMs('w')).toBe(bench.nowMs + 10_000);
    bench.openBreaker(permit);
    expect(bench.admission.heldUntilMs('w')).toBeUndefined();
    bench.take();
    expect(bench.admission.heldUntilMs('w')).toBe(Number.POSITIVE_INFINITY);
    bench.change({ enabled: false });
    expect(bench.admission.heldUntilMs('w')).toBe(Number.POSITIVE_INFINITY);
  });

  test('by nothing of its own when it only has no slot', () => {
    const bench = new Bench({ concurrency: 1 });
    bench.take();
    expect([bench.room, bench.admission.heldUntilMs('w')]).toEqual([0, undefined]);
  });
});
