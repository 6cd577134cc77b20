import { Counters, failureOf, WHOLE_ROUTER } from './counters.ts';
import { fingerprintOf, newCdrId, newDeliveryId } from './identity.ts';
import type {
  Accepted,
  Attempt,
  CdrFilter,
  Delivery,
  DeliveryFilter,
  DuePage,
  HourlyCounts,
  Lease,
  NewCdr,
  Settlement,
  Store,
  StoredCdr,
  StoreSettings,
  WebhookStats,
} from './store.ts';

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
    if (earlier !== undefined && earlier.receivedAtMs > windowBeginsMs) {
      return { id: earlier.id, duplicate: true, leases: [] };
    }
    const { source, vendor, receivedAtMs, raw, violation } = cdr;
    const stored = {
      id: newCdrId(receivedAtMs),
      source,
      vendor,
      receivedAtMs,
      raw,
      violation,
      hits: cdr.hits.length,
    };
    this.#cdrs.set(stored.id, stored);
    this.#latestByFingerprint.set(fingerprint, stored);
    this.#counters.accepted(cdr);
    const leases = cdr.hits.flatMap(({ webhookId, lease }) => {
      const row = this.#addDelivery(stored, webhookId);
      return lease ? [this.#leaseRow(row)] : [];
    });
    return { id: stored.id, duplicate: false, leases };
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
    const row: Row = { delivery, cdr, attempts: [], leaseNumber: 0, leaseEndsAtMs: 0, rounds: 0 };
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
    for (const row of this.#rows.values()) {
      if (row.delivery.state !== 'delivering' || row.leaseEndsAtMs > nowMs) continue;
      row.delivery = { ...row.delivery, state: 'pending', dueAtMs: nowMs };
    }
    const oldest = new Map<string, number>();
    for (const { delivery } of this.#rows.values()) {
      if (delivery.dueAtMs === undefined || delivery.webhookId <= after) continue;
      oldest.set(delivery.webhookId, Math.min(delivery.dueAtMs, oldest.get(delivery.webhookId) ?? Infinity));
    }
    const page = [...oldest].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, limit);
    return Promise.resolve({
      webhooks: page
        .filter(([, dueAtMs]) => dueAtMs <= nowMs)
        .map(([webhookId, dueAtMs]) => ({ webhookId, overdueMs: nowMs - dueAtMs })),
      next: page.length < limit ? '' : (page.at(-1)?.[0] ?? ''),
    });
  }

  lease(rooms: ReadonlyMap<string, number>): Promise<Lease[]> {
    const nowMs = this.#clock();
    const leases = [...rooms].flatMap(([webhookId, room]) =>
      [...this.#rows.values()]
        .filter(({ delivery }) => delivery.webhookId === webhookId && (delivery.dueAtMs ?? Infinity) <= nowMs)
        .sort((a, b) => (a.delivery.dueAtMs ?? 0) - (b.delivery.dueAtMs ?? 0) || byId(a.delivery, b.delivery))
        .slice(0, room)
        .map((row) => this.#leaseRow(row)),
    );
    return Promise.resolve(leases);
  }

  renew(leases: readonly Lease[]): Promise<Lease[]> {
    const held = leases.filter((lease) => this.#heldRow(lease) !== undefined);
    for (const lease of held) {
      const row = this.#heldRow(lease);
      if (row !== undefined) row.leaseEndsAtMs = this.#clock() + this.#settings.leaseMs;
    }
    return Promise.resolve(held);
  }

  #heldRow(lease: Lease): Row | undefined {
    const row = this.#rows.get(lease.deliveryId);
    return row?.delivery.state === 'delivering' && row.leaseNumber === lease.number ? row : undefined;
  }

  settle(settlements: readonly Settlement[]): Promise<void> {
    for (const settlement of settlements) this.#settleOne(settlement);
    return Promise.resolve();
  }

  #settleOne(settlement: Settlement): void {
    const { lease, attempts, outcome } = settlement;
    const row = this.#rows.get(lease.deliveryId);
    if (row === undefined) return;
    const held = this.#heldRow(lease) !== undefined;
    for (const attempt of attempts) row.attempts.push({ ...attempt, number: row.attempts.length + 1 });
    row.delivery = { ...row.delivery, attempts: row.attempts.length };
    if (!held) return;
    const nowMs = this.#clock();
    const last = attempts.at(-1);
    const status = attempts.findLast((attempt) => attempt.status !== undefined)?.status;
    const waits = outcome.state === 'pending';
    row.delivery = {
      ...row.delivery,
      state: outcome.state,
      dueAtMs: waits ? nowMs + outcome.delayMs : undefined,
      finishedAtMs: waits ? undefined : nowMs,
      lastStatus: status ?? row.delivery.lastStatus,
      lastError: lastErrorAfter(row.delivery.lastError, last, outcome.state),
    };
    if (waits && outcome.countsAsRound) row.rounds += 1;
    this.#counters.settled(settlement, nowMs);
  }

  cdr(id: string): Promise<StoredCdr | undefined> {
    return Promise.resolve(this.#cdrs.get(id));
  }

  cdrs({ source, vendor, matched, beforeId, limit }: CdrFilter): Promise<StoredCdr[]> {
    const found = [...this.#cdrs.values()]
      .filter(
        (cdr) =>
          (source === undefined || cdr.source === source) && (vendor === undefined || cdr.vendor === vendor),
      )
      .filter((cdr) => matched === undefined || cdr.hits > 0 === matched)
      .filter((cdr) => beforeId === undefined || cdr.id < beforeId);
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
      .filter((delivery) => webhookId === undefined || delivery.webhookId === webhookId)
      .filter((delivery) => cdrId === undefined || delivery.cdrId === cdrId)
      .filter((delivery) => state === undefined || delivery.state === state)
      .filter((delivery) => beforeId === undefined || delivery.id < beforeId);
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
    const waiting = [...this.#counters.webhooks.values()].reduce((sum, { pending }) => sum + pending, 0);
    return Promise.resolve(waiting);
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

/** What a delivery shows as its last error after a lease: none once it is delivered. */
function lastErrorAfter(
  before: string | undefined,
  last: Settlement['attempts'][number] | undefined,
  state: string,
): string | undefined {
  if (state === 'delivered') return undefined;
  return last === undefined ? before : failureOf(last);
}

function isOpen({ delivery }: Row): boolean {
  return delivery.state === 'pending' || delivery.state === 'delivering';
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
