import { onTestFinished, vi } from 'vitest';
import type { Breaker } from '../../src/relay/breaker.ts';
import type { RelayObserver } from '../../src/relay/deliverer.ts';
import { Dispatcher } from '../../src/relay/dispatcher.ts';
import type { AttemptResult } from '../../src/relay/attempt-result.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { Delivery, Lease, Outcome } from '../../src/store/records.ts';
import { Registry } from '../../src/webhooks/registry.ts';
import type { Webhook, WebhookDocument } from '../../src/webhooks/webhook.ts';
import { makeSender } from '../support/make-sender.ts';
import { ScriptedTransport, type TransportScript } from '../support/scripted-transport.ts';
import { newCdr, webhookWithoutRetries } from '../support/webhooks.ts';

export const LEASE_MS = 30_000;

/** Keeps what a dispatcher tells. */
export class RecordingObserver implements RelayObserver {
  readonly attempts: {
    readonly webhookId: string;
    readonly number: number;
    readonly attempt: AttemptResult;
  }[] = [];
  readonly outcomes: Outcome[] = [];
  readonly storeFailures: unknown[] = [];
  storeAnswers = 0;
  readonly bugs: unknown[] = [];
  /** Webhook and state of each breaker that opened or closed. */
  readonly breakers: string[] = [];

  attempted({ webhookId }: Lease, attempt: AttemptResult, number: number): void {
    this.attempts.push({ webhookId, number, attempt });
  }

  settled(_lease: Lease, outcome: Outcome): void {
    this.outcomes.push(outcome);
  }

  breakerChanged(webhookId: string, { state }: Breaker): void {
    this.breakers.push(`${webhookId} ${state}`);
  }

  storeFailed(error: unknown): void {
    this.storeFailures.push(error);
  }

  storeAnswered(): void {
    this.storeAnswers += 1;
  }

  failed(error: unknown): void {
    this.bugs.push(error);
  }
}

/** What a relay is tried out with. */
export interface RelaySettings {
  readonly webhooks: readonly Webhook[];
  readonly script?: TransportScript;
  readonly maxInFlight?: number;
}

/** A dispatcher with its real sender over a memory store and a scripted transport, on a clock that a test moves. */
export class Relay {
  readonly store = new MemoryStore({ dedupeWindowMs: 0, leaseMs: LEASE_MS });
  readonly registry = new Registry();
  readonly observer = new RecordingObserver();
  readonly transport: ScriptedTransport;
  readonly dispatcher: Dispatcher;
  /** Whether the registry's rules are those that everybody has. */
  areRulesNewest = true;
  /** Webhooks whose targets said that they are gone. */
  readonly gone: string[] = [];

  constructor({ webhooks, script, maxInFlight = 100 }: RelaySettings) {
    this.registry.replace(webhooks);
    this.transport = new ScriptedTransport(script);
    this.dispatcher = new Dispatcher({
      store: this.store,
      registry: this.registry,
      sender: makeSender({ transport: this.transport }),
      observer: this.observer,
      maxInFlight,
      leaseMs: LEASE_MS,
      onGone: ({ id }) => void this.gone.push(id),
      clock: () => Date.now(),
      random: () => Math.random(),
    });
  }

  /** Hands one CDR in that hits these webhooks, as intake does. Gives its id. */
  async hand(...webhookIds: string[]): Promise<string> {
    const reservations = new Map(webhookIds.map((id) => [id, this.dispatcher.reserve(id)]));
    const hits = webhookIds.map((webhookId) => ({
      webhookId,
      lease: reservations.get(webhookId) !== undefined,
    }));
    const [accepted] = await this.store.accept([newCdr([], { hits })]);
    for (const lease of accepted?.leases ?? []) reservations.get(lease.webhookId)?.send(lease);
    for (const { webhookId, lease } of hits) if (!lease) this.dispatcher.notify(webhookId);
    return accepted?.id ?? '';
  }

  /** Stores deliveries that wait, and tells nobody: what a router finds when it starts. */
  async leaveWaiting(webhookId: string, count: number): Promise<void> {
    await this.store.accept(Array.from({ length: count }, () => newCdr([webhookId])));
  }

  /** The deliveries to a webhook, oldest first. */
  async deliveries(webhookId: string): Promise<Delivery[]> {
    return (await this.store.deliveries({ webhookId, limit: 10_000 })).reverse();
  }

  /** The states of the deliveries to a webhook, oldest first. */
  async states(webhookId: string): Promise<string[]> {
    return (await this.deliveries(webhookId)).map(({ state }) => state);
  }

  /** The requests that a webhook of `hook` got. */
  requestsTo(id: string): number {
    return this.transport.to(urlOf(id)).length;
  }
}

/** Makes a relay on fake timers for the running test. `start` is left to the test. */
export function makeRelay(settings: RelaySettings): Relay {
  vi.useFakeTimers({ now: new Date('2026-11-21T12:00:00Z'), fakeNodeBuiltins: true });
  // No jitter and the shortest bursts.
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  const relay = new Relay(settings);
  // As whoever reads the rules does.
  const confirming = setInterval(() => {
    if (relay.areRulesNewest) relay.registry.departures.confirmed();
  }, 500);
  onTestFinished(async () => {
    // Of several relays in one test only the last is left: a clock that is made anew drops what waited on the old one.
    if (!vi.isFakeTimers()) return;
    clearInterval(confirming);
    const stopped = relay.dispatcher.stop(0);
    await vi.advanceTimersByTimeAsync(10_000);
    await stopped;
    vi.useRealTimers();
  });
  return relay;
}

/** The url of a webhook of `hook`. */
export function urlOf(id: string): string {
  return `http://${id}.test/`;
}

/** A webhook with a url of its own that gives up after its first attempt unless told otherwise. */
export function hook(id: string, members: Partial<WebhookDocument> = {}): Webhook {
  return webhookWithoutRetries({ id, url: urlOf(id), ...members });
}
