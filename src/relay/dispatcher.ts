import { setTimeout as wait } from 'node:timers/promises';
import type { Lease } from '../store/records.ts';
import type { Membership, Store } from '../store/store.ts';
import type { Registry } from '../webhooks/registry.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { Admission } from './admission.ts';
import { Backlog, POLL_MS } from './backlog.ts';
import type { Breaker } from './breaker.ts';
import { Deliverer, GIVE_BACK, type RelayObserver } from './deliverer.ts';
import { Exclusive } from './exclusive.ts';
import { Heartbeat } from './heartbeat.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { Lookahead } from './lookahead.ts';
import type { Permit } from './permit.ts';
import { Reservations, type Reservation } from './reservation.ts';
import type { Sender } from './sender.ts';
import { steadyClock } from './steady-clock.ts';

/** What a dispatcher needs to work. */
export interface DispatcherOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly sender: Pick<Sender, 'send'>;
  readonly observer: RelayObserver;
  /** Deliveries under way at the same time, over all webhooks. */
  readonly maxInFlight: number;
  /** How long the store's leases are good for. */
  readonly leaseMs: number;
  /** Called when a target has answered that it is gone for good: its webhook, as it was then, should be disabled. */
  readonly onGone: (webhook: Webhook) => void;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** A number from 0 to 1, another each time. */
  readonly random: () => number;
}

/** The part of a lease's time in which it is certainly held, whatever the clocks and the store's delays. */
const LEASE_IS_SURE = 0.8;

