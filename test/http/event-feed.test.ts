import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Accepted } from '../../src/store/records.ts';
import { EventFeed } from '../../src/http/event-feed.ts';
import { CLOSED } from '../../src/relay/breaker.ts';
import { leaseFor, newCdr } from '../support/webhooks.ts';

/** A client that reads everything, or nothing. */
class Sink {
  writableLength = 0;
  isEnded = false;
  isDestroyed = false;
  text = '';

  write(text: string): void {
    if (this.isEnded || this.isDestroyed) throw new Error('write after end');
    this.text += text;
  }

  end(): void {
    this.isEnded = true;
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  /** The events so far. */
  get events(): { readonly event: string; readonly data: { readonly counts?: object } }[] {
    return [...this.text.matchAll(/^event: (.*)\ndata: (.*)$/gm)].map(([, event = '', data = '']) => ({
      event,
      data: JSON.parse(data) as object,
    }));
  }
}

const ACCEPTED: Accepted = { id: 'cdr_1', duplicate: false, leases: [] };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the event feed', () => {
  test('tells of each stage by ids and figures, and never call data', () => {
    const feed = new EventFeed(() => '"v1"');
    const sink = new Sink();
    feed.connect(sink);
    feed.received(newCdr(['a', 'b'], { raw: '{"from":"planted"}' }), ACCEPTED);
    const attempt = {
      startedAtMs: 0,
      durationMs: 12,
      status: 503,
      excerpt: 'planted',
      verdict: 'retry' as const,
    };
    feed.attempted(leaseFor('a'), attempt, 2);
    feed.settled(leaseFor('a'), { state: 'failed' });
    feed.rulesChanged({ errors: [1] });
    feed.breakerChanged('a', CLOSED);
    const source = { name: 'pbx', expectEverySeconds: 60, lastReceivedAtMs: undefined, quietSinceMs: 0 };
    feed.sourceQuiet(source);
    feed.sourceHeard(source);
    const at = expect.any(String) as string;
    expect(sink.events).toEqual([
      {
        event: 'cdr.received',
        data: {
          type: 'cdr.received',
          at,
          id: 'cdr_1',
          source: 'generic',
          vendor: 'generic',
          hits: 2,
          duplicate: false,
        },
      },
      {
        event: 'delivery.attempted',
        data: {
          ...{
            type: 'delivery.attempted',
            at,
            deliveryId: 'dlv_01TEST',
            webhookId: 'a',
            cdrId: 'cdr_01TEST',
          },
          ...{ number: 2, statusCode: 503, errorCode: null, durationMs: 12, state: 'delivering' },
        },
      },
      {
        event: 'delivery.settled',
        data: {
          type: 'delivery.settled',
          at,
          deliveryId: 'dlv_01TEST',
          webhookId: 'a',
          cdrId: 'cdr_01TEST',
          state: 'failed',
        },
      },
      { event: 'rules.changed', data: { type: 'rules.changed', at, etag: '"v1"', errors: 1 } },
      {
        event: 'webhook.breaker',
        data: { type: 'webhook.breaker', at, webhookId: 'a', state: 'closed', nextProbeAt: null },
      },
      {
        event: 'source.quiet',
        data: { type: 'source.quiet', at, source: 'pbx', quietSince: '1970-01-01T00:00:00.000Z' },
      },
      { event: 'source.heard', data: { type: 'source.heard', at, source: 'pbx' } },
    ]);
    expect(sink.text).not.toContain('planted');
  });

  test('tells a client only of what it wants to know', () => {
    const feed = new EventFeed(() => '');
    const sink = new Sink();
    feed.connect(sink, ['rules.changed']);
    feed.received(newCdr([]), ACCEPTED);
    feed.rulesChanged({ errors: [] });
    expect(sink.events.map(({ event }) => event)).toEqual(['rules.changed']);
  });

  test('counts what is too much for one second, and tells the sum at its end', () => {
    const feed = new EventFeed(() => '');
    const sink = new Sink();
    feed.connect(sink);
    for (let n = 0; n < 1_000; n += 1) feed.received(newCdr([]), ACCEPTED);
    feed.rulesChanged({ errors: [] });
    expect(sink.events).toHaveLength(50);
    vi.advanceTimersByTime(1_000);
    expect(sink.events.slice(50)).toEqual([
      { event: 'summary', data: { type: 'summary', counts: { 'cdr.received': 950, 'rules.changed': 1 } } },
    ]);
    feed.received(newCdr([]), ACCEPTED);
    expect(sink.events).toHaveLength(52);
  });

  test('shows that it is alive while nothing happens', () => {
    const feed = new EventFeed(() => '');
    const sink = new Sink();
    const disconnect = feed.connect(sink);
    vi.advanceTimersByTime(15_000);
    expect(sink.text).toBe(': heartbeat\n\n');
    disconnect();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('drops a client that does not read, and keeps the others', () => {
    const feed = new EventFeed(() => '');
    const [slow, quick] = [new Sink(), new Sink()];
    feed.connect(slow);
    feed.connect(quick);
    slow.writableLength = 300_000;
    feed.received(newCdr([]), ACCEPTED);
    feed.received(newCdr([]), ACCEPTED);
    vi.advanceTimersByTime(15_000);
    expect([slow.isDestroyed, slow.text]).toEqual([true, '']);
    expect([quick.isDestroyed, quick.events.length]).toEqual([false, 2]);
  });

  test('stops its heart when the last client is dropped', () => {
    const feed = new EventFeed(() => '');
    const slow = new Sink();
    feed.connect(slow);
    slow.writableLength = 300_000;
    vi.advanceTimersByTime(15_000);
    expect(slow.isDestroyed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('has room for a hundred, and for none once it is closed', () => {
    const feed = new EventFeed(() => '');
    const sinks = Array.from({ length: 100 }, () => new Sink());
    const [leave] = sinks.map((sink) => feed.connect(sink));
    expect(feed.hasRoom).toBe(false);
    leave?.();
    expect(feed.hasRoom).toBe(true);
    feed.close();
    expect(feed.hasRoom).toBe(false);
    expect(sinks.slice(1).every(({ isEnded }) => isEnded)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
