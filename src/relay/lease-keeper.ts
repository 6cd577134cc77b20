import { setTimeout as wait } from 'node:timers/promises';
import type { Lease, Settlement } from '../store/records.ts';
import type { Store } from '../store/store.ts';

/** What keeping leases needs. */
export interface LeaseKeeperOptions {
  readonly store: Pick<Store, 'renew' | 'settle'>;
  /** How long the store's leases are good for. */
  readonly leaseMs: number;
  /** Ends trying again what the store refused. */
  readonly stopping: AbortSignal;
  /** Told why the store did not take something. */
  readonly onFailure: (error: unknown) => void;
}

/** What came of renewing leases. */
export interface Renewal {
  /** Epoch milliseconds. */
  readonly askedAtMs: number;
  readonly held: ReadonlySet<Lease>;
  /** They ran out, and may be held by somebody else. */
  readonly lost: ReadonlySet<Lease>;
}

/** How long to wait before what the store refused is tried again. */
const STORE_RETRY_MS = 1_000;

/** Keeps leases while something is done with them: renews them in time, and settles them in the end. */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #held = new Map<Lease, Promise<void>>();
  #renewAtMs = 0;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  /** Leases kept. */
  get count(): number {
    return this.#held.size;
  }

  /** Keeps leases until what is done with them has ended, well or not. */
  keep(leases: readonly Lease[], work: Promise<unknown>): Promise<void> {
    const kept = work
      .then(() => undefined)
      .catch(this.#options.onFailure)
      .finally(() => {
        for (const lease of leases) this.#held.delete(lease);
      });
    for (const lease of leases) this.#held.set(lease, kept);
    return kept;
  }

  /** Waits until none is kept. */
  async ended(): Promise<void> {
    await Promise.all(this.#held.values());
  }

  /** Settles as often as it takes. Whether it succeeded: it ends without when the router stops. */
  async settle(settlements: readonly Settlement[]): Promise<boolean> {
    const { store, stopping, onFailure } = this.#options;
    for (;;) {
      try {
        await store.settle(settlements);
        return true;
      } catch (error) {
        onFailure(error);
        if (stopping.aborted) return false;
        await wait(STORE_RETRY_MS, undefined, { signal: stopping }).catch(() => undefined);
      }
    }
  }

  /** Renews what is kept, and leases that merely wait, when it is time to; then tells what came of it. */
  async renew(waiting: readonly Lease[], onRenewed: (renewal: Renewal) => void): Promise<void> {
    const askedAtMs = Date.now();
    const asked = [...this.#held.keys(), ...waiting];
    if (asked.length === 0 || askedAtMs < this.#renewAtMs) return;
    const held = new Set(await this.#options.store.renew(asked));
    this.#renewAtMs = Date.now() + this.#options.leaseMs / 3;
    onRenewed({ askedAtMs, held, lost: new Set(asked).difference(held) });
  }
}
