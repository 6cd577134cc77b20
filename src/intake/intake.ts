import { setImmediate as nextTurn } from 'node:timers/promises';
import { joinedLegs, type Grouping } from '../cdr/legs.ts';
import { cdrOfCall, cdrOfRead, readCdrs, type ReadCdr } from '../cdr/read.ts';
import { withoutRedacted } from '../cdr/redaction.ts';
import { askingAnswer } from '../cdr/recordings.ts';
import type { VendorAnswer, VendorProfile } from '../cdr/vendor-profile.ts';
import type { Vendors } from '../cdr/vendor.ts';
import type { Held } from '../store/held-calls.ts';
import type { Store } from '../store/store.ts';
import type { Registry } from '../webhooks/registry.ts';
import { Acceptance, type IntakeObserver, type MatchedCdr, type Outlet } from './acceptance.ts';
import { gunzipped } from './gunzip.ts';
import { legOf } from './held-legs.ts';
import type { RecordedCdr, Recordings } from './recordings/recordings.ts';
import { samenessOf } from './sameness.ts';
import type { Source } from './source.ts';

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
  /** Where recordings are kept that senders are asked for; none are when left out. */
  readonly recordings?: Recordings | undefined;
  /** What a compressed body may unpack to; left out, `DEFAULT_MAX_BYTES`. */
  readonly maxBodyBytes?: number | undefined;
}

const NO_MATCH = { hits: [], errors: [] };

/** CDRs of one request that are matched and stored together; between two such batches other requests get their turn. */
const BATCH = 100;

/** Takes CDRs in: decode, flatten, match, store. When `receive` is fulfilled, every CDR of the request is safe. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #acceptance: Acceptance;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#acceptance = new Acceptance(options);
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
    const taken = await this.#takeAll(source, read);
    const vendor = source.vendor ?? read[0]?.vendor;
    const answer = vendor === undefined ? undefined : await this.#answer(vendor.profile, taken);
    return { ids: taken.map(({ id }) => id), answer };
  }

  /**
   * Takes in CDRs that have been read, in batches.
   *
   * @returns their ids, in their order. A duplicate has the id it got the first time.
   * @throws StoreUnavailableError when the store cannot take them; what was stored before is recognised the next time.
   */
  async take(source: Source, read: readonly ReadCdr[]): Promise<string[]> {
    const taken = await this.#takeAll(source, read);
    return taken.map(({ id }) => id);
  }

  async #takeAll(source: Source, read: readonly ReadCdr[]): Promise<RecordedCdr[]> {
    const taken: RecordedCdr[] = [];
    for (let start = 0; start < read.length; start += BATCH) {
      if (start > 0) await nextTurn();
      const batch = read.slice(start, start + BATCH);
      taken.push(
        ...(source.grouping === undefined
          ? await this.#accept(batch, source)
          : await this.#hold(batch, source, source.grouping)),
      );
    }
    return taken;
  }

  /** What the vendor wants to hear; it is asked for the recordings that are wanted and not here, also after a duplicate. */
  async #answer(
    { answer, recordings: profile }: VendorProfile,
    taken: readonly RecordedCdr[],
  ): Promise<VendorAnswer | undefined> {
    const { recordings } = this.#options;
    if (answer === undefined || profile?.ask === undefined || recordings === undefined) return answer;
    const asked = await Promise.all(taken.map((cdr) => recordings.missingOf(cdr)));
    return askingAnswer(answer, profile.ask, asked.flat());
  }

  #wantsRecordings(source: Source, hits: readonly string[]): boolean {
    const { recordings, registry } = this.#options;
    if (recordings === undefined) return false;
    return source.recordings ?? hits.some((id) => registry.webhooks.get(id)?.recordings === true);
  }

  /** Flattens a CDR and finds what it hits. */
  #match(read: ReadCdr, source: Source): { matched: MatchedCdr; files: readonly string[] } {
    const { vendor } = read;
    const receivedAtMs = this.#options.clock();
    const kept = withoutRedacted(read, source);
    const receivedAt = new Date(receivedAtMs);
    const record = cdrOfRead(kept, source, receivedAt);
    const ignored = vendor.ignores(record);
    // Where calls have legs, rules find them at one place, also of a call whose legs cannot be told.
    const isCall = source.grouping !== undefined && ignored === undefined;
    const cdr = isCall ? cdrOfCall([kept], joinedLegs([kept.raw]), source, receivedAt) : record;
    const { hits, errors } = ignored === undefined ? this.#options.registry.match(cdr) : NO_MATCH;
    const isWanted = ignored === undefined && this.#wantsRecordings(source, hits);
    const files = isWanted ? vendor.recordingsOf(record) : [];
    const matched = {
      source: source.name,
      vendor: vendor.profile.vendor,
      receivedAtMs,
      raw: cdr.raw,
      ...samenessOf(read, record, source),
      // Call data is never refused or dropped for what it is; the departure is put on record.
      violation: ignored === undefined ? vendor.violation(read.record) : `ignored: ${ignored}`,
      hits,
      errors,
    };
    return { matched, files };
  }

  async #accept(read: readonly ReadCdr[], source: Source): Promise<RecordedCdr[]> {
    const all = read.map((one) => this.#match(one, source));
    const accepted = await this.#acceptance.accept(
      all.map(({ matched }) => matched),
      (cdrs) => this.#options.store.accept(cdrs),
    );
    return accepted.map(({ id }, index) => ({ id, files: all[index]?.files ?? [] }));
  }

  /** Stores legs to wait for the others of their calls, and what is no leg as any CDR. */
  async #hold(read: readonly ReadCdr[], source: Source, grouping: Grouping): Promise<RecordedCdr[]> {
    const { store, observer, clock } = this.#options;
    const legs = read.map((one) => legOf(one, source, grouping, clock()));
    const toHold = legs.filter((leg) => leg !== undefined);
    let held: Held[];
    try {
      held = await store.calls.hold(toHold);
    } catch (error) {
      observer.storeFailed(error);
      throw error;
    }
    for (const [index, leg] of toHold.entries()) {
      const one = held[index];
      if (one !== undefined) observer.held(leg, one);
    }
    const others = await this.#accept(
      read.filter((_, index) => legs[index] === undefined),
      source,
    );
    // A leg has no CDR yet that recordings could be kept for.
    const taken = { held: held.map(({ id }) => ({ id, files: [] })).values(), others: others.values() };
    return legs.flatMap((leg) => (leg === undefined ? taken.others : taken.held).next().value ?? []);
  }
}
