/** What can become of a delivery. `pending` waits, `delivering` is leased, the others are final. */
export type DeliveryState = 'pending' | 'delivering' | 'delivered' | 'failed' | 'cancelled';

/** Every state, in the order of a delivery's life. */
export const DELIVERY_STATES: readonly DeliveryState[] = [
  'pending',
  'delivering',
  'delivered',
  'failed',
  'cancelled',
];

/** A CDR as it is handed to the store, with what it hit. */
export interface NewCdr {
  readonly source: string;
  readonly vendor: string;
  /** Epoch milliseconds. */
  readonly receivedAtMs: number;
  readonly raw: string;
  /** How the record departs from its vendor's documented shape. */
  readonly violation?: string | undefined;
  /** The webhooks it hit, each at most once. */
  readonly hits: readonly NewHit[];
  /** The webhooks with a condition that threw on it. */
  readonly errors: readonly string[];
}

/** One webhook that a CDR hit. */
export interface NewHit {
  readonly webhookId: string;
  /** Whether the caller takes the lease of the delivery at once, so that it need not be read back. */
  readonly lease: boolean;
}

/** A stored CDR. */
export interface StoredCdr {
  readonly id: string;
  readonly source: string;
  readonly vendor: string;
  readonly receivedAtMs: number;
  readonly raw: string;
  readonly violation?: string | undefined;
  /** How many webhooks it hit. */
  readonly hits: number;
}

/** What became of a CDR handed to `accept`. */
export interface Accepted {
  readonly id: string;
  /** Whether the same bytes had come from the same source before, within the window; then nothing was stored. */
  readonly duplicate: boolean;
  /** Deliveries the caller holds from now on: those of the hits with `lease`; none for a duplicate. */
  readonly leases: readonly Lease[];
}

/** The right to make the attempts of one delivery, until it is settled or runs out. */
export interface Lease {
  readonly deliveryId: string;
  readonly webhookId: string;
  readonly cdr: StoredCdr;
  /** Tells this lease from earlier and later ones of the same delivery. */
  readonly number: number;
  /** Attempts made before this lease. */
  readonly attempts: number;
  /** How often the delivery has been put back to wait for its next round. */
  readonly rounds: number;
}

/** One HTTP call of a delivery, whether or not it came to an answer. */
export interface NewAttempt {
  /** Epoch milliseconds. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** HTTP status of the answer. */
  readonly status?: number | undefined;
  /** The beginning of the answer's body. */
  readonly excerpt?: string | undefined;
  /** Why there was no answer. */
  readonly error?: { readonly code: string; readonly message: string } | undefined;
}

/** An attempt on record. */
export interface Attempt extends NewAttempt {
  /** 1 for the first attempt of a delivery. */
  readonly number: number;
}

/** What is to become of a leased delivery. */
export type Outcome =
  | { readonly state: 'delivered' | 'failed' | 'cancelled' }
  /** Waits for `delayMs` and may then be leased again. `countsAsRound` is false when a lease is merely given back. */
  | { readonly state: 'pending'; readonly delayMs: number; readonly countsAsRound: boolean };

/** The end of a lease. */
export interface Settlement {
  readonly lease: Lease;
  /** In the order made. */
  readonly attempts: readonly NewAttempt[];
  readonly outcome: Outcome;
}

/** A delivery on record. */
export interface Delivery {
  readonly id: string;
  readonly cdrId: string;
  readonly webhookId: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly createdAtMs: number;
  /** When the next round may begin; only while `pending`. */
  readonly dueAtMs?: number | undefined;
  readonly finishedAtMs?: number | undefined;
  /** HTTP status of the last attempt that got an answer. */
  readonly lastStatus?: number | undefined;
  /** Why the last attempt failed, if it did. */
  readonly lastError?: string | undefined;
}

/** Which deliveries to list, newest first. */
export interface DeliveryFilter {
  readonly webhookId?: string | undefined;
  readonly cdrId?: string | undefined;
  readonly state?: DeliveryState | undefined;
  /** Only those older than this delivery: where the page before ended. */
  readonly beforeId?: string | undefined;
  readonly limit: number;
}

/** Which CDRs to list, newest first. */
export interface CdrFilter {
  readonly source?: string | undefined;
  readonly vendor?: string | undefined;
  /** Whether they hit any webhook. */
  readonly matched?: boolean | undefined;
  /** Only those older than this CDR. */
  readonly beforeId?: string | undefined;
  readonly limit: number;
}

