import type { Membership, Store } from '../store/store.ts';

/** What a heartbeat needs. */
export interface HeartbeatOptions {
  readonly store: Pick<Store, 'heartbeat'>;
  /** How long a node is believed to live. */
  readonly leaseMs: number;
  /** Milliseconds of a clock that is never set back. */
  readonly clock: () => number;
  /** Told how many nodes there are. */
  readonly onMembership: (membership: Membership) => void;
}

const BEATS_PER_LEASE = 10;

/** Tells the other nodes that this one lives, as often as is needed. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #nextAtMs = 0;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** Beats when it is time to. */
  async beat(): Promise<void> {
    const { store, leaseMs, onMembership, clock } = this.#options;
    const nowMs = clock();
    if (nowMs < this.#nextAtMs) return;
    this.#nextAtMs = nowMs + leaseMs / BEATS_PER_LEASE;
    onMembership(await store.heartbeat());
  }
}
