import { betweenTimes } from '../match/business-hours.ts';

/** The hours in which a source is expected to send; as the operator `between_times` has them. */
export interface ExpectedHours {
  /** `HH:MM`; a `to` that is not after `from` is on the next day. */
  readonly from: string;
  readonly to: string;
  /** IANA name. */
  readonly zone: string;
  /** `mon` and so on; all when left out. */
  readonly days?: readonly string[] | undefined;
}

/** How often a source is expected to send. */
export interface Expectation {
  readonly everyMs: number;
  /** Time outside does not count; at all hours when `undefined`. */
  readonly between?: ExpectedHours | undefined;
}

const MINUTE_MS = 60_000;

/** Nobody waits longer for hours that never come, such as an hour in the night that is left out. */
const MAX_WALK_MS = 30 * 24 * 60 * MINUTE_MS;

/**
 * When a source that was heard last at a time is quiet, in epoch milliseconds: once `everyMs` of the expected hours have
 * gone by, to the minute.
 */
export function quietAtMs(heardAtMs: number, { everyMs, between }: Expectation): number {
  if (between === undefined) return heardAtMs + everyMs;
  const { from, to, zone, days } = between;
  let leftMs = everyMs;
  let atMs = heardAtMs;
  while (leftMs > 0 && atMs < heardAtMs + MAX_WALK_MS) {
    const stepMs = Math.min(MINUTE_MS, leftMs);
    if (betweenTimes(atMs, from, to, zone, days)) leftMs -= stepMs;
    atMs += stepMs;
  }
  return atMs;
}
