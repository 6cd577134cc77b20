import { integer, type Row } from '../sql/columns.ts';
import { PARTS, rowsOf, type PartName, type PartViews } from './parts.ts';

/** Numbers that tell whether two stores hold the same, by what they count. */
export type Totals = ReadonlyMap<string, number>;

const inState = (state: string): string => `count(*) FILTER (WHERE state = '${state}')`;

/** SQL of what is counted of each part, by its name for people. */
const COUNTED: Readonly<Record<PartName, Readonly<Record<string, string>>>> = {
  cdrs: { CDRs: 'count(*)', 'hits of CDRs': 'sum(hits)' },
  deliveries: {
    'deliveries pending': inState('pending'),
    'deliveries delivered': inState('delivered'),
    'deliveries failed': inState('failed'),
    'deliveries cancelled': inState('cancelled'),
  },
  attempts: { attempts: 'count(*)' },
  webhook_stats: {
    'webhooks with counters': 'count(*)',
    'counted hits': 'sum(hits)',
    'counted pending': 'sum(pending)',
    'counted delivered': 'sum(delivered)',
    'counted failed': 'sum(failed)',
    'counted cancelled': 'sum(cancelled)',
  },
  hourly_counts: { 'hours counted': 'count(*)', 'counted received': 'sum(received)' },
  runs: { runs: 'count(*)' },
  held_calls: { 'calls held': 'count(*)' },
  legs: { legs: 'count(*)' },
};

/**
 * Counts what a store holds.
 *
 * @param first gives the first row of what SQL selects.
 */
export async function readTotals(
  views: PartViews,
  first: (sql: string) => Promise<Row | undefined> | Row | undefined,
): Promise<Totals> {
  const totals = new Map<string, number>();
  for (const part of PARTS) {
    const counted = Object.entries(COUNTED[part.name]);
    const columns = counted.map(([, sql], index) => `CAST(coalesce(${sql}, 0) AS bigint) AS count_${index}`);
    const row = await first(`SELECT ${columns.join(', ')} FROM (${rowsOf(part, views)}) part`);
    for (const [index, [name]] of counted.entries()) totals.set(name, integer(row?.[`count_${index}`]));
  }
  return totals;
}
