import type { Lease } from '../store/records.ts';
import type { Renewal } from './lease-keeper.ts';

/** Deliveries of one webhook that may be leased beyond what it has room for. */
export const LOOKAHEAD = 32;

/** A place for a lease that is about to be taken. One of both is called, once. */
export interface Place {
  /** Puts the lease behind the others of its webhook. */
  fill(lease: Lease, nowMs: number): void;
  /** The lease is not taken. */
  release(): void;
}

/** A lease that waits in memory. */
interface Waiting {
  readonly lease: Lease;
  /** Milliseconds of the clock by which leases are renewed. Later it may be somebody else's, and must be renewed before it is used. */
  sureUntilMs: number;
}

/**
 * Leases taken ahead of a webhook's room, so that what comes in faster than it can be sent for a moment need not be read
 * back from the store. They are few, and wait in the order in which they came.
 */
export class Lookahead {
  readonly #max: number;
  readonly #sureMs: number;
  /** How many places wait for their leases, by webhook. */
  readonly #promised = new Map<string, number>();
  readonly #waiting = new Map<string, Waiting[]>();
  #total = 0;

  /**
   * @param max leases over all webhooks.
   * @param sureMs how long after it was taken or renewed a lease is certainly held.
   */
  constructor(max: number, sureMs: number) {
    this.#max = max;
    this.#sureMs = sureMs;
  }

  /** Webhooks of which leases wait. */
  get webhookIds(): string[] {
    return [...this.#waiting.keys()];
  }

  /** The leases that wait, to be renewed. */
  get leases(): Lease[] {
    return [...this.#waiting.values()].flatMap((queue) => queue.map(({ lease }) => lease));
  }

  /** Whether leases of a webhook wait. */
  has(webhookId: string): boolean {
    return this.#waiting.has(webhookId);
  }

  /** Whether less than half as many are leased ahead of a webhook's room as may be, so that it is time for more. */
  isRunningOut(webhookId: string): boolean {
    return this.#count(webhookId) < LOOKAHEAD / 2;
  }

  /** Keeps a place for a lease that is about to be taken, if there is any. */
  place(webhookId: string): Place | undefined {
    if (this.#total >= this.#max || this.#count(webhookId) >= LOOKAHEAD) return undefined;
    this.#promised.set(webhookId, (this.#promised.get(webhookId) ?? 0) + 1);
    this.#total += 1;
    return {
      fill: (lease, nowMs) => {
        this.#release(webhookId);
        this.#add(lease, nowMs);
      },
      release: () => {
        this.#release(webhookId);
      },
    };
  }

  /** Takes a webhook's first lease out, unless it would have to be renewed before. */
  next(webhookId: string, nowMs: number): Lease | undefined {
    const queue = this.#waiting.get(webhookId);
    const first = queue?.[0];
    if (queue === undefined || first === undefined || nowMs >= first.sureUntilMs) return undefined;
    queue.shift();
    if (queue.length === 0) this.#waiting.delete(webhookId);
    this.#total -= 1;
    return first.lease;
  }

  /** Takes all leases of a webhook out. */
  drain(webhookId: string): Lease[] {
    const queue = this.#waiting.get(webhookId) ?? [];
    this.#waiting.delete(webhookId);
    this.#total -= queue.length;
    return queue.map(({ lease }) => lease);
  }

  /** Takes note of a renewal: what is not held any more is dropped. */
  renewed({ askedAtMs, held, lost }: Renewal): void {
    for (const [webhookId, queue] of this.#waiting) {
      const kept = queue.filter(({ lease }) => !lost.has(lease));
      for (const waiting of kept) if (held.has(waiting.lease)) waiting.sureUntilMs = askedAtMs + this.#sureMs;
      this.#total -= queue.length - kept.length;
      if (kept.length > 0) this.#waiting.set(webhookId, kept);
      else this.#waiting.delete(webhookId);
    }
  }

  /** How many wait or are about to. */
  #count(webhookId: string): number {
    return (this.#promised.get(webhookId) ?? 0) + (this.#waiting.get(webhookId)?.length ?? 0);
  }

  #release(webhookId: string): void {
    const left = (this.#promised.get(webhookId) ?? 0) - 1;
    if (left > 0) this.#promised.set(webhookId, left);
    else this.#promised.delete(webhookId);
    this.#total -= 1;
  }

  #add(lease: Lease, nowMs: number): void {
    const queue = this.#waiting.get(lease.webhookId) ?? [];
    queue.push({ lease, sureUntilMs: nowMs + this.#sureMs });
    this.#waiting.set(lease.webhookId, queue);
    this.#total += 1;
  }
}
