import { setTimeout as wait } from 'node:timers/promises';
import type { Lease, Outcome, Settlement } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { Registry } from '../webhooks/registry.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { outcomeOf, recordOf, type AttemptResult } from './retry-policy.ts';
import type { Sender } from './sender.ts';
import { Slots } from './slots.ts';
import { StallWatch } from './stall-watch.ts';

/** Who wants to know what the relay does. */
export interface RelayObserver {
  /** An attempt has ended. `number` is 1 for a delivery's first. */
  attempted(lease: Lease, attempt: AttemptResult, number: number): void;
  /** A delivery has become final or was put back to wait, and that is on record. */
  settled(lease: Lease, outcome: Outcome): void;
  /** The store did not take something; it is tried again. */
  storeFailed(error: unknown): void;
}

/** What a dispatcher needs to work. */
export interface DispatcherOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly sender: Sender;
  readonly observer: RelayObserver;
  /** Deliveries under way at the same time, over all webhooks. */
  readonly maxInFlight: number;
  /** How long the store's leases are good for. */
  readonly leaseMs: number;
}

/** How often waiting deliveries are looked for: bounds how late a round can begin. */
const POLL_MS = 500;
/** Webhooks looked at in one step of that. */
const POLL_PAGE = 1_000;
/** How long to wait before what the store refused is tried again. */
const STORE_RETRY_MS = 1_000;
/** Gives the lease back as it was. */
const GIVE_BACK: Outcome = { state: 'pending', delayMs: 0, countsAsRound: false };

