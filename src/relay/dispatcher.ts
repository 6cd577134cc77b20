import { setTimeout as wait } from 'node:timers/promises';
import type { Lease, Outcome } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { Registry } from '../webhooks/registry.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { Admission } from './admission.ts';
import { recordOf, type AttemptResult } from './attempt-result.ts';
import { Backlog, POLL_MS } from './backlog.ts';
import type { Breaker } from './breaker.ts';
import { Heartbeat } from './heartbeat.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { Lookahead } from './lookahead.ts';
import { outcomeOf } from './retry-policy.ts';
import type { Sender } from './sender.ts';

/** Who wants to know what the relay does. */
export interface RelayObserver {
  /** An attempt has ended. `number` is 1 for a delivery's first. */
  attempted(lease: Lease, attempt: AttemptResult, number: number): void;
  /** A delivery has become final or was put back to wait, and that is on record. */
  settled(lease: Lease, outcome: Outcome): void;
  /** A webhook's breaker has opened, or closed again. */
  breakerChanged(webhookId: string, breaker: Breaker): void;
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
  /** Called when a target has answered that it is gone for good: its webhook should be disabled. */
  readonly onGone: (webhookId: string) => void;
}

/** The part of a lease's time in which it is certainly held, whatever the clocks and the store's delays. */
const LEASE_IS_SURE = 0.8;
/** Gives the lease back as it was. */
const GIVE_BACK: Outcome = { state: 'pending', delayMs: 0, countsAsRound: false };

