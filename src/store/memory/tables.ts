import { Counters } from '../counters.ts';
import type { HeldLeg } from '../held-calls.ts';
import { newDeliveryId } from '../identity.ts';
import type { Attempt, Delivery, Lease, StoredCdr } from '../records.ts';
import type { Run } from '../runs.ts';
import type { StoreSettings } from '../store.ts';

/** A delivery with what only the store has to know. */
export interface Row {
  delivery: Delivery;
  readonly attempts: Attempt[];
  leaseNumber: number;
  leaseEndsAtMs: number;
  rounds: number;
}

/** A leg with what only the store has to know. */
export interface LegRow extends HeldLeg {
  readonly source: string;
  readonly groupKey: string;
  readonly fingerprint: string;
  /** `undefined` while it waits. */
  cdrId: string | undefined;
}

/** A run with what only the store has to know: the id it has come to, and the last id it goes to. */
export interface RunRow {
  run: Run;
  cursor: string;
  readonly to: string;
}

/** What a delivery is made of. */
export type NewDelivery = Pick<Delivery, 'cdrId' | 'webhookId' | 'createdAtMs' | 'redeliveryOf' | 'runId'>;

/** All that a memory store keeps, and what its verbs have in common. */
export class Tables {
  readonly cdrs = new Map<string, StoredCdr>();
  readonly latestByFingerprint = new Map<string, string>();
  readonly rows = new Map<string, Row>();
  readonly legs = new Map<string, LegRow>();
  /** When the calls with legs that wait are due, by source and group key as JSON. */
  readonly dueCalls = new Map<string, number>();
  readonly runs = new Map<string, RunRow>();
  readonly counters = new Counters();
  readonly settings: StoreSettings;
  readonly clock: () => number;

  constructor(settings: StoreSettings, clock: () => number) {
    this.settings = settings;
    this.clock = clock;
  }

  /** Adds a delivery that waits and is due now. */
  addDelivery(made: NewDelivery): Row {
    const id = newDeliveryId(made.createdAtMs);
    const delivery = { id, ...made, state: 'pending' as const, attempts: 0, dueAtMs: this.clock() };
    const row = { delivery, attempts: [], leaseNumber: 0, leaseEndsAtMs: 0, rounds: 0 };
    this.rows.set(id, row);
    return row;
  }

  lease(row: Row): Lease {
    const { id, cdrId, webhookId, attempts } = row.delivery;
    const cdr = this.cdrs.get(cdrId);
    if (cdr === undefined) throw new Error(`the delivery ${id} has no CDR`);
    row.leaseNumber += 1;
    row.leaseEndsAtMs = this.clock() + this.settings.leaseMs;
    row.delivery = { ...row.delivery, state: 'delivering', dueAtMs: undefined };
    return { deliveryId: id, webhookId, cdr, number: row.leaseNumber, attempts, rounds: row.rounds };
  }

  /** Makes deliveries whose lease ran out wait again. */
  endLeases(): void {
    const nowMs = this.clock();
    for (const row of this.rows.values()) {
      if (row.delivery.state !== 'delivering' || row.leaseEndsAtMs > nowMs) continue;
      row.delivery = { ...row.delivery, state: 'pending', dueAtMs: nowMs };
    }
  }

  /** Every delivery of a CDR to a webhook, the oldest first. */
  deliveriesOf(cdrId: string, webhookId: string): Delivery[] {
    return [...this.rows.values()]
      .map(({ delivery }) => delivery)
      .filter((delivery) => delivery.cdrId === cdrId && delivery.webhookId === webhookId)
      .sort(byId);
  }
}

/** Whether a value passes a filter; one that is not given lets everything pass. */
export function isWanted<Value>(wanted: Value | undefined, value: Value): boolean {
  return wanted === undefined || wanted === value;
}

/** Whether a delivery is not final. */
export function isOpen({ state }: Delivery): boolean {
  return state === 'pending' || state === 'delivering';
}

/** Puts records in the order of their ids. */
export function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
