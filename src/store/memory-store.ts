import { Counters, WHOLE_ROUTER } from './counters.ts';
import { fingerprintOf, newCdrId, newDeliveryId } from './identity.ts';
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
import type { CdrFilter, DeliveryFilter, DuePage, Store, StoreSettings } from './store.ts';

/** A delivery with what only the store has to know. */
interface Row {
  delivery: Delivery;
  cdr: StoredCdr;
  attempts: Attempt[];
  leaseNumber: number;
  leaseEndsAtMs: number;
  rounds: number;
}

/**
 * Keeps everything in memory, durably nowhere: for tests, and as the plain statement of what every store has to do. Each
 * other store must agree with it over any sequence of commands.
 */
export class MemoryStore implements Store {
  readonly #settings: StoreSettings;
  readonly #clock: () => number;
  readonly #cdrs = new Map<string, StoredCdr>();
  readonly #latestByFingerprint = new Map<string, StoredCdr>();
  readonly #rows = new Map<string, Row>();
  readonly #counters = new Counters();

  /** @param clock gives epoch milliseconds. */
  constructor(settings: StoreSettings, clock: () => number = Date.now) {
    this.#settings = settings;
    this.#clock = clock;
  }

  accept(cdrs: readonly NewCdr[]): Promise<Accepted[]> {
    return Promise.resolve(cdrs.map((cdr) => this.#acceptOne(cdr)));
  }

  #acceptOne(cdr: NewCdr): Accepted {
    const fingerprint = fingerprintOf(cdr).toString('hex');
    const earlier = this.#latestByFingerprint.get(fingerprint);
    const windowBeginsMs = cdr.receivedAtMs - this.#settings.dedupeWindowMs;
    if (this.#settings.dedupeWindowMs > 0 && earlier !== undefined && earlier.receivedAtMs > windowBeginsMs) {
      return { id: earlier.id, duplicate: true, leases: [] };
    }
    const { source, vendor, receivedAtMs, raw, violation } = cdr;
    const id = newCdrId(receivedAtMs);
    const stored = { id, source, vendor, receivedAtMs, raw, violation, hits: cdr.hits.length };
    this.#cdrs.set(id, stored);
    this.#latestByFingerprint.set(fingerprint, stored);
    this.#counters.accepted(cdr);
    const leases = cdr.hits.flatMap(({ webhookId, lease }) => {
      const row = this.#addDelivery(stored, webhookId);
      return lease ? [this.#leaseRow(row)] : [];
    });
    return { id, duplicate: false, leases };
  }

  #addDelivery(cdr: StoredCdr, webhookId: string): Row {
    const nowMs = this.#clock();
    const delivery: Delivery = {
      id: newDeliveryId(nowMs),
      cdrId: cdr.id,
      webhookId,
      state: 'pending',
      attempts: 0,
      createdAtMs: cdr.receivedAtMs,
      dueAtMs: nowMs,
    };
    const row = { delivery, cdr, attempts: [], leaseNumber: 0, leaseEndsAtMs: 0, rounds: 0 };
    this.#rows.set(delivery.id, row);
    return row;
  }

  #leaseRow(row: Row): Lease {
    row.leaseNumber += 1;
    row.leaseEndsAtMs = this.#clock() + this.#settings.leaseMs;
    row.delivery = { ...row.delivery, state: 'delivering', dueAtMs: undefined };
    const { id, webhookId, attempts } = row.delivery;
    return { deliveryId: id, webhookId, cdr: row.cdr, number: row.leaseNumber, attempts, rounds: row.rounds };
  }

  due(after: string, limit: number): Promise<DuePage> {
    const nowMs = this.#clock();
    this.#endLeases(nowMs);
    const waiting = [...this.#rows.values()].flatMap(({ delivery: { webhookId, dueAtMs } }) =>
      dueAtMs === undefined || webhookId <= after ? [] : [{ webhookId, overdueMs: nowMs - dueAtMs }],
    );
    const page = [...Map.groupBy(waiting, ({ webhookId }) => webhookId)]
      .map(([webhookId, all]) => ({
        webhookId,
        overdueMs: Math.max(...all.map(({ overdueMs }) => overdueMs)),
      }))
      .sort((a, b) => (a.webhookId < b.webhookId ? -1 : 1))
      .slice(0, limit);
    const last = page.length < limit ? undefined : page.at(-1);
    return Promise.resolve({
      webhooks: page.filter(({ overdueMs }) => overdueMs >= 0),
      next: last === undefined ? '' : last.webhookId,
    });
  }

