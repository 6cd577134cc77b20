import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  Accepted,
  Attempt,
  Delivery,
  HourlyCounts,
  Lease,
  NewCdr,
  Settlement,
  StoredCdr,
  WebhookStats,
} from '../records.ts';
import type { HeldCallStore } from '../held-calls.ts';
import type { RunStore } from '../runs.ts';
import type {
  Cancelled,
  CancelledPending,
  CdrFilter,
  DeliveryFilter,
  DuePage,
  Membership,
  Store,
  StoreSettings,
} from '../store.ts';
import { acceptCdrs, prepareCdr, type PreparedCdr } from './accept.ts';
import { textArray } from './arrays.ts';
import { Batcher } from './batcher.ts';
import { cancelDeliveries, cancelWaiting, findDelivering, newestOpen } from './cancel.ts';
import { Connections } from './connections.ts';
import { anySlot, countPending, findHourly, findHourlyOf, findStats, slotsOf, tidyHours } from './counts.ts';
import { readDatabaseUrl } from './database-url.ts';
import { findDeliveries } from './find-deliveries.ts';
import { findDue, leaseDue, renewLeases } from './leases.ts';
import { migrate } from './migrate.ts';
import { beat, leave } from './nodes.ts';
import { PostgresHeldCalls } from './postgres-held-calls.ts';
import { PostgresRuns } from './postgres-runs.ts';
import { inSteps, purgeCdrs, purgeFingerprints, purgeRuns } from './purge.ts';
import { findCdr, findCdrs, findDelivery } from './reads.ts';
import { settleAll, type Settling } from './settle.ts';

/** Connections for what comes in and goes out; others, so that no long list makes intake wait, for everything else. */
const FLOW_CONNECTIONS = 5;
const DESK_CONNECTIONS = 3;
/** Statements at the same time that accept, and that settle. */
const LANES = 2;
/** What makes a batch full, in records and in characters of CDR. */
const FULL_BATCH = 256;
const CHARACTERS_PER_RECORD = 16_384;
/** A database that was away for longer than a lease must not look as if all other nodes had died: so long they have to renew. */
const RENEWAL_TIME_MS = 3_000;
/** Rows deleted or cancelled in one transaction: some milliseconds. */
const SMALL_BATCH = 200;

/**
 * Keeps everything in one schema of a PostgreSQL database that any number of nodes use at the same time. The time that
 * decides is the database's; what a node that died has leased is leased again when its time is over.
 */
export class PostgresStore implements Store {
  readonly runs: RunStore;
  readonly calls: HeldCallStore;
  readonly #settings: StoreSettings;
  /** By which the other nodes know this one. */
  readonly #nodeId = randomUUID();
  #hasBeaten = false;
  readonly #flow: Connections;
  readonly #desk: Connections;
  readonly #accepting: Batcher<readonly PreparedCdr[], Accepted[]>;
  readonly #settling: Batcher<readonly Settlement[], Lease[]>;
  /** Settlements that were sent to the database, whether or not they were kept; see `Settling`. */
  readonly #begun = new WeakSet<Settlement>();

