import { WHOLE_ROUTER } from '../counters.ts';
import type { Delivery, HourlyCounts, StoredCdr, WebhookStats } from '../records.ts';
import type { CdrFilter, DeliveryFilter, DueWebhook } from '../store.ts';
import { byId, isWanted, type Tables } from './tables.ts';

/** `Store.cdrs`. */
export function listCdrs(
  { cdrs }: Tables,
  { source, vendor, identity, matched, beforeId, limit }: CdrFilter,
): StoredCdr[] {
  return [...cdrs.values()]
    .filter(
      (cdr) =>
        isWanted(source, cdr.source) &&
        isWanted(vendor, cdr.vendor) &&
        isWanted(identity, cdr.identity) &&
        isWanted(matched, cdr.hits > 0) &&
        (beforeId === undefined || cdr.id < beforeId),
    )
    .sort((a, b) => byId(b, a))
    .slice(0, limit);
}

/** `Store.deliveries`. */
export function listDeliveries({ rows }: Tables, filter: DeliveryFilter): Delivery[] {
  return [...rows.values()]
    .map(({ delivery }) => delivery)
    .filter((delivery) => isListed(delivery, filter))
    .sort((a, b) => byId(b, a))
    .slice(0, filter.limit);
}

function isListed(delivery: Delivery, filter: DeliveryFilter): boolean {
  const states = typeof filter.state === 'string' ? [filter.state] : filter.state;
  return (
    isWanted(filter.webhookId, delivery.webhookId) &&
    isWanted(filter.cdrId, delivery.cdrId) &&
    isWanted(filter.runId, delivery.runId) &&
    (states === undefined || states.includes(delivery.state)) &&
    isInTime(delivery, filter)
  );
}

function isInTime({ id, createdAtMs }: Delivery, { sinceMs, untilMs, beforeId }: DeliveryFilter): boolean {
  return (
    (sinceMs === undefined || createdAtMs >= sinceMs) &&
    (untilMs === undefined || createdAtMs < untilMs) &&
    (beforeId === undefined || id < beforeId)
  );
}

/** The webhooks of `Store.due`, also those whose deliveries are not due yet. */
export function listWaiting({ rows, clock }: Tables, after: string, limit: number): DueWebhook[] {
  const nowMs = clock();
  const waiting = [...rows.values()].flatMap(({ delivery: { webhookId, dueAtMs } }) =>
    dueAtMs === undefined || webhookId <= after ? [] : [{ webhookId, overdueMs: nowMs - dueAtMs }],
  );
  return [...Map.groupBy(waiting, ({ webhookId }) => webhookId)]
    .map(([webhookId, all]) => ({ webhookId, overdueMs: Math.max(...all.map(({ overdueMs }) => overdueMs)) }))
    .sort((a, b) => (a.webhookId < b.webhookId ? -1 : 1))
    .slice(0, limit);
}

/** `Store.stats`. */
export function listStats({ counters }: Tables, webhookIds: readonly string[]): Map<string, WebhookStats> {
  const known = webhookIds.flatMap((id) => {
    const stats = counters.webhooks.get(id);
    return stats === undefined ? [] : [[id, { ...stats }] as const];
  });
  return new Map(known);
}

/** `Store.hourly`. */
export function listHours(
  { counters }: Tables,
  webhookId: string | undefined,
  sinceMs: number,
): HourlyCounts[] {
  return [...counters.hours.values()]
    .filter((hour) => hour.webhookId === (webhookId ?? WHOLE_ROUTER) && hour.counts.hourMs >= sinceMs)
    .map(({ counts }) => ({ ...counts }))
    .sort((a, b) => a.hourMs - b.hourMs);
}
