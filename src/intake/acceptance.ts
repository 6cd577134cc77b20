import type { Accepted, Lease, NewCdr, NewHit } from '../store/records.ts';
import type { Held, NewLeg } from '../store/held-calls.ts';

/** Who takes the deliveries of what comes in; the relay's dispatcher. */
export interface Outlet {
  /** Takes a slot for one delivery to a webhook, or a place among the few leased ahead of one, if there is room. */
  reserve(webhookId: string): boolean;
  /** Gives a slot back that was not used. */
  release(webhookId: string): void;
  /** Sends a delivery that was leased into what was reserved, as soon as the webhook lets it. */
  take(lease: Lease): void;
  /** Tells that a webhook has a new delivery that waits. */
  notify(webhookId: string): void;
}

/** Who wants to know what comes in. */
export interface IntakeObserver {
  /** A CDR is stored, or known to be there already. */
  received(cdr: NewCdr, accepted: Accepted): void;
  /** A leg waits for the others of its call, or is known to be there already. */
  held(leg: NewLeg, held: Held): void;
  /** The store did not take CDRs; their sender has been told. */
  storeFailed(error: unknown): void;
}

/** A CDR with the webhooks it hits, for which no slots are reserved yet. */
export type MatchedCdr = Omit<NewCdr, 'hits'> & { readonly hits: readonly string[] };

/** Stores CDRs that are matched, and hands what they hit to the outlet. */
export class Acceptance {
  readonly #outlet: Outlet;
  readonly #observer: IntakeObserver;

  constructor({ outlet, observer }: { readonly outlet: Outlet; readonly observer: IntakeObserver }) {
    this.#outlet = outlet;
    this.#observer = observer;
  }

  /**
   * Gives what `store` does, once everything is handed on.
   *
   * @param store stores all of them or none; `undefined` for one that somebody else has stored.
   * @throws whatever `store` throws.
   */
  async accept<Result extends Accepted | undefined>(
    matched: readonly MatchedCdr[],
    store: (cdrs: readonly NewCdr[]) => Promise<readonly Result[]>,
  ): Promise<readonly Result[]> {
    // Only now that nothing but the store can fail, which gives the slots back.
    const reserve = (webhookId: string): NewHit => ({ webhookId, lease: this.#outlet.reserve(webhookId) });
    const cdrs = matched.map((cdr): NewCdr => ({ ...cdr, hits: cdr.hits.map(reserve) }));
    let accepted: readonly Result[];
    try {
      accepted = await store(cdrs);
    } catch (error) {
      for (const cdr of cdrs) this.#releaseReserved(cdr);
      this.#observer.storeFailed(error);
      throw error;
    }
    for (const [index, cdr] of cdrs.entries()) this.#handOn(cdr, accepted[index]);
    return accepted;
  }

  #handOn(cdr: NewCdr, accepted: Accepted | undefined): void {
    if (accepted === undefined || accepted.duplicate) {
      this.#releaseReserved(cdr);
    } else {
      for (const lease of accepted.leases) this.#outlet.take(lease);
      for (const { webhookId, lease } of cdr.hits) if (!lease) this.#outlet.notify(webhookId);
    }
    if (accepted !== undefined) this.#observer.received(cdr, accepted);
  }

  #releaseReserved(cdr: NewCdr): void {
    for (const { webhookId, lease } of cdr.hits) if (lease) this.#outlet.release(webhookId);
  }
}
