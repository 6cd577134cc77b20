import { joinedLegs, type Grouping } from '../cdr/legs.ts';
import { cdrOfCall, cdrOfRead, readEach, type SentCdr } from '../cdr/read.ts';
import { withoutRedacted } from '../cdr/redaction.ts';
import { askingAnswer } from '../cdr/recordings.ts';
import type { VendorAnswer, VendorProfile } from '../cdr/vendor-profile.ts';
import type { Vendors } from '../cdr/vendor.ts';
import type { Held, NewLeg } from '../store/held-calls.ts';
import type { Store } from '../store/store.ts';
import type { Registry } from '../webhooks/registry.ts';
import { Acceptance, type IntakeObserver, type MatchedCdr, type Outlet } from './acceptance.ts';
import { batchesOf } from './batches.ts';
import { bodyText } from './body-text.ts';
import { isGzip, unpacked } from './gunzip.ts';
import { legOf } from './held-legs.ts';
import { INTAKE_LIMITS, type IntakeLimits } from './intake-limits.ts';
import { oneBatch, readThrough } from './read-ahead.ts';
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
  /** Left out, `INTAKE_LIMITS`. */
  readonly limits?: IntakeLimits | undefined;
}

const NO_MATCH = { hits: [], errors: [] };

/** Takes CDRs in: decode, flatten, match, store. When `receive` is fulfilled, every CDR of the request is safe. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #acceptance: Acceptance;
  readonly #limits: IntakeLimits;
  /** Bodies that say nothing of being compressed are unpacked and read one at a time: a small one may be large inside. */
  #unpacking: Promise<unknown> = Promise.resolve();

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#acceptance = new Acceptance(options);
    this.#limits = options.limits ?? INTAKE_LIMITS;
  }

  /**
   * Takes in all CDRs of one request. Nothing is stored of one that can be read only in part.
   *
   * @param query the query string without its question mark, used when there is no body.
   * @throws UnreadableBodyError when no CDR can be read from it; TooLargeBodyError for more than the limits allow;
   *   StoreUnavailableError when the store cannot take it, and then the sender must send all of it again (what was stored is
   *   recognised).
   */
  receive(source: Source, body: Uint8Array, query: string): Promise<Received> {
    if (!isGzip(body)) return this.#receive(source, body, query);
    const received = this.#unpacking.then(async () =>
      this.#receive(source, await unpacked(body, this.#limits.maxBodyBytes), query),
    );
    this.#unpacking = received.catch(() => undefined);
    return received;
  }

  async #receive(source: Source, body: Uint8Array, query: string): Promise<Received> {
    const { vendors } = this.#options;
    const sent = { text: await bodyText(body), query };
    const read = (): Iterable<SentCdr> =>
      readEach(sent, { source, vendors, maxCdrBytes: this.#limits.maxCdrBytes });
    const batch = oneBatch(read(), this.#limits);
    const first = batch === undefined ? await readThrough(read(), this.#limits) : batch[0];
    // What is more than a batch is read again: all of it at once may take many times the memory that its text does.
    const taken = await (batch === undefined
      ? this.#takeAll(source, read())
      : this.#takeBatch(batch, source));
    const vendor = source.vendor ?? first?.vendor;
    const answer = vendor === undefined ? undefined : await this.#answer(vendor.profile, taken);
    return { ids: taken.map(({ id }) => id), answer };
  }

  /**
   * Takes in CDRs in batches, between which other requests get their turn.
   *
   * @returns their ids, in their order. A duplicate has the id it got the first time.
   * @throws StoreUnavailableError when the store cannot take them; what was stored before is recognised the next time.
   */
  async take(source: Source, read: Iterable<SentCdr>): Promise<string[]> {
    const taken = await this.#takeAll(source, read);
    return taken.map(({ id }) => id);
  }

  async #takeAll(source: Source, read: Iterable<SentCdr>): Promise<RecordedCdr[]> {
    const taken: RecordedCdr[] = [];
    for await (const batch of batchesOf(read)) taken.push(...(await this.#takeBatch(batch, source)));
    return taken;
  }

  #takeBatch(batch: readonly SentCdr[], source: Source): Promise<RecordedCdr[]> {
    const { grouping } = source;
    if (batch.length === 0) return Promise.resolve([]);
    return grouping === undefined ? this.#accept(batch, source) : this.#hold(batch, source, grouping);
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

  /** Makes a CDR of what was read and finds what it hits. */
  #match(read: SentCdr, source: Source): { matched: MatchedCdr; files: readonly string[] } {
    const { vendor } = read;
    const receivedAtMs = this.#options.clock();
    const kept = withoutRedacted(read, source);
    const receivedAt = new Date(receivedAtMs);
    const record = cdrOfRead(kept, source, receivedAt);
    const sent = kept === read ? record : cdrOfRead(read, source, receivedAt);
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
      ...samenessOf(read, { sent, kept: record }, source),
      // Call data is never refused or dropped for what it is; the departure is put on record.
      violation: ignored === undefined ? vendor.violation(read.record) : `ignored: ${ignored}`,
      hits,
      errors,
    };
    return { matched, files };
  }

  async #accept(read: readonly SentCdr[], source: Source): Promise<RecordedCdr[]> {
    const all = read.map((one) => this.#match(one, source));
    const accepted = await this.#acceptance.accept(
      all.map(({ matched }) => matched),
      (cdrs) => this.#options.store.accept(cdrs),
    );
    return accepted.map(({ id }, index) => ({ id, files: all[index]?.files ?? [] }));
  }

  /** Stores legs to wait for the others of their calls, and what is no leg as any CDR. */
  async #hold(read: readonly SentCdr[], source: Source, grouping: Grouping): Promise<RecordedCdr[]> {
    const { store, observer, clock } = this.#options;
    const legs = new Map<SentCdr, NewLeg>();
    for (const one of read) {
      const leg = legOf(one, source, grouping, clock());
      if (leg !== undefined) legs.set(one, leg);
    }
    let held: Held[];
    try {
      held = await store.calls.hold([...legs.values()]);
    } catch (error) {
      observer.storeFailed(error);
      throw error;
    }
    const taken = new Map<SentCdr, RecordedCdr>();
    for (const [index, [one, leg]] of [...legs].entries()) {
      const kept = held[index];
      if (kept === undefined) continue;
      // A leg has no CDR yet that recordings could be kept for.
      taken.set(one, { id: kept.id, files: [] });
      observer.held(leg, kept);
    }
    const others = read.filter((one) => !legs.has(one));
    for (const [index, one] of (await this.#accept(others, source)).entries()) {
      const other = others[index];
      if (other !== undefined) taken.set(other, one);
    }
    return read.map((one) => given(taken.get(one)));
  }
}

/** What the store owes for every CDR. */
function given(taken: RecordedCdr | undefined): RecordedCdr {
  if (taken === undefined) throw new Error('the store has given too few ids');
  return taken;
}
