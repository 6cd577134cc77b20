/** A target cannot put a delivery off for longer than this. */
export const MAX_RETRY_AFTER_MS = 24 * 3_600_000;

/** The three forms an HTTP date may have (RFC 9110 §5.6.7); all are in UTC, also the last, which does not say so. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:[a-z]*, .* GMT| .*\d)$/;

/**
 * A `Retry-After` header in milliseconds, 24 hours at most; `undefined` when it says nothing usable. It is a number of
 * seconds or an HTTP date (RFC 9110 §10.2.3).
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  const value = header?.trim() ?? '';
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1_000 : httpDateMs(value) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS);
}

function httpDateMs(text: string): number {
  if (!HTTP_DATE.test(text)) return Number.NaN;
  return Date.parse(text.endsWith(' GMT') ? text : `${text} GMT`);
}