/**
 * Leases deliveries, has them sent and settles them. What waits, waits in the store: only what is under way is in memory.
 * Each webhook has its own backlog and its own room, and those with a backlog take turns.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #slots: Slots;
  readonly #stallWatch = new StallWatch(POLL_MS);
  /** Webhooks known to have due deliveries, in the order in which they get their turn. */
  readonly #backlogged = new Set<string>();
  readonly #inFlight = new Map<Lease, Promise<void>>();
  readonly #stopping = new AbortController();
  #isDraining = false;
  /** Answers of `Store.lease` that are awaited. */
  readonly #leasing = new Set<Promise<void>>();
  #fillScheduled = false;
  #timer: NodeJS.Timeout | undefined;
  #pollFrom = '';
  #renewAtMs = 0;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#slots = new Slots(options.maxInFlight);
  }

  /** Begins to look for waiting deliveries. */
  start(): void {
    this.#stallWatch.begin();
    this.#timer = setInterval(() => void this.#guarded(() => this.#tick()), POLL_MS);
  }

  /**
   * How long something that could be sent has not been: over the limit of `/readyz` the relay is stuck. A webhook with a
   * delivery under way does not count, however long its backlog: nobody can send faster to a slow target.
   */
  get overdueMs(): number {
    return this.#stallWatch.overdueMs;
  }

  /** Deliveries under way. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /**
   * Takes a slot for a delivery that is about to be stored, unless the webhook has no room or older deliveries wait.
   * The slot is given back by `take` with the lease, or by `release` without one.
   */
  reserve(webhookId: string): boolean {
    const webhook = this.#options.registry.webhooks.get(webhookId);
    if (this.#isDraining || webhook === undefined || this.#backlogged.has(webhookId)) return false;
    if (this.#slots.room(webhookId, webhook) < 1) return false;
    this.#slots.take(webhookId, 1);
    return true;
  }

  /** Gives a reserved slot back. */
  release(webhookId: string): void {
    this.#slots.free(webhookId, 1);
    this.#scheduleFill();
  }

  /** Sends a delivery that was leased into a reserved slot. */
  take(lease: Lease): void {
    const work = this.#guarded(() => this.#deliver(lease)).finally(() => {
      this.#inFlight.delete(lease);
      this.release(lease.webhookId);
    });
    this.#inFlight.set(lease, work);
  }

  /** Tells that a webhook has a new delivery that waits. */
  notify(webhookId: string): void {
    this.#backlogged.add(webhookId);
    this.#scheduleFill();
  }

  /**
   * Stops: nothing new is begun, what is under way gets `graceMs` to end, then it is cut off and its leases are given
   * back.
   */
  async stop(graceMs: number): Promise<void> {
    this.#isDraining = true;
    const ended = Promise.allSettled(this.#leasing).then(() => Promise.all(this.#inFlight.values()));
    const grace = new AbortController();
    await Promise.race([ended, wait(graceMs, undefined, { signal: grace.signal }).catch(() => undefined)]);
    grace.abort();
    this.#stopping.abort(new Error('the router is stopping'));
    await Promise.allSettled(this.#leasing);
    await Promise.all(this.#inFlight.values());
    clearInterval(this.#timer);
  }

  async #deliver(lease: Lease): Promise<void> {
    const { registry, observer } = this.#options;
    // Looked up now and not when the CDR matched, so that a corrected webhook helps what already waits.
    const webhook = registry.webhooks.get(lease.webhookId);
    const attempts = webhook?.enabled === true && !this.#isDraining ? await this.#send(webhook, lease) : [];
    const outcome = this.#outcomeOf(webhook, lease, attempts);
    if (await this.#settle({ lease, attempts: attempts.map(recordOf), outcome }))
      observer.settled(lease, outcome);
  }

  async #send(webhook: Webhook, lease: Lease): Promise<AttemptResult[]> {
    const { sender, observer } = this.#options;
    let number = lease.attempts;
    const onAttempt = (attempt: AttemptResult): void => {
      observer.attempted(lease, attempt, (number += 1));
    };
    return sender.send(webhook, lease.cdr, onAttempt, this.#stopping.signal);
  }

  #outcomeOf(webhook: Webhook | undefined, lease: Lease, attempts: readonly AttemptResult[]): Outcome {
    if (webhook === undefined) return { state: 'cancelled' };
    const last = attempts.at(-1);
    // A burst cut short by a stop is not held against the delivery.
    const wasCutOff = this.#stopping.signal.aborted && (last === undefined || last.verdict === 'retry');
    if (last === undefined || wasCutOff) return GIVE_BACK;
    return outcomeOf(last, lease.rounds, webhook.retry, Math.random());
  }

  /** Settles as often as it takes. Whether it succeeded: it ends without when the router stops. */
  async #settle(settlement: Settlement): Promise<boolean> {
    for (;;) {
      try {
        await this.#options.store.settle([settlement]);
        return true;
      } catch (error) {
        this.#options.observer.storeFailed(error);
        if (this.#stopping.signal.aborted) return false;
        await wait(STORE_RETRY_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      }
    }
  }

  #scheduleFill(): void {
    if (this.#fillScheduled || this.#isDraining || this.#backlogged.size === 0) return;
    this.#fillScheduled = true;
    setImmediate(() => void this.#guarded(() => this.#fill()));
  }

  /** Leases as much as there is room for, for every webhook with a backlog. */
  async #fill(): Promise<void> {
    this.#fillScheduled = false;
    if (this.#isDraining) return;
    const rooms = new Map<string, number>();
    for (const webhookId of this.#backlogged) {
      const room = this.#slots.room(webhookId, this.#options.registry.webhooks.get(webhookId));
      if (room < 1) continue;
      rooms.set(webhookId, room);
      this.#slots.take(webhookId, room);
      // Until the answer is there, a new delivery may set the mark again.
      this.#backlogged.delete(webhookId);
    }
    if (rooms.size === 0) return;
    const leasing = this.#lease(rooms).finally(() => this.#leasing.delete(leasing));
    this.#leasing.add(leasing);
    await leasing;
  }

  async #lease(rooms: ReadonlyMap<string, number>): Promise<void> {
    const leases = await this.#options.store.lease(rooms).catch((error: unknown) => {
      for (const [webhookId, room] of rooms) this.#slots.free(webhookId, room);
      throw error;
    });
    const used = Map.groupBy(leases, ({ webhookId }) => webhookId);
    for (const [webhookId, room] of rooms) {
      const count = used.get(webhookId)?.length ?? 0;
      this.#slots.free(webhookId, room - count);
      if (count === room) this.#backlogged.add(webhookId);
    }
    for (const lease of leases) this.take(lease);
    // Others may have been waiting for the room that was not used.
    this.#scheduleFill();
  }

  /** Renews first: after a pause of the process, looking for what is due would end the leases of what is under way. */
  async #tick(): Promise<void> {
    await this.#renew();
    if (!this.#isDraining) await this.#poll();
  }

  async #poll(): Promise<void> {
    const { store, registry } = this.#options;
    const { webhooks, next } = await store.due(this.#pollFrom, POLL_PAGE);
    const sendable = webhooks.filter(
      ({ webhookId }) => this.#slots.room(webhookId, registry.webhooks.get(webhookId)) > 0,
    );
    const idle = sendable.filter(({ webhookId }) => this.#slots.isIdle(webhookId));
    const overdueMs = Math.max(0, ...idle.map((webhook) => webhook.overdueMs));
    this.#stallWatch.looked(overdueMs, next === '');
    for (const { webhookId } of sendable) this.notify(webhookId);
    this.#pollFrom = next;
  }

  async #renew(): Promise<void> {
    if (this.#inFlight.size === 0 || Date.now() < this.#renewAtMs) return;
    await this.#options.store.renew([...this.#inFlight.keys()]);
    this.#renewAtMs = Date.now() + this.#options.leaseMs / 3;
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.observer.storeFailed(error);
    }
  }
}
