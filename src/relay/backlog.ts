import type { Lease } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { Admission } from './admission.ts';
import { StallWatch } from './stall-watch.ts';

/** What a backlog needs to work. */
export interface BacklogOptions {
  readonly store: Pick<Store, 'due' | 'lease'>;
  readonly admission: Admission;
  /** Gets what was leased; room for it is taken. */
  readonly take: (lease: Lease) => void;
  /** Told why the store could not be asked; that is tried again. */
  readonly onFailure: (error: unknown) => void;
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
  readonly #stallWatch = new StallWatch(POLL_MS);
  /** Webhooks known to have due deliveries, in the order in which they get their turn. */
  readonly #webhooks = new Set<string>();
  /** Answers of `Store.lease` that are awaited. */
  readonly #leasing = new Set<Promise<void>>();
  #fillScheduled = false;
  #wakeTimer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #pollFrom = '';

  constructor(options: BacklogOptions) {
    this.#options = options;
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
    return this.#webhooks.has(webhookId);
  }

  /** A webhook has a delivery that waits. */
  notify(webhookId: string): void {
    this.#webhooks.add(webhookId);
    this.fillSoon();
  }

  /** There may be room again. */
  fillSoon(): void {
    if (this.#fillScheduled || this.#isStopped || this.#webhooks.size === 0) return;
    this.#fillScheduled = true;
    setImmediate(() => {
      this.#fillScheduled = false;
      if (!this.#isStopped) this.#fill();
    });
  }

  /** Looks through a part of the webhooks for deliveries that are due. */
  async poll(): Promise<void> {
    const { store, admission } = this.#options;
    const { webhooks, next } = await store.due(this.#pollFrom, POLL_PAGE);
    const sendable = webhooks.filter(({ webhookId }) => admission.room(webhookId) > 0);
    const idle = sendable.filter(({ webhookId }) => admission.isIdle(webhookId));
    const overdueMs = Math.max(0, ...idle.map((webhook) => webhook.overdueMs));
    this.#stallWatch.looked(overdueMs, next === '');
    for (const { webhookId } of sendable) this.notify(webhookId);
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

  /** Leases as much as there is room for, for every webhook with a backlog. */
  #fill(): void {
    const { admission } = this.#options;
    const rooms = new Map<string, number>();
    for (const webhookId of this.#webhooks) {
      const room = admission.room(webhookId);
      if (room < 1) continue;
      rooms.set(webhookId, room);
      admission.take(webhookId, room);
      // Until the answer is there, a new delivery may set the mark again.
      this.#webhooks.delete(webhookId);
    }
    this.#wakeInTime();
    if (rooms.size === 0) return;
    const leasing = this.#lease(rooms)
      .catch(this.#options.onFailure)
      .finally(() => this.#leasing.delete(leasing));
    this.#leasing.add(leasing);
  }

  async #lease(rooms: ReadonlyMap<string, number>): Promise<void> {
    const { store, admission, take } = this.#options;
    const leases = await store.lease(rooms).catch((error: unknown) => {
      for (const [webhookId, room] of rooms) admission.giveBack(webhookId, room);
      throw error;
    });
    const used = Map.groupBy(leases, ({ webhookId }) => webhookId);
    for (const [webhookId, room] of rooms) {
      const count = used.get(webhookId)?.length ?? 0;
      admission.giveBack(webhookId, room - count);
      if (count === room) this.#webhooks.add(webhookId);
    }
    for (const lease of leases) take(lease);
    // Others may have been waiting for the room that was not used.
    this.fillSoon();
  }

  /** What a rate limit holds back is sent when it may be, and not only when somebody looks again. */
  #wakeInTime(): void {
    const nowMs = Date.now();
    let wakeAtMs = nowMs + POLL_MS;
    for (const webhookId of this.#webhooks) {
      const atMs = this.#options.admission.nextAtMs(webhookId);
      if (atMs > nowMs) wakeAtMs = Math.min(wakeAtMs, atMs);
    }
    clearTimeout(this.#wakeTimer);
    if (wakeAtMs === nowMs + POLL_MS) return;
    this.#wakeTimer = setTimeout(
      () => {
        this.fillSoon();
      },
      Math.ceil(wakeAtMs - nowMs),
    );
  }
}
