import type { SourceState, SourceWatchObserver } from '../intake/source-watch.ts';
import type { Breaker } from '../relay/breaker.ts';
import type { AttemptResult } from '../relay/attempt-result.ts';
import type { Accepted, Lease, NewCdr, Outcome } from '../store/records.ts';
import { EventClient, type EventSink } from './event-client.ts';

/** What events are about. */
export const EVENT_TYPES = [
  'cdr.received',
  'delivery.attempted',
  'delivery.settled',
  'rules.changed',
  'webhook.breaker',
  'source.quiet',
  'source.heard',
] as const;

/** The name of a kind of event. */
export type EventType = (typeof EVENT_TYPES)[number];

const MOST_CLIENTS = 100;
const HEARTBEAT_MS = 15_000;

/**
 * Tells connected clients what happens, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html):
 * ids, states and figures, never call data. What happened before a client connected it is not told. Without a client an
 * event costs one comparison.
 */
export class EventFeed implements SourceWatchObserver {
  readonly #clients = new Set<EventClient>();
  readonly #rulesEtag: () => string;
  #heartbeat: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param rulesEtag the version of the rules in force. */
  constructor(rulesEtag: () => string) {
    this.#rulesEtag = rulesEtag;
  }

  /** Whether there is room for one more client. */
  get hasRoom(): boolean {
    return !this.#isClosed && this.#clients.size < MOST_CLIENTS;
  }

  /** Begins to tell a client of events of some types, all by default; returns how to stop. */
  connect(sink: EventSink, types: readonly EventType[] = EVENT_TYPES): () => void {
    const disconnect = (): void => {
      client.forget();
      this.#clients.delete(client);
      if (this.#clients.size === 0) this.#stopHeartbeat();
    };
    const client = new EventClient(sink, new Set(types), disconnect);
    this.#clients.add(client);
    this.#heartbeat ??= setInterval(() => {
      for (const one of this.#clients) one.beat();
    }, HEARTBEAT_MS);
    return disconnect;
  }

  /** Ends every connection; there are no others from now on. */
  close(): void {
    this.#isClosed = true;
    for (const client of this.#clients) client.end();
    this.#clients.clear();
    this.#stopHeartbeat();
  }

  received({ source, vendor, hits }: NewCdr, { id, duplicate }: Accepted): void {
    this.#publish('cdr.received', () => ({ id, source, vendor, hits: hits.length, duplicate }));
  }

  attempted({ deliveryId, webhookId, cdr }: Lease, attempt: AttemptResult, number: number): void {
    const { status, durationMs, error } = attempt;
    this.#publish('delivery.attempted', () => ({
      ...{ deliveryId, webhookId, cdrId: cdr.id, number, durationMs, state: 'delivering' },
      statusCode: status ?? null,
      errorCode: error?.code ?? null,
    }));
  }

  settled({ deliveryId, webhookId, cdr }: Lease, { state }: Outcome): void {
    this.#publish('delivery.settled', () => ({ deliveryId, webhookId, cdrId: cdr.id, state }));
  }

  rulesChanged({ errors }: { readonly errors: readonly unknown[] }): void {
    this.#publish('rules.changed', () => ({ etag: this.#rulesEtag(), errors: errors.length }));
  }

  breakerChanged(webhookId: string, { state, nextProbeAtMs }: Breaker): void {
    const nextProbeAt = nextProbeAtMs === undefined ? null : new Date(nextProbeAtMs).toISOString();
    this.#publish('webhook.breaker', () => ({ webhookId, state, nextProbeAt }));
  }

  sourceQuiet({ name, quietSinceMs }: SourceState): void {
    const quietSince = quietSinceMs === undefined ? null : new Date(quietSinceMs).toISOString();
    this.#publish('source.quiet', () => ({ source: name, quietSince }));
  }

  sourceHeard({ name }: SourceState): void {
    this.#publish('source.heard', () => ({ source: name }));
  }

  #publish(type: EventType, data: () => object): void {
    if (this.#clients.size === 0) return;
    const at = new Date().toISOString();
    const text = `event: ${type}\ndata: ${JSON.stringify({ type, at, ...data() })}\n\n`;
    for (const client of this.#clients) client.offer(type, text);
  }

  #stopHeartbeat(): void {
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }
}