/**
 * Leases deliveries, has them sent and settles them. What waits, waits in the store: only what is under way is in memory.
 * Each webhook has its own backlog, room, rate limit and breaker, so that none costs the others anything.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #admission: Admission;
  readonly #backlog: Backlog;
  readonly #lookahead: Lookahead;
  readonly #leases: LeaseKeeper;
  readonly #heartbeat: Heartbeat;
  readonly #stopping = new AbortController();
  #isDraining = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const { store, leaseMs } = options;
    const onFailure = options.observer.storeFailed.bind(options.observer);
    this.#leases = new LeaseKeeper({ store, leaseMs, stopping: this.#stopping.signal, onFailure });
    this.#admission = new Admission(options.registry, options.maxInFlight);
    const onMembership = this.#admission.joined.bind(this.#admission);
    this.#heartbeat = new Heartbeat({ store, leaseMs, onMembership });
    this.#lookahead = new Lookahead(options.maxInFlight, leaseMs * LEASE_IS_SURE);
    this.#backlog = new Backlog({
      store,
      admission: this.#admission,
      take: (lease) => {
        this.#begin(lease);
      },
      onFailure,
    });
  }

  /** Begins to look for waiting deliveries. */
  start(): void {
    const { observer } = this.#options;
    this.#backlog.begin();
    void this.#heartbeat.beat().catch(observer.storeFailed.bind(observer));
    this.#timer = setInterval(() => void this.#tick().catch(observer.storeFailed.bind(observer)), POLL_MS);
  }

  /**
   * How long something that could be sent has not been: over the limit of `/readyz` the relay is stuck. A webhook with a
   * delivery under way does not count, however long its backlog: nobody can send faster to a slow target. Nor does one that
   * its breaker or a rate limit holds back.
   */
  get overdueMs(): number {
    return this.#backlog.overdueMs;
  }

  /** Deliveries under way. */
  get inFlight(): number {
    return this.#leases.count;
  }

  /** The webhooks whose breakers are not closed. */
  get broken(): string[] {
    return this.#admission.broken;
  }

  /** How it stands with the target of a webhook. */
  breakerOf(webhookId: string): Breaker {
    return this.#admission.breakerOf(webhookId);
  }

  /**
   * Takes room for a delivery that is about to be stored, unless the webhook has none or older deliveries wait. It is given
   * back by `take` with the lease, or by `release` without one.
   */
  reserve(webhookId: string): boolean {
    if (this.#isDraining || this.#backlog.has(webhookId)) return false;
    if (!this.#options.registry.webhooks.has(webhookId)) return false;
    if (this.#admission.room(webhookId) < 1) {
      return this.#admission.isMerelyBusy(webhookId) && this.#lookahead.promise(webhookId);
    }
    this.#admission.reserve(webhookId);
    return true;
  }

  /** Gives back room that was not used. */
  release(webhookId: string): void {
    if (this.#admission.useReserved(webhookId)) this.#admission.giveBack(webhookId, 1);
    else this.#lookahead.release(webhookId);
    this.#sendNext(webhookId);
  }

  /** Sends a delivery for which `reserve` has taken room, now or as soon as those before it have ended. */
  take(lease: Lease): void {
    if (this.#admission.useReserved(lease.webhookId)) {
      this.#begin(lease);
    } else {
      this.#lookahead.add(lease, Date.now());
      this.#sendNext(lease.webhookId);
    }
  }

  /** Tells that a webhook has a new delivery that waits. */
  notify(webhookId: string): void {
    this.#backlog.notify(webhookId);
  }

  /**
   * Stops: nothing new is begun, what is under way gets `graceMs` to end, then it is cut off and its leases are given
   * back.
   */
  async stop(graceMs: number): Promise<void> {
    this.#isDraining = true;
    this.#backlog.stop();
    for (const webhookId of this.#lookahead.webhookIds) this.#giveBack(webhookId);
    const ended = this.#backlog.settled().then(() => this.#leases.ended());
    const grace = new AbortController();
    await Promise.race([ended, wait(graceMs, undefined, { signal: grace.signal }).catch(() => undefined)]);
    grace.abort();
    this.#stopping.abort(new Error('the router is stopping'));
    await this.#backlog.settled();
    await this.#leases.ended();
    clearInterval(this.#timer);
  }

  /** Sends a delivery for which there is room taken. */
  #begin(lease: Lease): void {
    const { webhookId } = lease;
    void this.#leases.keep([lease], this.#deliver(lease)).then(() => {
      this.#admission.end(webhookId);
      this.#sendNext(webhookId);
    });
  }

  /** There may be room again: for what was leased ahead first, because it is older than what waits in the store. */
  #sendNext(webhookId: string): void {
    while (this.#lookahead.has(webhookId) && !this.#isDraining && this.#admission.room(webhookId) > 0) {
      const lease = this.#lookahead.next(webhookId, Date.now());
      if (lease === undefined) break;
      this.#admission.take(webhookId, 1);
      this.#begin(lease);
    }
    if (this.#isDraining || !this.#admission.isMerelyBusy(webhookId)) this.#giveBack(webhookId);
    this.#backlog.fillSoon();
  }

  /** Lets what was leased ahead wait in the store. */
  #giveBack(webhookId: string): void {
    const leases = this.#lookahead.drain(webhookId);
    if (leases.length === 0) return;
    const settlements = leases.map((lease) => ({ lease, attempts: [], outcome: GIVE_BACK }));
    void this.#leases.keep(leases, this.#leases.settle(settlements)).then(() => {
      this.#backlog.notify(webhookId);
    });
  }

  async #deliver(lease: Lease): Promise<void> {
    const { registry, observer, onGone } = this.#options;
    // Looked up now and not when the CDR matched, so that a corrected webhook helps what already waits.
    const webhook = registry.webhooks.get(lease.webhookId);
    const attempts = webhook?.enabled === true && !this.#isDraining ? await this.#send(webhook, lease) : [];
    const outcome = this.#outcomeOf(webhook, lease, attempts);
    if (attempts.at(-1)?.verdict === 'gone') onGone(lease.webhookId);
    if (await this.#leases.settle([{ lease, attempts: attempts.map(recordOf), outcome }]))
      observer.settled(lease, outcome);
  }

  async #send(webhook: Webhook, lease: Lease): Promise<AttemptResult[]> {
    let number = lease.attempts;
    return this.#options.sender.send(webhook, lease.cdr, {
      onAttempt: (attempt) => {
        this.#attempted(lease, attempt, (number += 1));
      },
      mayRepeat: () => this.#admission.mayRepeat(webhook.id),
      signal: this.#stopping.signal,
    });
  }

  #attempted(lease: Lease, attempt: AttemptResult, number: number): void {
    const { observer } = this.#options;
    const { webhookId } = lease;
    const before = this.#admission.breakerOf(webhookId).openedAtMs;
    this.#admission.attempted(webhookId, attempt);
    observer.attempted(lease, attempt, number);
    const breaker = this.#admission.breakerOf(webhookId);
    if ((before === undefined) !== (breaker.openedAtMs === undefined))
      observer.breakerChanged(webhookId, breaker);
  }

  #outcomeOf(webhook: Webhook | undefined, lease: Lease, attempts: readonly AttemptResult[]): Outcome {
    if (webhook === undefined) return { state: 'cancelled' };
    const last = attempts.at(-1);
    // A burst cut short by a stop is not held against the delivery.
    const wasCutOff = this.#stopping.signal.aborted && (last === undefined || last.verdict === 'retry');
    if (last === undefined || wasCutOff) return GIVE_BACK;
    return outcomeOf(last, lease.rounds, webhook.retry, Math.random());
  }

  /** Renews first: after a pause of the process, looking for what is due would end the leases of what is under way. */
  async #tick(): Promise<void> {
    await this.#leases.renew(this.#lookahead.leases, (renewal) => {
      this.#lookahead.renewed(renewal);
    });
    await this.#heartbeat.beat();
    for (const webhookId of this.#lookahead.webhookIds) this.#sendNext(webhookId);
    if (this.#isDraining) return;
    this.#admission.tidy();
    await this.#backlog.poll();
  }
}
