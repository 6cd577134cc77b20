import type { Store } from '../store/store.ts';
import type { Admission } from './admission.ts';
import type { Reservation } from './reservation.ts';
import { StallWatch } from './stall-watch.ts';

/** What a backlog needs to work. */
export interface BacklogOptions {
  readonly store: Pick<Store, 'due' | 'lease'>;
  readonly admission: Admission;
  /** Takes room for as many deliveries of a webhook as there is. */
  readonly reserve: (webhookId: string) => readonly Reservation[];
  /** Told why the store could not be asked; that is tried again. */
  readonly onFailure: (error: unknown) => void;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/** How often waiting deliveries are looked for: bounds how late a round can begin. */
export const POLL_MS = 500;
/** Webhooks looked at in one step of that. */
const POLL_PAGE = 1_000;

/**
 * Finds deliveries that wait in the store and leases them as there is room. Webhooks with a backlog take turns, and none that
 * has no room holds up the others.
 */
export class Backlog {
  readonly #options: BacklogOptions;
  readonly #stallWatch: StallWatch;
  /** Webhooks known to have due deliveries, in the order in which they get their turn. */
  readonly #webhooks = new Set<string>();
  /** Those of them that are not even looked at before a time, so that many dead targets cost nothing. */
  readonly #aside = new Map<string, number>();
  /** Answers of `Store.lease` that are awaited. */
  readonly #leasing = new Set<Promise<void>>();
  #fillScheduled = false;
  #wakeAtMs = Number.POSITIVE_INFINITY;
  #wakeTimer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #pollFrom = '';

  constructor(options: BacklogOptions) {
    this.#options = options;
    this.#stallWatch = new StallWatch(POLL_MS, options.clock);
  }

  /** Looking for what waits begins now. */
  begin(): void {
    this.#stallWatch.begin();
  }

  /** How long something that could have been sent has not been, in milliseconds. */
  get overdueMs(): number {
    return this.#stallWatch.overdueMs;
  }

  /** Whether a webhook has older deliveries that wait. */
  has(webhookId: string): boolean {
    return this.#webhooks.has(webhookId) || this.#aside.has(webhookId);
  }

  /** A webhook has a delivery that waits. */
  notify(webhookId: string): void {
    if (!this.#aside.has(webhookId)) this.#webhooks.add(webhookId);
    this.#fillSoon();
  }

  /** Something of a webhook has ended: it may have room again, and so may whoever shares that with it. */
  roomMayBeBack(webhookId: string): void {
    if (this.#aside.delete(webhookId)) this.#webhooks.add(webhookId);
    this.#fillSoon();
  }

  /** Looks through a part of the webhooks for deliveries that are due. */
  async poll(): Promise<void> {
    const { store, admission } = this.#options;
    const { webhooks, next } = await store.due(this.#pollFrom, POLL_PAGE);
    const sendable = webhooks.filter(({ webhookId }) => admission.room(webhookId) > 0);
    const idle = sendable.filter(({ webhookId }) => admission.isIdle(webhookId));
    const overdueMs = Math.max(0, ...idle.map((webhook) => webhook.overdueMs));
    this.#stallWatch.looked(overdueMs, next === '');
    for (const { webhookId } of sendable) {
      this.#aside.delete(webhookId);
      this.notify(webhookId);
    }
    this.#pollFrom = next;
  }

  /** Leases nothing more. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#wakeTimer);
  }

  /** Waits until what was being leased has been handed out. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#leasing);
  }

  #fillSoon(): void {
    if (this.#fillScheduled || this.#isStopped || this.#webhooks.size === 0) return;
    this.#fillScheduled = true;
    setImmediate(() => {
      this.#fillScheduled = false;
      if (!this.#isStopped) this.#fill();
    });
  }

  /** Leases as much as there is room for, for every webhook with a backlog. */
  #fill(): void {
    const { admission, reserve } = this.#options;
    const reserved = new Map<string, Reservation[]>();
    for (const webhookId of this.#webhooks) {
      if (admission.isFull) break;
      const reservations = reserve(webhookId);
      if (reservations.length === 0) {
        this.#putAside(webhookId);
        continue;
      }
      reserved.set(webhookId, [...reservations]);
      // Until the answer is there, a new delivery may set the mark again.
      this.#webhooks.delete(webhookId);
    }
    if (reserved.size === 0) return;
    const leasing = this.#lease(reserved)
      .catch(this.#options.onFailure)
      .finally(() => this.#leasing.delete(leasing));
    this.#leasing.add(leasing);
  }

  async #lease(reserved: ReadonlyMap<string, Reservation[]>): Promise<void> {
    try {
      const rooms = new Map([...reserved].map(([webhookId, { length }]) => [webhookId, length]));
      const leases = await this.#options.store.lease(rooms);
      for (const lease of leases) reserved.get(lease.webhookId)?.shift()?.send(lease);
      for (const [webhookId, { length }] of reserved) if (length === 0) this.#webhooks.add(webhookId);
    } finally {
      for (const reservation of [...reserved.values()].flat()) reservation.release();
    }
    // Others may have been waiting for the room that was not used.
    this.#fillSoon();
  }

  /** Looks at a webhook no more until it can have room, if that is known. */
  #putAside(webhookId: string): void {
    const untilMs = this.#options.admission.heldUntilMs(webhookId);
    if (untilMs === undefined) return;
    this.#webhooks.delete(webhookId);
    this.#aside.set(webhookId, untilMs);
    if (untilMs < this.#wakeAtMs) this.#wakeAt(untilMs);
  }

  #wakeAt(atMs: number): void {
    this.#wakeAtMs = atMs;
    clearTimeout(this.#wakeTimer);
    // What is far away is found by looking for it.
    const waitMs = Math.min(Math.ceil(atMs - this.#options.clock()), POLL_MS);
    this.#wakeTimer = setTimeout(() => {
      this.#wake();
    }, waitMs);
  }

  /** Brings back whom there may be room for now, and sets the alarm for the next. */
  #wake(): void {
    const nowMs = this.#options.clock();
    let nextAtMs = Number.POSITIVE_INFINITY;
    for (const [webhookId, untilMs] of this.#aside) {
      if (untilMs > nowMs) nextAtMs = Math.min(nextAtMs, untilMs);
      else if (this.#aside.delete(webhookId)) this.#webhooks.add(webhookId);
    }
    this.#wakeAtMs = Number.POSITIVE_INFINITY;
    if (nextAtMs < Number.POSITIVE_INFINITY && !this.#isStopped) this.#wakeAt(nextAtMs);
    this.#fillSoon();
  }
}
