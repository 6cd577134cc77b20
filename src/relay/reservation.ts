import type { Lease } from '../store/records.ts';
import type { Admission } from './admission.ts';
import type { Lookahead } from './lookahead.ts';
import type { Permit } from './permit.ts';

/** Room for one delivery that is about to be leased. One of both is called, once. */
export interface Reservation {
  /** Sends the delivery, now or as soon as those before it have ended. */
  send(lease: Lease): void;
  /** Gives the room back: there is nothing to send. */
  release(): void;
}

/** Where room is taken, and what becomes of the deliveries. */
export interface ReservationsOptions {
  readonly admission: Admission;
  readonly lookahead: Lookahead;
  /** Milliseconds of the clock by which leases are renewed. */
  readonly leaseClock: () => number;
  readonly send: (lease: Lease, permit: Permit) => void;
  /** There may be room for what is leased ahead. */
  readonly sendNext: (webhookId: string) => void;
}

/** Takes room for deliveries: to be sent at once, or behind others that are leased ahead. */
export class Reservations {
  readonly #options: ReservationsOptions;

  constructor(options: ReservationsOptions) {
    this.#options = options;
  }

  /** For one that is about to be stored, if there is any. */
  one(webhookId: string): Reservation | undefined {
    return this.#options.admission.room(webhookId) < 1 ? this.#ahead(webhookId) : this.#now(webhookId);
  }

  /**
   * For those of a webhook that wait in the store: as many as there is room for now, and those after them when few are leased
   * ahead, so that they are leased many at a time. While slots are scarce none is leased ahead, as others wait for them, too.
   */
  many(webhookId: string): Reservation[] {
    const { admission, lookahead } = this.#options;
    const room = admission.room(webhookId);
    const reservations = Array.from({ length: room }, () => this.#now(webhookId));
    if (admission.isScarce || !lookahead.isRunningOut(webhookId)) return reservations;
    for (let ahead = this.#ahead(webhookId); ahead !== undefined; ahead = this.#ahead(webhookId))
      reservations.push(ahead);
    return reservations;
  }

  #now(webhookId: string): Reservation {
    const { admission, send, sendNext } = this.#options;
    const permit = admission.take(webhookId);
    return {
      send: (lease) => {
        send(lease, permit);
      },
      release: () => {
        permit.release();
        sendNext(webhookId);
      },
    };
  }

  #ahead(webhookId: string): Reservation | undefined {
    const { admission, lookahead, leaseClock, sendNext } = this.#options;
    const place = admission.isMerelyBusy(webhookId) ? lookahead.place(webhookId) : undefined;
    if (place === undefined) return undefined;
    return {
      send: (lease) => {
        place.fill(lease, leaseClock());
        sendNext(webhookId);
      },
      release: () => {
        place.release();
        sendNext(webhookId);
      },
    };
  }
}
