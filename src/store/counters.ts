import { failureOf } from './settlement.ts';
import type { HourlyCounts, NewCdr, Settlement, StoredCdr, WebhookStats } from './records.ts';

const HOUR_MS = 3_600_000;

/** Stands for the whole router among the webhooks that hourly counts are kept of. */
export const WHOLE_ROUTER = '';

type Changing<T> = { -readonly [K in keyof T]: T[K] };

/** Counts of one webhook, or of the whole router, within one hour. */
export interface HourOf {
  readonly webhookId: string;
  readonly counts: Changing<HourlyCounts>;
}

/** Adds up what accepted CDRs and settled deliveries count: the one place that says what is counted when. */
export class Counters {
  readonly webhooks = new Map<string, Changing<WebhookStats>>();
  /** By webhook and hour. */
  readonly hours = new Map<string, HourOf>();

  /** Counts a CDR that was not a duplicate. */
  accepted(cdr: NewCdr): void {
    const hour = this.#hour(WHOLE_ROUTER, cdr.receivedAtMs);
    hour.received += 1;
    if (cdr.hits.length > 0) hour.matched += 1;
    for (const { webhookId } of cdr.hits) {
      const stats = this.#webhook(webhookId);
      stats.hits += 1;
      stats.pending += 1;
      stats.lastHitAtMs = cdr.receivedAtMs;
      this.#hour(webhookId, cdr.receivedAtMs).matched += 1;
    }
    for (const webhookId of cdr.errors) this.#webhook(webhookId).errors += 1;
  }

  /** Counts a delivery that was made again. */
  redelivered(webhookId: string, nowMs: number): void {
    const stats = this.#webhook(webhookId);
    stats.hits += 1;
    stats.pending += 1;
    this.#hour(webhookId, nowMs).matched += 1;
  }

  /** Counts a webhook that a stored CDR hit only in a replay; the CDR as it was before. */
  replayed(webhookId: string, cdr: StoredCdr, nowMs: number): void {
    this.redelivered(webhookId, nowMs);
    this.#webhook(webhookId).lastHitAtMs = nowMs;
    if (cdr.hits === 0) this.#hour(WHOLE_ROUTER, cdr.receivedAtMs).matched += 1;
  }

  /** Counts a delivery that was cancelled while it waited. */
  cancelled(webhookId: string): void {
    const stats = this.#webhook(webhookId);
    stats.pending -= 1;
    stats.cancelled += 1;
  }

  /** Counts the end of a lease that was still held. */
  settled({ lease, attempts, outcome }: Settlement, nowMs: number): void {
    const stats = this.#webhook(lease.webhookId);
    // Of a delivered one the last attempt is the one that succeeded.
    const lastFailed = attempts.at(outcome.state === 'delivered' ? -2 : -1);
    if (lastFailed !== undefined) {
      const status = lastFailed.status === undefined ? {} : { status: lastFailed.status };
      stats.lastFailure = { atMs: nowMs, error: failureOf(lastFailed), ...status };
    }
    if (outcome.state === 'pending') return;
    stats.pending -= 1;
    stats[outcome.state] += 1;
    if (outcome.state === 'delivered') stats.lastDeliveredAtMs = nowMs;
    if (outcome.state === 'cancelled') return;
    for (const scope of [WHOLE_ROUTER, lease.webhookId]) this.#hour(scope, nowMs)[outcome.state] += 1;
  }

  #webhook(webhookId: string): Changing<WebhookStats> {
    return entry(this.webhooks, webhookId, () => ({
      hits: 0,
      delivered: 0,
      failed: 0,
      cancelled: 0,
      pending: 0,
      errors: 0,
    }));
  }

  #hour(webhookId: string, atMs: number): Changing<HourlyCounts> {
    const hourMs = atMs - (atMs % HOUR_MS);
    const counts = { hourMs, received: 0, matched: 0, delivered: 0, failed: 0 };
    return entry(this.hours, `${hourMs} ${webhookId}`, () => ({ webhookId, counts })).counts;
  }
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
