import { setImmediate as nextTurn } from 'node:timers/promises';
import { cdrOfRead, readCdrs, type ReadCdr } from '../cdr/read.ts';
import { withoutRedacted } from '../cdr/redaction.ts';
import type { VendorAnswer } from '../cdr/vendor-profile.ts';
import type { Vendors } from '../cdr/vendor.ts';
import type { Accepted, Lease, NewCdr, NewHit } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { Registry } from '../webhooks/registry.ts';
import { gunzipped } from './gunzip.ts';
import type { Source } from './source.ts';

/** Who takes the deliveries of what comes in; the relay's dispatcher. */
export interface Outlet {
  /** Takes a slot for one delivery to a webhook, if it can be sent at once. */
  reserve(webhookId: string): boolean;
  /** Gives a slot back that was not used. */
  release(webhookId: string): void;
  /** Sends a delivery that was leased into a reserved slot. */
  take(lease: Lease): void;
  /** Tells that a webhook has a new delivery that waits. */
  notify(webhookId: string): void;
}

/** Who wants to know what comes in. */
export interface IntakeObserver {
  /** A CDR is stored, or known to be there already. */
  received(cdr: NewCdr, accepted: Accepted): void;
  /** The store did not take CDRs; their sender has been told. */
  storeFailed(error: unknown): void;
}

/** What the sender gets to hear. */
export interface Received {
  /** One per CDR of the request, in its order. A duplicate has the id it got the first time. */
  readonly ids: readonly string[];
  /** The vendor's own answer, if it wants one. */
  readonly answer?: VendorAnswer | undefined;
}

/** What intake needs to work. */
export interface IntakeOptions {
  readonly vendors: Vendors;
  readonly registry: Registry;
  readonly store: Store;
  readonly outlet: Outlet;
  readonly observer: IntakeObserver;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** What a compressed body may unpack to; left out, `DEFAULT_MAX_BYTES`. */
  readonly maxBodyBytes?: number | undefined;
}

/** A CDR with the webhooks it hits, for which no slots are reserved yet. */
type MatchedCdr = Omit<NewCdr, 'hits'> & { readonly hits: readonly string[] };

const NO_MATCH = { hits: [], errors: [] };

/** CDRs of one request that are matched and stored together; between two such batches other requests get their turn. */
const BATCH = 100;

/** Takes CDRs in: decode, flatten, match, store. When `receive` is fulfilled, every CDR of the request is safe. */
export class Intake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /**
   * Takes in all CDRs of one request.
   *
   * @param query the query string without its question mark, used when there is no body.
   * @throws UnreadableBodyError when no CDR can be read from it; StoreUnavailableError when the store cannot take it,
   *   and then the sender must send all of it again (what was stored is recognised).
   */
  async receive(source: Source, body: Uint8Array, query: string): Promise<Received> {
    const { vendors, maxBodyBytes } = this.#options;
    const read = readCdrs({ body: gunzipped(body, maxBodyBytes), query }, source, vendors);
    const ids: string[] = [];
    for (let start = 0; start < read.length; start += BATCH) {
      if (start > 0) await nextTurn();
      const batch = read.slice(start, start + BATCH);
      ids.push(...(await this.#accept(batch.map((one) => this.#match(one, source)))));
    }
    const vendor = source.vendor ?? read[0]?.vendor;
    return { ids, answer: vendor?.profile.answer };
  }

  /** Flattens a CDR and finds what it hits. */
  #match(read: ReadCdr, source: Source): MatchedCdr {
    const { vendor } = read;
    const receivedAtMs = this.#options.clock();
    const kept = withoutRedacted(read, source);
    const cdr = cdrOfRead(kept, source, new Date(receivedAtMs));
    const ignored = vendor.ignores(cdr);
    const { hits, errors } = ignored === undefined ? this.#options.registry.match(cdr) : NO_MATCH;
    return {
      source: source.name,
      vendor: vendor.profile.vendor,
      receivedAtMs,
      raw: kept.raw,
      sameness: read.raw,
      // Call data is never refused or dropped for what it is; the departure is put on record.
      violation: ignored === undefined ? vendor.violation(read.record) : `ignored: ${ignored}`,
      hits,
      errors,
    };
  }

  async #accept(matched: readonly MatchedCdr[]): Promise<string[]> {
    const { store, observer, outlet } = this.#options;
    // Only now that nothing but the store can fail, which gives the slots back.
    const reserve = (webhookId: string): NewHit => ({ webhookId, lease: outlet.reserve(webhookId) });
    const cdrs = matched.map((cdr): NewCdr => ({ ...cdr, hits: cdr.hits.map(reserve) }));
    let accepted: Accepted[];
    try {
      accepted = await store.accept(cdrs);
    } catch (error) {
      for (const cdr of cdrs) this.#releaseReserved(cdr);
      observer.storeFailed(error);
      throw error;
    }
    for (const [index, cdr] of cdrs.entries()) {
      const one = accepted[index];
      if (one === undefined) continue;
      this.#dispatch(cdr, one);
      observer.received(cdr, one);
    }
    return accepted.map(({ id }) => id);
  }

  #dispatch(cdr: NewCdr, { duplicate, leases }: Accepted): void {
    if (duplicate) {
      this.#releaseReserved(cdr);
      return;
    }
    for (const lease of leases) this.#options.outlet.take(lease);
    for (const { webhookId, lease } of cdr.hits) if (!lease) this.#options.outlet.notify(webhookId);
  }

  #releaseReserved(cdr: NewCdr): void {
    for (const { webhookId, lease } of cdr.hits) if (lease) this.#options.outlet.release(webhookId);
  }
}
