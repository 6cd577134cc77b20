import type { HourlyCounts } from '../../store/records.ts';
import { time } from './representations.ts';

const HOUR_MS = 3_600_000;

/** How long the rows of statistics are. Days are days in UTC. */
export const BUCKETS = { '1h': HOUR_MS, '1d': 24 * HOUR_MS } as const;

/** A name of a bucket's length. */
export type BucketName = keyof typeof BUCKETS;

/** A stretch of time in buckets of one length. */
export interface Span {
  /** Epoch milliseconds; the bucket that it is in is the first. */
  readonly startMs: number;
  /** The bucket before this moment is the last. */
  readonly endMs: number;
  readonly bucketMs: number;
}

/** What is counted in a bucket. */
export interface Counted {
  readonly received: number;
  readonly matched: number;
  readonly unmatched: number;
  readonly delivered: number;
  readonly failed: number;
}

const NOTHING: Counted = { received: 0, matched: 0, unmatched: 0, delivered: 0, failed: 0 };

/** The hours of the last day, the one that has begun too. */
export function lastDay(nowMs: number): Span {
  return { startMs: nowMs - 23 * HOUR_MS, endMs: nowMs + 1, bucketMs: HOUR_MS };
}

/** The beginning of the bucket in which a moment is. */
export function bucketStart(atMs: number, bucketMs: number): number {
  return atMs - (atMs % bucketMs);
}

/** How many buckets a span has. */
export function bucketCount({ startMs, endMs, bucketMs }: Span): number {
  return Math.max(0, Math.ceil((endMs - bucketStart(startMs, bucketMs)) / bucketMs));
}

/** Adds hours up to buckets: one for each of the span, the oldest first, also where nothing happened. */
export function bucketsOf(
  hours: readonly HourlyCounts[],
  span: Span,
): (Counted & { readonly startMs: number })[] {
  const firstMs = bucketStart(span.startMs, span.bucketMs);
  const byBucket = Map.groupBy(hours, ({ hourMs }) => bucketStart(hourMs, span.bucketMs));
  return Array.from({ length: bucketCount(span) }, (_, index) => {
    const startMs = firstMs + index * span.bucketMs;
    return { startMs, ...totalOf(byBucket.get(startMs) ?? []) };
  });
}

/** The sum of some hours. */
export function totalOf(hours: readonly HourlyCounts[]): Counted {
  return hours.reduce(
    (sum, { received, matched, delivered, failed }) => ({
      received: sum.received + received,
      matched: sum.matched + matched,
      unmatched: sum.unmatched + received - matched,
      delivered: sum.delivered + delivered,
      failed: sum.failed + failed,
    }),
    NOTHING,
  );
}

/** The rows and totals of the whole router. */
export function showRouterBuckets(
  hours: readonly HourlyCounts[],
  span: Span,
): { data: object[]; totals: object } {
  return {
    data: bucketsOf(hours, span).map(({ startMs, ...counts }) => ({ start: time(startMs), ...counts })),
    totals: totalOf(inSpan(hours, span)),
  };
}

/** The rows and totals of one webhook: nothing is received by a webhook, and what matches are its hits. */
export function showWebhookBuckets(
  hours: readonly HourlyCounts[],
  span: Span,
): { data: object[]; totals: object } {
  const show = ({ matched, delivered, failed }: Counted): object => ({ matched, delivered, failed });
  return {
    data: bucketsOf(hours, span).map(({ startMs, ...counts }) => ({ start: time(startMs), ...show(counts) })),
    totals: show(totalOf(inSpan(hours, span))),
  };
}

function inSpan(hours: readonly HourlyCounts[], { startMs, endMs, bucketMs }: Span): HourlyCounts[] {
  const firstMs = bucketStart(startMs, bucketMs);
  return hours.filter(({ hourMs }) => hourMs >= firstMs && hourMs < endMs);
}
