import { setTimeout as wait } from 'node:timers/promises';
import type { Lease, Settlement } from '../store/records.ts';
import { StoreUnavailableError, type Store } from '../store/store.ts';
import { LEASE_LOST, ROUTER_STOPPED } from './cut-off.ts';

/** What keeping leases needs. */
export interface LeaseKeeperOptions {
  readonly store: Pick<Store, 'renew' | 'settle'>;
  /** How long the store's leases are good for. */
  readonly leaseMs: number;
  /** Milliseconds of a clock that is never set back. */
  readonly clock: () => number;
  /** Told why the store did not take something; it is tried again. */
  readonly onStoreFailure: (error: unknown) => void;
  /** Told what should never have been thrown. */
  readonly onBug: (error: unknown) => void;
}

/** What came of renewing leases. */
export interface Renewal {
  /** Milliseconds of the keeper's clock. */
  readonly askedAtMs: number;
  readonly held: ReadonlySet<Lease>;
  /** They ran out, and may be held by somebody else. */
  readonly lost: ReadonlySet<Lease>;
}

/** Work that leases are kept for. */
interface Work {
  readonly cutOff: AbortController;
  /** Fulfilled when the work has ended, well or not. */
  readonly ended: Promise<void>;
}

/** How long to wait before what the store refused is tried again. */
const STORE_RETRY_MS = 1_000;
/** The same for what is not the store's trouble but a mistake of ours, which seldom goes by itself. */
const BUG_RETRY_MS = 60_000;

/**
 * Keeps leases for as long as work on them is under way: renews them in time, cuts off the work on those that are lost, and
 * settles them.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #works = new Map<Lease, Work>();
  readonly #stopping = new AbortController();
  #renewAtMs = 0;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  /** How many leases are kept. */
  get count(): number {
    return this.#works.size;
  }

  /**
   * Begins work on leases and keeps them until it has ended, well or not; then the promise is fulfilled.
   *
   * @param begin is given what cuts the work off: because a lease is lost, or because the router stops.
   */
  keepDuring(leases: readonly Lease[], begin: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const cutOff = new AbortController();
    if (this.#stopping.signal.aborted) cutOff.abort(ROUTER_STOPPED);
    const ended = begin(cutOff.signal)
      .catch(this.#options.onBug)
      .finally(() => {
        for (const lease of leases) this.#works.delete(lease);
      });
    for (const lease of leases) this.#works.set(lease, { cutOff, ended });
    return ended;
  }

  /** Cuts off all work, also what begins later. */
  cutOff(): void {
    this.#stopping.abort(ROUTER_STOPPED);
    for (const work of this.#works.values()) work.cutOff.abort(ROUTER_STOPPED);
  }

  /** Waits until no lease is kept. */
  async ended(): Promise<void> {
    await Promise.all(this.#works.values().map((work) => work.ended));
  }

  /**
   * Settles, as often as it takes until the store has it or all work is cut off. Returns the leases that were still held:
   * only what became of them is on record.
   */
  async settle(settlements: readonly Settlement[]): Promise<readonly Lease[]> {
    const { store, onStoreFailure, onBug } = this.#options;
    const { signal } = this.#stopping;
    for (;;) {
      try {
        return await store.settle(settlements);
      } catch (error) {
        const isUnavailable = error instanceof StoreUnavailableError;
        (isUnavailable ? onStoreFailure : onBug)(error);
        if (signal.aborted) return [];
        await wait(isUnavailable ? STORE_RETRY_MS : BUG_RETRY_MS, undefined, { signal }).catch(
          () => undefined,
        );
      }
    }
  }

  /** Renews what is kept, and leases that merely wait, when it is time to; then tells what came of it. */
  async renew(waiting: readonly Lease[], onRenewed: (renewal: Renewal) => void): Promise<void> {
    const askedAtMs = this.#options.clock();
    const asked = [...this.#works.keys(), ...waiting];
    if (asked.length === 0 || askedAtMs < this.#renewAtMs) return;
    const held = new Set(await this.#options.store.renew(asked));
    this.#renewAtMs = this.#options.clock() + this.#options.leaseMs / 3;
    const lost = new Set(asked).difference(held);
    for (const lease of lost) this.#works.get(lease)?.cutOff.abort(LEASE_LOST);
    onRenewed({ askedAtMs, held, lost });
  }
}
