import type { Membership, Store } from '../store/store.ts';
import { Exclusive } from './exclusive.ts';

/** What a heartbeat needs. */
export interface HeartbeatOptions {
  readonly store: Pick<Store, 'heartbeat'>;
  /** How long a node is believed to live. */
  readonly leaseMs: number;
  /** Milliseconds of a clock that is never set back. */
  readonly clock: () => number;
  /** Told at each beat how many nodes there are. */
  readonly onMembership: (membership: Membership) => void;
}

const BEATS_PER_LEASE = 10;
/** Bounds how late it is known that the store is away. */
const LONGEST_PAUSE_MS = 2_000;

/** Tells the other nodes that this one lives, as often as is needed, and knows by that whether the store does. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #beating = new Exclusive();
  #nextAtMs = 0;
  #failingSinceMs: number | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** For how long beats have been failing; `undefined` when the last one did not. */
  get failingMs(): number | undefined {
    return this.#failingSinceMs === undefined ? undefined : this.#options.clock() - this.#failingSinceMs;
  }

  /** Beats when it is time to: also as soon as it is called again after one that failed. */
  async beat(): Promise<void> {
    if (this.#options.clock() >= this.#nextAtMs) await this.#beating.run(() => this.#beat());
  }

  async #beat(): Promise<void> {
    const { store, leaseMs, onMembership, clock } = this.#options;
    const nowMs = clock();
    try {
      onMembership(await store.heartbeat());
      this.#failingSinceMs = undefined;
      this.#nextAtMs = nowMs + Math.min(leaseMs / BEATS_PER_LEASE, LONGEST_PAUSE_MS);
    } catch (error) {
      this.#failingSinceMs ??= nowMs;
      throw error;
    }
  }
}
