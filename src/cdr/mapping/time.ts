import type { JsonValue } from '../../check/json-text.ts';
import { numberOf } from './text.ts';
import { momentOf } from './time-zone.ts';

/** How a vendor counts moments; `text` is a date and time in writing. */
export type TimeUnit = 's' | 'ms' | 'us' | 'gregorian' | 'text';

/** How a vendor counts durations; `hms` is `[HH:]MM:SS`, `iso` is ISO 8601 such as `PT1M5.2S`. */
export type DurationUnit = 's' | 'ms' | 'us' | 'hms' | 'iso';

const PER_SECOND = { s: 1, gregorian: 1, ms: 1_000, us: 1_000_000 };

/** Seconds from the year 0 to 1970, which Erlang's (and so Kazoo's) Gregorian seconds count from. */
const GREGORIAN_OFFSET_SECONDS = 62_167_219_200;

const LAST_MS = Date.UTC(9_999, 11, 31);

/** ISO 8601 and what resembles it: slashes, a space, no zone. */
const ISO =
  /^(?<year>\d{4})[-/](?<month>\d{1,2})[-/](?<day>\d{1,2})[T ](?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?(?: ?(?<zone>Z|UTC|[+-]\d{2}:?\d{2}))?$/i;

/** RFC 5322 §3.3, and what resembles it: a long month, no zone, the zone `Etc/UTC`. */
const MAIL =
  /^(?:[a-z]{3,9},? +)?(?<day>\d{1,2}) +(?<monthName>[a-z]{3})[a-z]* +(?<year>\d{4}),? +(?<hour>\d{1,2}):(?<minute>\d{2}):(?<second>\d{2})(?: +(?<zone>GMT|Z|(?:Etc\/)?UTC|[+-]\d{4}))?$/i;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * A moment as ISO 8601 in UTC, with milliseconds when the vendor gives them. `undefined` for what is no moment: 0, a
 * word, `0000-00-00 00:00:00`; and for a time without a zone when none is known, because a guess would be wrong.
 *
 * @param zone IANA name of the zone that a time without one is in.
 */
export function timeOf(value: JsonValue, unit: TimeUnit, zone: string | undefined): string | undefined {
  const moment = unit === 'text' ? momentOfText(value, zone) : momentOfCount(value, unit);
  if (moment === undefined || !(moment.ms > 0) || moment.ms > LAST_MS) return undefined;
  const text = new Date(moment.ms).toISOString();
  return moment.isPrecise ? text : text.replace('.000Z', 'Z');
}

interface Moment {
  readonly ms: number;
  /** Whether the vendor gives more than whole seconds. */
  readonly isPrecise: boolean;
}

function momentOfCount(value: JsonValue, unit: Exclude<TimeUnit, 'text'>): Moment | undefined {
  const count = numberOf(value);
  if (count === undefined) return undefined;
  const seconds = unit === 'gregorian' ? count - GREGORIAN_OFFSET_SECONDS : count / PER_SECOND[unit];
  const isPrecise = PER_SECOND[unit] > 1 || !Number.isInteger(count);
  return { ms: Math.round(seconds * 1_000), isPrecise };
}

function momentOfText(value: JsonValue, zone: string | undefined): Moment | undefined {
  if (typeof value !== 'string') return undefined;
  const groups = (ISO.exec(value.trim()) ?? MAIL.exec(value.trim()))?.groups;
  const localMs = groups === undefined ? undefined : localMsOf(groups);
  if (groups === undefined || localMs === undefined) return undefined;
  const ms = zonedMs(localMs, groups['zone'], zone);
  const fraction = groups['fraction'] ?? '';
  const fractionMs = Number(fraction.slice(0, 3).padEnd(3, '0'));
  return ms === undefined ? undefined : { ms: ms + fractionMs, isPrecise: fraction !== '' };
}

/** A local time as a moment: by the zone it is written with, else by the one that is known. */
function zonedMs(
  localMs: number,
  written: string | undefined,
  known: string | undefined,
): number | undefined {
  if (written !== undefined) return localMs - offsetMsOf(written);
  return known === undefined ? undefined : momentOf(localMs, known);
}

/** The written date and time as epoch milliseconds, as if it were UTC; `undefined` when the calendar has no such day. */
function localMsOf(groups: Readonly<Record<string, string | undefined>>): number | undefined {
  const { year, month, monthName, day, hour, minute, second = '0' } = groups;
  const monthIndex = monthName === undefined ? Number(month) - 1 : MONTHS.indexOf(monthName.toLowerCase());
  const ms = Date.UTC(
    Number(year),
    monthIndex,
    Number(day),
    Number(hour),
    Number(minute),
    // A leap second is the last of its minute.
    Math.min(Number(second), 59),
  );
  const read = new Date(ms);
  const isReal =
    read.getUTCMonth() === monthIndex &&
    read.getUTCDate() === Number(day) &&
    read.getUTCHours() === Number(hour) &&
    Number(minute) < 60;
  return isReal ? ms : undefined;
}

/** What a written zone is ahead of UTC. */
function offsetMsOf(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** A duration in seconds, to the millisecond; `undefined` for what is none. 0 is a duration. */
export function secondsOf(value: JsonValue, unit: DurationUnit): number | undefined {
  const seconds =
    unit === 'hms' || unit === 'iso' ? writtenSeconds(value, unit) : countedSeconds(value, unit);
  return seconds === undefined || !(seconds >= 0) ? undefined : Math.round(seconds * 1_000) / 1_000;
}

function countedSeconds(value: JsonValue, unit: 's' | 'ms' | 'us'): number | undefined {
  const count = numberOf(value);
  return count === undefined ? undefined : count / PER_SECOND[unit];
}

const HMS = /^(?:(\d{1,4}):)?(\d{1,2}):(\d{2}(?:\.\d{1,6})?)$/;
const ISO_DURATION = /^P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?$/;

function writtenSeconds(value: JsonValue, unit: 'hms' | 'iso'): number | undefined {
  if (typeof value !== 'string') return undefined;
  const match = (unit === 'hms' ? HMS : ISO_DURATION).exec(value.trim());
  if (match === null) return undefined;
  const numbers = match.slice(1).map((part: string | undefined) => Number(part ?? 0));
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = unit === 'hms' ? [0, ...numbers] : numbers;
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}
