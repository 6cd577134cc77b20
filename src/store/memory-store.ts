import type { HeldCallStore } from './held-calls.ts';
import { fingerprintOf, newCdrId } from './identity.ts';
import { listCdrs, listDeliveries, listHours, listHoursOf, listStats, listWaiting } from './memory/lists.ts';
import { MemoryHeldCalls } from './memory/memory-held-calls.ts';
import { MemoryRuns } from './memory/memory-runs.ts';
import { byId, isOpen, Tables, type Row } from './memory/tables.ts';
import { isRound, settle } from './settlement.ts';
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
} from './records.ts';
import type { RunStore } from './runs.ts';
import type {
  Cancelled,
  CancelledPending,
  CdrFilter,
  DeliveryFilter,
  DuePage,
  Membership,
  Store,
  StoreSettings,
} from './store.ts';

/**
 * Keeps everything in memory, durably nowhere: for tests, and as the plain statement of what every store has to do. Each
 * other store must agree with it over any sequence of commands.
 */
export class MemoryStore implements Store {
  readonly #tables: Tables;
  readonly runs: RunStore;
  readonly calls: HeldCallStore;

  /** @param clock gives epoch milliseconds. */
  constructor(settings: StoreSettings, clock: () => number = Date.now) {
    this.#tables = new Tables(settings, clock);
    this.runs = new MemoryRuns(this.#tables);
    this.calls = new MemoryHeldCalls(this.#tables, (cdr) => this.#acceptOne(cdr));
  }

  accept(cdrs: readonly NewCdr[]): Promise<Accepted[]> {
    return Promise.resolve(cdrs.map((cdr) => this.#acceptOne(cdr)));
  }

  #acceptOne(cdr: NewCdr): Accepted {
    const { cdrs, latestByFingerprint, settings, counters } = this.#tables;
    const fingerprint = fingerprintOf(cdr).toString('hex');
    const earlier = cdrs.get(latestByFingerprint.get(fingerprint) ?? '');
    const windowBeginsMs = cdr.receivedAtMs - settings.dedupeWindowMs;
    if (settings.dedupeWindowMs > 0 && earlier !== undefined && earlier.receivedAtMs > windowBeginsMs) {
      return { id: earlier.id, duplicate: true, leases: [] };
    }
    const { source, vendor, receivedAtMs, raw, identity, revision, violation } = cdr;
    const id = newCdrId(receivedAtMs);
    const hits = cdr.hits.length;
    cdrs.set(id, { id, source, vendor, receivedAtMs, raw, identity, revision, violation, hits });
    latestByFingerprint.set(fingerprint, id);
    counters.accepted(cdr);
    const leases = cdr.hits.flatMap(({ webhookId, lease }) => {
      const row = this.#tables.addDelivery({ cdrId: id, webhookId, createdAtMs: receivedAtMs });
      return lease ? [this.#tables.lease(row)] : [];
    });
    return { id, duplicate: false, leases };
  }

  due(after: string, limit: number): Promise<DuePage> {
    this.#tables.endLeases();
    const page = listWaiting(this.#tables, after, limit);
    const last = page.length < limit ? undefined : page.at(-1);
    return Promise.resolve({
      webhooks: page.filter(({ overdueMs }) => overdueMs >= 0),
      next: last === undefined ? '' : last.webhookId,
    });
  }

  lease(rooms: ReadonlyMap<string, number>): Promise<Lease[]> {
    const nowMs = this.#tables.clock();
    const dueOf = ({ delivery }: Row): number => delivery.dueAtMs ?? Infinity;
    const leases = [...rooms].flatMap(([webhookId, room]) =>
      [...this.#tables.rows.values()]
        .filter((row) => row.delivery.webhookId === webhookId && dueOf(row) <= nowMs)
        .sort((a, b) => dueOf(a) - dueOf(b) || byId(a.delivery, b.delivery))
        .slice(0, room)
        .map((row) => this.#tables.lease(row)),
    );
    return Promise.resolve(leases);
  }

  renew(leases: readonly Lease[]): Promise<Lease[]> {
    const held = leases.filter((lease) => this.#isHeld(lease));
    for (const { deliveryId } of held) {
      const row = this.#tables.rows.get(deliveryId);
      if (row === undefined) continue;
      row.leaseEndsAtMs = this.#tables.clock() + this.#tables.settings.leaseMs;
      row.delivery = { ...row.delivery, state: 'delivering', dueAtMs: undefined };
    }
    return Promise.resolve(held);
  }

  #isHeld({ deliveryId, number }: Lease): boolean {
    const row = this.#tables.rows.get(deliveryId);
    return row !== undefined && isOpen(row.delivery) && row.leaseNumber === number;
  }

  settle(settlements: readonly Settlement[]): Promise<Lease[]> {
    const held = settlements.filter((settlement) => this.#settleOne(settlement));
    return Promise.resolve(held.map(({ lease }) => lease));
  }

  /** Whether the lease was held. */
  #settleOne(settlement: Settlement): boolean {
    const { lease, attempts } = settlement;
    const row = this.#tables.rows.get(lease.deliveryId);
    if (row === undefined) return false;
    const isHeld = this.#isHeld(lease);
    for (const attempt of attempts) row.attempts.push({ ...attempt, number: row.attempts.length + 1 });
    row.delivery = { ...row.delivery, attempts: row.attempts.length };
    if (!isHeld) return false;
    const nowMs = this.#tables.clock();
    row.delivery = { ...row.delivery, ...settle(row.delivery, settlement, nowMs) };
    // It waits, and the lease that has put it back must not be taken for one that holds it.
    row.leaseNumber += 1;
    if (isRound(settlement)) row.rounds += 1;
    this.#tables.counters.settled(settlement, nowMs);
    return true;
  }

  cancel(deliveryIds: readonly string[]): Promise<Cancelled> {
    return Promise.resolve(this.#cancel(({ id }) => deliveryIds.includes(id)));
  }

  cancelPending(webhookId: string): Promise<CancelledPending> {
    const { cancelled, delivering } = this.#cancel((delivery) => delivery.webhookId === webhookId);
    return Promise.resolve({ cancelled: cancelled.length, delivering });
  }

  #cancel(isMeant: (delivery: Delivery) => boolean): Cancelled {
    this.#tables.endLeases();
    const meant = [...this.#tables.rows.values()].filter(({ delivery }) => isMeant(delivery));
    const delivering = meant.filter(({ delivery }) => delivery.state === 'delivering');
    const pending = meant.filter(({ delivery }) => delivery.state === 'pending');
    for (const row of pending) {
      const finishedAtMs = this.#tables.clock();
      row.delivery = { ...row.delivery, state: 'cancelled', dueAtMs: undefined, finishedAtMs };
      this.#tables.counters.cancelled(row.delivery.webhookId);
    }
    return { cancelled: idsOf(pending), delivering: idsOf(delivering) };
  }

  cdr(id: string): Promise<StoredCdr | undefined> {
    return Promise.resolve(this.#tables.cdrs.get(id));
  }

  cdrs(filter: CdrFilter): Promise<StoredCdr[]> {
    return Promise.resolve(listCdrs(this.#tables, filter));
  }

  delivery(id: string): Promise<{ delivery: Delivery; attempts: Attempt[] } | undefined> {
    const row = this.#tables.rows.get(id);
    return Promise.resolve(
      row === undefined ? undefined : { delivery: row.delivery, attempts: [...row.attempts] },
    );
  }

  deliveries(filter: DeliveryFilter): Promise<Delivery[]> {
    return Promise.resolve(listDeliveries(this.#tables, filter));
  }

  stats(webhookIds: readonly string[]): Promise<Map<string, WebhookStats>> {
    return Promise.resolve(listStats(this.#tables, webhookIds));
  }

  hourly(webhookId: string | undefined, sinceMs: number): Promise<HourlyCounts[]> {
    return Promise.resolve(listHours(this.#tables, webhookId, sinceMs));
  }

  hourlyOf(webhookIds: readonly string[], sinceMs: number): Promise<Map<string, HourlyCounts[]>> {
    return Promise.resolve(listHoursOf(this.#tables, webhookIds, sinceMs));
  }

  heartbeat(): Promise<Membership> {
    return Promise.resolve({ nodes: 1, rank: 0 });
  }

  pending(): Promise<number> {
    return Promise.resolve([...this.#tables.rows.values()].filter(({ delivery }) => isOpen(delivery)).length);
  }

  purge(beforeMs: number): Promise<number> {
    const { cdrs, rows, legs, latestByFingerprint } = this.#tables;
    const open = new Set([...rows.values()].filter(({ delivery }) => isOpen(delivery)).map(cdrIdOf));
    const old = [...cdrs.values()].filter((cdr) => cdr.receivedAtMs < beforeMs && !open.has(cdr.id));
    const gone = new Set(old.map(({ id }) => id));
    for (const id of gone) cdrs.delete(id);
    for (const [id, row] of rows) if (gone.has(cdrIdOf(row))) rows.delete(id);
    for (const [id, leg] of legs) if (gone.has(leg.cdrId ?? '')) legs.delete(id);
    for (const [key, id] of latestByFingerprint) if (gone.has(id)) latestByFingerprint.delete(key);
    this.#purgeHoursAndRuns(beforeMs);
    return Promise.resolve(gone.size);
  }

  #purgeHoursAndRuns(beforeMs: number): void {
    const { counters, runs } = this.#tables;
    for (const [key, { counts }] of counters.hours) if (counts.hourMs < beforeMs) counters.hours.delete(key);
    for (const [id, { run }] of runs) if ((run.finishedAtMs ?? Infinity) < beforeMs) runs.delete(id);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function idsOf(rows: readonly Row[]): string[] {
  return rows.map(({ delivery }) => delivery.id).sort();
}

function cdrIdOf({ delivery }: Row): string {
  return delivery.cdrId;
}