/** Counters of one webhook. `hits` = `pending` + `delivered` + `failed` + `cancelled`. */
export interface WebhookStats {
  readonly hits: number;
  readonly lastHitAtMs?: number | undefined;
  readonly delivered: number;
  readonly lastDeliveredAtMs?: number | undefined;
  readonly failed: number;
  readonly cancelled: number;
  /** Deliveries not yet final. */
  readonly pending: number;
  /** The last attempt that failed, whether or not its delivery did. */
  readonly lastFailure?:
    { readonly atMs: number; readonly status?: number; readonly error: string } | undefined;
  /** CDRs on which one of its conditions threw. */
  readonly errors: number;
}

/** What happened within one hour. */
export interface HourlyCounts {
  /** Epoch milliseconds of the hour's beginning. */
  readonly hourMs: number;
  readonly received: number;
  /** CDRs that hit at least one webhook; for one webhook, its hits. */
  readonly matched: number;
  readonly delivered: number;
  readonly failed: number;
}

/** A webhook with deliveries that may be leased now. */
export interface DueWebhook {
  readonly webhookId: string;
  /** How long its oldest due delivery has been due. */
  readonly overdueMs: number;
}

/** A part of the webhooks with waiting deliveries. */
export interface DuePage {
  /** Those that have a delivery due now. */
  readonly webhooks: readonly DueWebhook[];
  /** Where to go on; `''` when this was the last part. */
  readonly next: string;
}

/** Thrown when the store cannot do its work now: full disk, locked or unreachable database. Trying later may help. */
export class StoreUnavailableError extends Error {
  constructor(cause: unknown) {
    super(`the store is not available: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'StoreUnavailableError';
  }
}

/**
 * Where CDRs, deliveries, attempts and counters are kept. Every verb that changes something is one transaction: when its
 * promise is fulfilled all of it is durable, when it is rejected (with StoreUnavailableError) the caller must take it
 * that nothing is. The store owns the clock that decides when a delivery is due and when a lease runs out.
 */
export interface Store {
  /**
   * Stores CDRs with their hits, deliveries and counters, and tells what became of each, in their order. A duplicate is
   * recognised in the same transaction and changes nothing.
   */
  accept(cdrs: readonly NewCdr[]): Promise<Accepted[]>;

  /**
   * Looks through the webhooks with waiting deliveries, `limit` at most, in the order of their ids from behind `after`
   * (`''` for the beginning). A delivery whose lease ran out waits again.
   */
  due(after: string, limit: number): Promise<DuePage>;

  /** Leases up to `room` due deliveries of each webhook, the longest due first. No two callers get the same one. */
  lease(rooms: ReadonlyMap<string, number>): Promise<Lease[]>;

  /** Prolongs leases. Returns those that are still held; the others ran out and may be held by somebody else. */
  renew(leases: readonly Lease[]): Promise<Lease[]>;

  /**
   * Ends leases: numbers and records the attempts, sets the outcome and counts it. Of a lease that is no longer held
   * only the attempts are recorded.
   */
  settle(settlements: readonly Settlement[]): Promise<void>;

  /** A CDR by its id. */
  cdr(id: string): Promise<StoredCdr | undefined>;
  /** CDRs, newest first. */
  cdrs(filter: CdrFilter): Promise<StoredCdr[]>;

  /** A delivery by its id, with its attempts in order. */
  delivery(id: string): Promise<{ delivery: Delivery; attempts: Attempt[] } | undefined>;
  /** Deliveries, newest first. */
  deliveries(filter: DeliveryFilter): Promise<Delivery[]>;

  /** The counters of webhooks; one that was never hit has none. */
  stats(webhookIds: readonly string[]): Promise<Map<string, WebhookStats>>;
  /** Counts per hour from `sinceMs` on, oldest first, of one webhook or of the whole router. */
  hourly(webhookId: string | undefined, sinceMs: number): Promise<HourlyCounts[]>;
  /** Deliveries not yet final, over all webhooks. */
  pending(): Promise<number>;

  /**
   * Deletes CDRs received before a time, with their deliveries and attempts, in small transactions; those with a
   * delivery that is not final stay. Hourly counts of that time go too. Returns how many CDRs went.
   */
  purge(beforeMs: number): Promise<number>;

  /** Waits for what is under way, then closes. Leases that are held run out by themselves or at the next opening. */
  close(): Promise<void>;
}

/** How a store behaves, whatever it is built on. */
export interface StoreSettings {
  /** The same bytes from the same source within this time are one CDR; 0 turns that off. */
  readonly dedupeWindowMs: number;
  /** How long a lease is good for unless it is renewed. */
  readonly leaseMs: number;
}