  private constructor(url: string, settings: StoreSettings) {
    this.#settings = settings;
    const database = readDatabaseUrl(url);
    this.#flow = new Connections(database, FLOW_CONNECTIONS);
    this.#desk = new Connections(database, DESK_CONNECTIONS);
    this.runs = new PostgresRuns(this.#desk);
    const [first = 1, ...slots] = slotsOf(anySlot(), 2 * LANES);
    const slotOf = (lane: number): number => slots[lane] ?? first;
    this.calls = new PostgresHeldCalls(this.#flow, { settings, slot: first });
    this.#accepting = new Batcher({
      commit: (calls, lane) => this.#accept(calls, slotOf(lane)),
      weigh: (cdrs) => cdrs.reduce((sum, { cdr }) => sum + 1 + cdr.raw.length / CHARACTERS_PER_RECORD, 0),
      fullWeight: FULL_BATCH,
      lanes: LANES,
    });
    this.#settling = new Batcher({
      commit: (calls, lane) => this.#settle(calls, slotOf(LANES + lane)),
      weigh: (settlements) => settlements.length,
      fullWeight: FULL_BATCH,
      lanes: LANES,
    });
  }

  /**
   * Opens the schema of a database URL, making or migrating it. Leases stay with the nodes that hold them. From the first
   * moment on it counts as a node, so that nobody takes the schema for unused.
   *
   * @throws StoreUnavailableError when the database cannot be had, Error when the URL cannot be used or a newer
   *   Hookswitch has migrated the schema.
   */
  static async open(url: string, settings: StoreSettings): Promise<PostgresStore> {
    await migrate(readDatabaseUrl(url));
    const store = new PostgresStore(url, settings);
    try {
      await store.heartbeat();
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  async accept(cdrs: readonly NewCdr[]): Promise<Accepted[]> {
    return cdrs.length === 0 ? [] : this.#accepting.run(cdrs.map(prepareCdr));
  }

  async #accept(calls: readonly (readonly PreparedCdr[])[], slot: number): Promise<Accepted[][]> {
    const options = { settings: this.#settings, slot };
    const accepted = await this.#flow.use((session) => acceptCdrs(session, calls.flat(), options));
    let next = 0;
    return calls.map(({ length }) => accepted.slice(next, (next += length)));
  }

  due(after: string, limit: number): Promise<DuePage> {
    const mayEndLeases = this.#flow.sinceLossMs >= RENEWAL_TIME_MS;
    return this.#flow.use((session) => findDue(session, after, { limit, mayEndLeases }));
  }

  lease(rooms: ReadonlyMap<string, number>): Promise<Lease[]> {
    return this.#flow.use((session) => leaseDue(session, rooms, this.#settings.leaseMs));
  }

  renew(leases: readonly Lease[]): Promise<Lease[]> {
    return this.#flow.use((session) => renewLeases(session, leases, this.#settings.leaseMs));
  }

  settle(settlements: readonly Settlement[]): Promise<Lease[]> {
    return settlements.length === 0 ? Promise.resolve([]) : this.#settling.run(settlements);
  }

  async #settle(calls: readonly (readonly Settlement[])[], slot: number): Promise<Lease[][]> {
    const settlements = calls.flat();
    const held = await this.#flow.use((session) => {
      const settlings = settlements.map((settlement): Settling => ({
        settlement,
        isInDoubt: this.#begun.has(settlement),
      }));
      for (const settlement of settlements) this.#begun.add(settlement);
      return settleAll(session, settlings, slot);
    });
    return calls.map((call) => call.filter((one) => held.has(one)).map(({ lease }) => lease));
  }

  cancel(deliveryIds: readonly string[]): Promise<Cancelled> {
    return this.#desk.use((session) => cancelDeliveries(session, deliveryIds));
  }

  async cancelPending(webhookId: string): Promise<CancelledPending> {
    const newest = await this.#desk.use(newestOpen);
    let cancelled = 0;
    let batch: number;
    do {
      batch = await this.#desk.use((session) => cancelWaiting(session, webhookId, newest, SMALL_BATCH));
      cancelled += batch;
      await nextTurn();
    } while (batch > 0);
    return { cancelled, delivering: await this.#desk.use((session) => findDelivering(session, webhookId)) };
  }

  heartbeat(): Promise<Membership> {
    this.#hasBeaten = true;
    return this.#flow.use((session) => beat(session, this.#nodeId, this.#settings.leaseMs));
  }

  cdr(id: string): Promise<StoredCdr | undefined> {
    return this.#desk.use((session) => findCdr(session, id));
  }

  cdrs(filter: CdrFilter): Promise<StoredCdr[]> {
    return this.#desk.use((session) => findCdrs(session, filter));
  }

  delivery(id: string): Promise<{ delivery: Delivery; attempts: Attempt[] } | undefined> {
    return this.#desk.use((session) => findDelivery(session, id));
  }

  deliveries(filter: DeliveryFilter): Promise<Delivery[]> {
    return this.#desk.use((session) => findDeliveries(session, filter));
  }

  stats(webhookIds: readonly string[]): Promise<Map<string, WebhookStats>> {
    return this.#desk.use((session) => findStats(session, textArray(webhookIds)));
  }

  hourly(webhookId: string | undefined, sinceMs: number): Promise<HourlyCounts[]> {
    return this.#desk.use((session) => findHourly(session, webhookId, sinceMs));
  }

  hourlyOf(webhookIds: readonly string[], sinceMs: number): Promise<Map<string, HourlyCounts[]>> {
    return this.#desk.use((session) => findHourlyOf(session, textArray(webhookIds), sinceMs));
  }

  pending(): Promise<number> {
    return this.#desk.use(countPending);
  }

  async purge(beforeMs: number): Promise<number> {
    let gone = 0;
    await inSteps(async (after) => {
      const batch = await this.#desk.transaction((session) =>
        purgeCdrs(session, beforeMs, after, SMALL_BATCH),
      );
      gone += batch.gone;
      return batch.next;
    });
    const { dedupeWindowMs } = this.#settings;
    await inSteps(async () => {
      const count = await this.#desk.use((session) =>
        purgeFingerprints(session, dedupeWindowMs, SMALL_BATCH),
      );
      return count < SMALL_BATCH ? undefined : '';
    });
    await this.#desk.use((session) => purgeRuns(session, beforeMs));
    await this.#desk.use((session) => tidyHours(session, beforeMs));
    return gone;
  }

  async close(): Promise<void> {
    await Promise.all([this.#accepting.drain(), this.#settling.drain()]);
    // Without a database it is taken for dead when its time is over.
    if (this.#hasBeaten)
      await this.#flow.use((session) => leave(session, this.#nodeId)).catch(() => undefined);
    await Promise.all([this.#flow.close(), this.#desk.close()]);
  }
}
