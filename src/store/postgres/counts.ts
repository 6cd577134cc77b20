import { WHOLE_ROUTER } from '../counters.ts';
import type { HourlyCounts, WebhookStats } from '../records.ts';
import { integer, text } from '../sql/columns.ts';
import { toHourlyCounts, toStats } from '../sql/rows.ts';
import type { Session } from './session.ts';

/*
 * What is counted is spread over slots: a node's connections write to one each, so that transactions of many nodes that
 * hit one webhook do not wait for each other's rows. A reader adds them up. A row is of one hour, or of all time.
 *
 * The statements that count do it for themselves, in the same transaction as what they count and by the same rules as
 * `Counters`; the model test holds them to that.
 */

const HOUR_MS = 3_600_000;
/** Stands in the place of an hour for all time; before every hour there can be. */
export const ALL_TIME = -1;
const SLOTS = 64;
/** The slot that the others are added to when their hour is over. */
export const FOLDED = 0;
/** Hours this old are hardly written to any more. */
const FOLD_AFTER_MS = 2 * HOUR_MS;
/** Older ones have been folded by an earlier purge. */
const FOLD_UNTIL_MS = 50 * HOUR_MS;

/** Slots for the connections of one node: with luck no other node's, and it is only slower when they are. */
export function slotsOf(firstSlot: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => 1 + ((firstSlot + index) % SLOTS));
}

/** A slot by chance. */
export function anySlot(): number {
  return 1 + Math.floor(Math.random() * SLOTS);
}

/** SQL of the hour that a time is in. */
export function hourOf(sql: string): string {
  return `(${sql}) - (${sql}) % ${HOUR_MS}`;
}

/** What a row of `counts` is counted of, and every count with its type. */
const COUNTS = ['received', 'hits', 'delivered', 'failed', 'cancelled', 'pending', 'errors'] as const;
const LAST_TIMES = ['last_hit_at_ms', 'last_delivered_at_ms'] as const;
const LAST_FAILURE = ['last_failure_at_ms', 'last_failure_status', 'last_failure_error'] as const;

/** A count or a last time. */
export type CountColumn =
  (typeof COUNTS)[number] | (typeof LAST_TIMES)[number] | (typeof LAST_FAILURE)[number];

const COLUMNS: readonly CountColumn[] = [...COUNTS, ...LAST_TIMES, ...LAST_FAILURE];

/** One SELECT's part of what a statement counts. Columns that are not named count nothing. */
export interface Counted {
  /** SQL of the webhook, `''` for the whole router; by it and by `hour` the rows of `from` are grouped. */
  readonly webhookId: string;
  readonly hour: string;
  readonly columns: Readonly<Partial<Record<CountColumn, string>>>;
  /** What follows FROM. */
  readonly from: string;
}

/**
 * SQL that adds what is counted to the rows of a slot. The rows are taken in the order of their keys, as everywhere, so
 * that no two statements can wait for each other.
 *
 * @param slot SQL of the slot.
 */
export function addCounts(slot: string, counted: readonly Counted[]): string {
  const used = COLUMNS.filter((column) => counted.some(({ columns }) => columns[column] !== undefined));
  const into = ['webhook_id', 'hour_ms', 'slot', ...used].join(', ');
  const values = ['webhook_id', 'hour_ms', slot, ...used.map(together)].join(', ');
  return `INSERT INTO counts AS c (${into}) SELECT ${values}
    FROM (${counted.map((one) => selectCounted(one, used)).join(' UNION ALL ')}) counted
    GROUP BY webhook_id, hour_ms ORDER BY webhook_id, hour_ms
    ON CONFLICT (webhook_id, hour_ms, slot) DO UPDATE SET ${used.map(add).join(', ')}`;
}

function isIn(columns: readonly CountColumn[], column: CountColumn): boolean {
  return columns.includes(column);
}

const BY_FAILURE = 'last_failure_at_ms DESC NULLS LAST';

/** SQL of a column over all that is counted of a row. */
function together(column: CountColumn): string {
  if (isIn(COUNTS, column)) return `sum(${column})`;
  if (isIn(LAST_TIMES, column)) return `max(${column})`;
  return `(array_agg(${column} ORDER BY ${BY_FAILURE}))[1]`;
}

