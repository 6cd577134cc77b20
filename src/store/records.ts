import type { Cdr } from '../cdr/cdr.ts';

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
  /** What makes it the same as another CDR of its source; its text when left out. */
  readonly sameness?: string | undefined;
  /** What its vendor tells the call by; CDRs of one source that share it are versions of one. */
  readonly identity?: string | undefined;
  /** Which version it is, in the vendor's words. */
  readonly revision?: string | undefined;
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
  /** What its vendor tells the call by; CDRs of one source that share it are versions of one. */
  readonly identity?: string | undefined;
  /** Which version it is, in the vendor's words. */
  readonly revision?: string | undefined;
  readonly violation?: string | undefined;
  /** How many webhooks it hit, when it came or in a replay. */
  readonly hits: number;
}

/** Makes a CDR again, with its overlay, of what is stored of it. */
export type ReadCdr = (stored: StoredCdr) => Cdr;

/** What became of a CDR handed to `accept`. */
export interface Accepted {
  readonly id: string;
  /** Whether the same CDR (`NewCdr.sameness`) had come from the same source before, within the window; then nothing was stored. */
  readonly duplicate: boolean;
  /** Deliveries the caller holds from now on: those of the hits with `lease`; none for a duplicate. */
  readonly leases: readonly Lease[];
}

/** The right to make the attempts of one delivery, until it is settled; when its time is over somebody else may get one. */
export interface Lease {
  readonly deliveryId: string;
  readonly webhookId: string;
  readonly cdr: StoredCdr;
  /** Tells this lease from earlier and later ones of the same delivery; these rise, and may have gaps. */
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
  /** Why there was no answer, or why one of a status that is success was none. */
  readonly error?: { readonly code: string; readonly message: string } | undefined;
  /** What was sent, of an attempt that failed: without its body, secrets masked. */
  readonly request?: AttemptRequest | undefined;
  /** The headers of the answer, of an attempt that failed; secrets masked. */
  readonly responseHeaders?: Readonly<Record<string, string>> | undefined;
}

/** A request as it is kept on record. */
export interface AttemptRequest {
  readonly method: string;
  readonly url: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
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
  /** When its CDR was received; of a delivery that a run has made, when it was made. */
  readonly createdAtMs: number;
  /** The earlier delivery of the same CDR to the same webhook that this one repeats. */
  readonly redeliveryOf?: string | undefined;
  /** The run that has made it, if not the CDR's coming. */
  readonly runId?: string | undefined;
  /** When the next round may begin; only while `pending`. */
  readonly dueAtMs?: number | undefined;
  readonly finishedAtMs?: number | undefined;
  /** HTTP status of the last attempt that got an answer. */
  readonly lastStatus?: number | undefined;
  /** Why the last attempt failed, if it did. */
  readonly lastError?: string | undefined;
}

/** Counters of one webhook. `hits` = `pending` + `delivered` + `failed` + `cancelled`. */
export interface WebhookStats {
  /** Deliveries ever made for it, redeliveries too. */
  readonly hits: number;
  /** When a CDR last hit it; a redelivery is no new hit. */
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
  /** CDRs received that hit at least one webhook, then or in a replay; for one webhook, its hits. */
  readonly matched: number;
  readonly delivered: number;
  readonly failed: number;
}
