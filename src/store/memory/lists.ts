import { WHOLE_ROUTER } from '../counters.ts';
import type { Delivery, HourlyCounts, StoredCdr, WebhookStats } from '../records.ts';
import { SEARCHED_CDRS, type CdrFilter, type DeliveryFilter, type DueWebhook } from '../store.ts';
import { byId, isWanted, type Tables } from './tables.ts';

/** `Store.cdrs`. */
export function listCdrs({ cdrs }: Tables, filter: CdrFilter): StoredCdr[] {
  const newestFirst = [...cdrs.values()].sort((a, b) => byId(b, a));
  const looked = filter.text === undefined ? newestFirst : newestFirst.slice(0, SEARCHED_CDRS);
  return looked.filter((cdr) => isListedCdr(cdr, filter)).slice(0, filter.limit);
}

function isListedCdr(cdr: StoredCdr, filter: CdrFilter): boolean {
  const { matched, beforeId, idPrefix = '', text = '' } = filter;
  return (
    isOf(cdr, filter) &&
    isWanted(matched, cdr.hits > 0) &&
    isReceivedIn(cdr, filter) &&
    (beforeId === undefined || cdr.id < beforeId) &&
    cdr.id.startsWith(idPrefix) &&
    inOneCase(cdr.raw).includes(inOneCase(text))
  );
}

function isOf(cdr: StoredCdr, { source, vendor, identity }: CdrFilter): boolean {
  return isWanted(source, cdr.source) && isWanted(vendor, cdr.vendor) && isWanted(identity, cdr.identity);
}

function isReceivedIn(
  { receivedAtMs }: StoredCdr,
  { sinceMs = -Infinity, untilMs = Infinity }: CdrFilter,
): boolean {
  return receivedAtMs >= sinceMs && receivedAtMs < untilMs;
}

function inOneCase(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
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
    isWanted<string>(filter.statusClass, statusClassOf(delivery)) &&
    isInTime(delivery, filter)
  );
}

function statusClassOf({ lastStatus, attempts }: Delivery): string {
  if (lastStatus !== undefined) return `${Math.floor(lastStatus / 100)}xx`;
  return attempts > 0 ? 'none' : '';
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

/** `Store.hourlyOf`. */
export function listHoursOf(
  tables: Tables,
  webhookIds: readonly string[],
  sinceMs: number,
): Map<string, HourlyCounts[]> {
  const hours = webhookIds.map((id) => [id, listHours(tables, id, sinceMs)] as const);
  return new Map(hours.filter(([, counts]) => counts.length > 0));
}