function selectCounted({ webhookId, hour, columns, from }: Counted, used: readonly CountColumn[]): string {
  const values = used.map((column) => {
    const nothing = isIn(COUNTS, column) ? '0' : 'NULL';
    const type = column === 'last_failure_error' ? 'text' : 'bigint';
    return `(${columns[column] ?? nothing})::${type} AS ${column}`;
  });
  return `SELECT (${webhookId})::text COLLATE "C" AS webhook_id, (${hour})::bigint AS hour_ms, ${values.join(', ')} FROM ${from}
    GROUP BY 1, 2`;
}

/** Adds to the row that is there. The later failure stays; of two at the same time the one that is written last. */
function add(column: CountColumn): string {
  if (isIn(COUNTS, column)) return `${column} = c.${column} + excluded.${column}`;
  if (isIn(LAST_TIMES, column)) return `${column} = greatest(c.${column}, excluded.${column})`;
  return `${column} = CASE WHEN excluded.last_failure_at_ms >= coalesce(c.last_failure_at_ms, 0)
    THEN excluded.${column} ELSE c.${column} END`;
}

/** `Store.stats`. */
export async function findStats(session: Session, webhookIds: Buffer): Promise<Map<string, WebhookStats>> {
  const rows = await session.rows(
    `SELECT webhook_id, ${SUMS}, ${LAST_TIMES.map((column) => `max(${column}) AS ${column}`).join(', ')},
       ${LAST_FAILURE.map((column) => `(array_agg(${column} ORDER BY ${BY_FAILURE}, slot))[1] AS ${column}`).join(', ')}
     FROM counts WHERE webhook_id = ANY($1::text[]) AND hour_ms = ${ALL_TIME} GROUP BY webhook_id`,
    webhookIds,
  );
  return new Map(rows.map((row) => [text(row['webhook_id']), toStats(row)]));
}

const SUMS = COUNTS.map((column) => `sum(${column})::bigint AS ${column}`).join(', ');

/** `Store.hourly`. */
export async function findHourly(
  session: Session,
  webhookId: string | undefined,
  sinceMs: number,
): Promise<HourlyCounts[]> {
  const rows = await session.rows(
    `SELECT hour_ms, sum(hits)::bigint AS matched, ${SUMS} FROM counts
     WHERE webhook_id = $1 AND hour_ms >= greatest(0, $2::bigint) GROUP BY hour_ms ORDER BY hour_ms`,
    webhookId ?? WHOLE_ROUTER,
    Math.ceil(sinceMs),
  );
  return rows.map(toHourlyCounts);
}

/** `Store.hourlyOf`. */
export async function findHourlyOf(
  session: Session,
  webhookIds: Buffer,
  sinceMs: number,
): Promise<Map<string, HourlyCounts[]>> {
  const rows = await session.rows(
    `SELECT webhook_id, hour_ms, sum(hits)::bigint AS matched, ${SUMS} FROM counts
     WHERE webhook_id = ANY($1::text[]) AND hour_ms >= greatest(0, $2::bigint)
     GROUP BY webhook_id, hour_ms ORDER BY webhook_id, hour_ms`,
    webhookIds,
    Math.ceil(sinceMs),
  );
  const byWebhook = Map.groupBy(rows, (row) => text(row['webhook_id']));
  return new Map([...byWebhook].map(([id, hours]) => [id, hours.map(toHourlyCounts)]));
}

/** `Store.pending`. */
export async function countPending(session: Session): Promise<number> {
  const [row] = await session.rows(
    `SELECT coalesce(sum(pending), 0)::bigint AS pending FROM counts WHERE hour_ms = ${ALL_TIME}`,
  );
  return integer(row?.['pending']);
}

/** Deletes the counts of hours before a time, and puts the slots of each hour that is over into one row. */
export async function tidyHours(session: Session, beforeMs: number): Promise<void> {
  await session.rows('DELETE FROM counts WHERE hour_ms >= 0 AND hour_ms < $1::bigint', Math.ceil(beforeMs));
  const columns = Object.fromEntries(COUNTS.map((column) => [column, `sum(${column})`]));
  const folded = { webhookId: 'webhook_id', hour: 'hour_ms', columns, from: 'spread' };
  await session.rows(
    `WITH spread AS (
       DELETE FROM counts WHERE slot <> ${FOLDED} AND hour_ms >= 0
         AND hour_ms BETWEEN now_ms() - ${FOLD_UNTIL_MS} AND now_ms() - ${FOLD_AFTER_MS}
       RETURNING *)
     ${addCounts(String(FOLDED), [folded])}`,
  );
}