  #endLeases(nowMs: number): void {
    for (const row of this.#rows.values()) {
      if (row.delivery.state !== 'delivering' || row.leaseEndsAtMs > nowMs) continue;
      row.delivery = { ...row.delivery, state: 'pending', dueAtMs: nowMs };
    }
  }

  lease(rooms: ReadonlyMap<string, number>): Promise<Lease[]> {
    const nowMs = this.#clock();
    const dueOf = ({ delivery }: Row): number => delivery.dueAtMs ?? Infinity;
    const leases = [...rooms].flatMap(([webhookId, room]) =>
      [...this.#rows.values()]
        .filter((row) => row.delivery.webhookId === webhookId && dueOf(row) <= nowMs)
        .sort((a, b) => dueOf(a) - dueOf(b) || byId(a.delivery, b.delivery))
        .slice(0, room)
        .map((row) => this.#leaseRow(row)),
    );
    return Promise.resolve(leases);
  }

  renew(leases: readonly Lease[]): Promise<Lease[]> {
    const held = leases.filter((lease) => this.#isHeld(lease));
    for (const { deliveryId } of held) {
      const row = this.#rows.get(deliveryId);
      if (row !== undefined) row.leaseEndsAtMs = this.#clock() + this.#settings.leaseMs;
    }
    return Promise.resolve(held);
  }

  #isHeld({ deliveryId, number }: Lease): boolean {
    const row = this.#rows.get(deliveryId);
    return row?.delivery.state === 'delivering' && row.leaseNumber === number;
  }

  settle(settlements: readonly Settlement[]): Promise<void> {
    for (const settlement of settlements) this.#settleOne(settlement);
    return Promise.resolve();
  }

  #settleOne(settlement: Settlement): void {
    const { lease, attempts } = settlement;
    const row = this.#rows.get(lease.deliveryId);
    if (row === undefined) return;
    const isHeld = this.#isHeld(lease);
    for (const attempt of attempts) row.attempts.push({ ...attempt, number: row.attempts.length + 1 });
    row.delivery = { ...row.delivery, attempts: row.attempts.length };
    if (!isHeld) return;
    const nowMs = this.#clock();
    row.delivery = { ...row.delivery, ...settle(row.delivery, settlement, nowMs) };
    if (isRound(settlement)) row.rounds += 1;
    this.#counters.settled(settlement, nowMs);
  }

  cdr(id: string): Promise<StoredCdr | undefined> {
    return Promise.resolve(this.#cdrs.get(id));
  }

  cdrs({ source, vendor, matched, beforeId, limit }: CdrFilter): Promise<StoredCdr[]> {
    const found = [...this.#cdrs.values()].filter(
      (cdr) =>
        isWanted(source, cdr.source) &&
        isWanted(vendor, cdr.vendor) &&
        isWanted(matched, cdr.hits > 0) &&
        (beforeId === undefined || cdr.id < beforeId),
    );
    return Promise.resolve(found.sort((a, b) => byId(b, a)).slice(0, limit));
  }

  delivery(id: string): Promise<{ delivery: Delivery; attempts: Attempt[] } | undefined> {
    const row = this.#rows.get(id);
    return Promise.resolve(
      row === undefined ? undefined : { delivery: row.delivery, attempts: [...row.attempts] },
    );
  }

  deliveries({ webhookId, cdrId, state, beforeId, limit }: DeliveryFilter): Promise<Delivery[]> {
    const found = [...this.#rows.values()]
      .map(({ delivery }) => delivery)
      .filter(
        (delivery) =>
          isWanted(webhookId, delivery.webhookId) &&
          isWanted(cdrId, delivery.cdrId) &&
          isWanted(state, delivery.state) &&
          (beforeId === undefined || delivery.id < beforeId),
      );
    return Promise.resolve(found.sort((a, b) => byId(b, a)).slice(0, limit));
  }

  stats(webhookIds: readonly string[]): Promise<Map<string, WebhookStats>> {
    const known = webhookIds.flatMap((id) => {
      const stats = this.#counters.webhooks.get(id);
      return stats === undefined ? [] : [[id, { ...stats }] as const];
    });
    return Promise.resolve(new Map(known));
  }

  hourly(webhookId: string | undefined, sinceMs: number): Promise<HourlyCounts[]> {
    const hours = [...this.#counters.hours.values()]
      .filter((hour) => hour.webhookId === (webhookId ?? WHOLE_ROUTER) && hour.counts.hourMs >= sinceMs)
      .map(({ counts }) => ({ ...counts }));
    return Promise.resolve(hours.sort((a, b) => a.hourMs - b.hourMs));
  }

  pending(): Promise<number> {
    return Promise.resolve([...this.#rows.values()].filter(isOpen).length);
  }

  purge(beforeMs: number): Promise<number> {
    const open = new Set([...this.#rows.values()].filter(isOpen).map(({ cdr }) => cdr.id));
    const old = [...this.#cdrs.values()].filter((cdr) => cdr.receivedAtMs < beforeMs && !open.has(cdr.id));
    const gone = new Set(old.map(({ id }) => id));
    for (const id of gone) this.#cdrs.delete(id);
    for (const [id, { cdr }] of this.#rows) if (gone.has(cdr.id)) this.#rows.delete(id);
    for (const [key, cdr] of this.#latestByFingerprint)
      if (gone.has(cdr.id)) this.#latestByFingerprint.delete(key);
    for (const [key, { counts }] of this.#counters.hours) {
      if (counts.hourMs < beforeMs) this.#counters.hours.delete(key);
    }
    return Promise.resolve(gone.size);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Whether a value passes a filter; one that is not given lets everything pass. */
function isWanted<Value>(wanted: Value | undefined, value: Value): boolean {
  return wanted === undefined || wanted === value;
}

function isOpen({ delivery }: Row): boolean {
  return delivery.state === 'pending' || delivery.state === 'delivering';
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