/**
 * Leases deliveries, has them sent and settles them. What waits, waits in the store: only what is under way is in memory.
 * Each webhook has its own backlog, room, rate limit and breaker, so that none costs the others anything.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  /** For how long leases are held, whatever is done to the wall clock. */
  readonly #leaseClock: () => number;
  readonly #admission: Admission;
  readonly #backlog: Backlog;
  readonly #lookahead: Lookahead;
  readonly #reservations: Reservations;
  readonly #leases: LeaseKeeper;
  readonly #deliverer: Deliverer;
  readonly #heartbeat: Heartbeat;
  readonly #renewing = new Exclusive();
  readonly #polling = new Exclusive();
  #isDraining = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const { store, leaseMs, observer, clock } = options;
    const onStoreFailure = observer.storeFailed.bind(observer);
    const onBug = observer.failed.bind(observer);
    this.#leaseClock = steadyClock(clock);
    const steady = { leaseMs, clock: this.#leaseClock };
    this.#leases = new LeaseKeeper({ ...steady, store, onStoreFailure, onBug });
    this.#admission = new Admission(options);
    const admission = this.#admission;
    const breakerOf = admission.breakerOf.bind(admission);
    this.#deliverer = new Deliverer({ ...options, leases: this.#leases, breakerOf });
    const onMembership = (membership: Membership): void => {
      admission.joined(membership);
      observer.storeAnswered();
    };
    this.#heartbeat = new Heartbeat({ ...steady, store, onMembership });
    this.#lookahead = new Lookahead(options.maxInFlight, leaseMs * LEASE_IS_SURE);
    this.#reservations = new Reservations({
      ...{ admission, lookahead: this.#lookahead, leaseClock: this.#leaseClock },
      send: this.#send.bind(this),
      sendNext: this.#sendNext.bind(this),
    });
    const reserve = this.#reservations.many.bind(this.#reservations);
    this.#backlog = new Backlog({ store, admission, clock, reserve, onFailure: onStoreFailure });
  }

  /** Begins to look for waiting deliveries. */
  start(): void {
    const { observer } = this.#options;
    this.#backlog.begin();
    void this.#heartbeat.beat().catch(observer.storeFailed.bind(observer));
    this.#timer = setInterval(() => {
      void this.#look().catch(observer.storeFailed.bind(observer));
    }, POLL_MS);
  }

  /**
   * How long something that could be sent has not been: over the limit of `/readyz` the relay is stuck. A webhook with a
   * delivery under way does not count, however long its backlog: nobody can send faster to a slow target. Nor does one that
   * its breaker or a rate limit holds back.
   */
  get overdueMs(): number {
    return this.#backlog.overdueMs;
  }

  /** For how long the store has not been able to do its work; `undefined` when it was when it was asked last. */
  get storeAwayMs(): number | undefined {
    return this.#heartbeat.failingMs;
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

  /** Takes room for a delivery that is about to be stored, unless the webhook has none or older deliveries wait. */
  reserve(webhookId: string): Reservation | undefined {
    if (this.#isDraining || this.#backlog.has(webhookId)) return undefined;
    if (!this.#options.registry.webhooks.has(webhookId)) return undefined;
    return this.#reservations.one(webhookId);
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
    for (const webhookId of this.#lookahead.webhookIds) this.#giveBackAhead(webhookId);
    const ended = this.#backlog.settled().then(() => this.#leases.ended());
    const grace = new AbortController();
    await Promise.race([ended, wait(graceMs, undefined, { signal: grace.signal }).catch(() => undefined)]);
    grace.abort();
    this.#leases.cutOff();
    await this.#backlog.settled();
    await this.#leases.ended();
    clearInterval(this.#timer);
  }

  /** Sends a delivery that has its room, which is given back in the end. */
  #send(lease: Lease, permit: Permit): void {
    const work = (signal: AbortSignal): Promise<void> =>
      this.#isDraining ? this.#giveBack([lease]) : this.#deliver(lease, permit, signal);
    void this.#leases.keepDuring([lease], work).then(() => {
      permit.release();
      this.#sendNext(lease.webhookId);
    });
  }

  async #deliver(lease: Lease, permit: Permit, signal: AbortSignal): Promise<void> {
    const settlement = await this.#deliverer.deliver(lease, permit, signal);
    const settled = this.#deliverer.settle(settlement);
    // The target has room for the next one while this one goes to the disk.
    permit.sent();
    this.#sendNext(lease.webhookId);
    await settled;
  }

  /** There may be room again: for what was leased ahead first, because it is older than what waits in the store. */
  #sendNext(webhookId: string): void {
    while (this.#lookahead.has(webhookId) && !this.#isDraining && this.#admission.room(webhookId) > 0) {
      const lease = this.#lookahead.next(webhookId, this.#leaseClock());
      if (lease === undefined) break;
      this.#send(lease, this.#admission.take(webhookId));
    }
    if (this.#isDraining || !this.#admission.isMerelyBusy(webhookId)) this.#giveBackAhead(webhookId);
    this.#backlog.roomMayBeBack(webhookId);
  }

  /** Lets what was leased ahead wait in the store. */
  #giveBackAhead(webhookId: string): void {
    const leases = this.#lookahead.drain(webhookId);
    if (leases.length === 0) return;
    void this.#leases
      .keepDuring(leases, () => this.#giveBack(leases))
      .then(() => {
        this.#backlog.notify(webhookId);
      });
  }

  async #giveBack(leases: readonly Lease[]): Promise<void> {
    await this.#leases.settle(leases.map((lease) => ({ lease, attempts: [], outcome: GIVE_BACK })));
  }

  /** Renews first: after a pause of the process, looking for what is due would end the leases of what is under way. */
  async #look(): Promise<void> {
    // A store that does not answer is not asked the same again meanwhile.
    if (!(await this.#renewing.run(() => this.#renew()))) return;
    for (const webhookId of this.#lookahead.webhookIds) this.#sendNext(webhookId);
    if (this.#isDraining) return;
    this.#admission.tidy();
    await this.#polling.run(() => this.#backlog.poll());
  }

  async #renew(): Promise<void> {
    const renewed = this.#leases.renew(this.#lookahead.leases, (renewal) => {
      this.#lookahead.renewed(renewal);
    });
    await Promise.all([renewed, this.#heartbeat.beat()]);
  }
}
