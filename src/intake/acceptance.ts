import type { Accepted, Lease, NewCdr, NewHit } from '../store/records.ts';
import type { Held, NewLeg } from '../store/held-calls.ts';

/** Room for one delivery that is about to be stored. One of both is called, once. */
export interface Reservation {
  /** Sends the delivery, now or as soon as those before it have ended. */
  send(lease: Lease): void;
  /** Gives the room back: the delivery was not stored. */
  release(): void;
}

/** Who takes the deliveries of what comes in; the relay's dispatcher. */
export interface Outlet {
  /** Takes room for one delivery to a webhook, if it can be sent at once or soon; otherwise it waits in the store. */
  reserve(webhookId: string): Reservation | undefined;
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

/** A CDR with the webhooks it hits, for which no room is reserved yet. */
export type MatchedCdr = Omit<NewCdr, 'hits'> & { readonly hits: readonly string[] };

/** By webhook; `undefined` where there is no room. */
type Reservations = ReadonlyMap<string, Reservation | undefined>;

/** A CDR as it is stored, with the room that is reserved for what it hits. */
interface ReservedCdr {
  readonly cdr: NewCdr;
  readonly reservations: Reservations;
}

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
    // Only now that nothing but the store can fail, which gives the room back.
    const reserved = matched.map((cdr) => this.#reserve(cdr));
    let accepted: readonly Result[];
    try {
      accepted = await store(reserved.map(({ cdr }) => cdr));
    } catch (error) {
      for (const { reservations } of reserved) releaseAll(reservations);
      this.#observer.storeFailed(error);
      throw error;
    }
    for (const [index, one] of reserved.entries()) this.#handOn(one, accepted[index]);
    return accepted;
  }

  #reserve(matched: MatchedCdr): ReservedCdr {
    const reservations: Reservations = new Map(
      matched.hits.map((webhookId) => [webhookId, this.#outlet.reserve(webhookId)]),
    );
    const hits = matched.hits.map((webhookId): NewHit => ({
      webhookId,
      lease: reservations.get(webhookId) !== undefined,
    }));
    return { cdr: { ...matched, hits }, reservations };
  }

  #handOn({ cdr, reservations }: ReservedCdr, accepted: Accepted | undefined): void {
    if (accepted === undefined || accepted.duplicate) {
      releaseAll(reservations);
    } else {
      for (const lease of accepted.leases) reservations.get(lease.webhookId)?.send(lease);
      for (const { webhookId, lease } of cdr.hits) if (!lease) this.#outlet.notify(webhookId);
    }
    if (accepted !== undefined) this.#observer.received(cdr, accepted);
  }
}

function releaseAll(reservations: Reservations): void {
  for (const reservation of reservations.values()) reservation?.release();
}
