import { ExactNumber } from './exact-number.ts';

/** How many of each unit make a second; a time given as a number counts them since 1970. */
const PER_SECOND: Readonly<Record<string, number>> = { s: 1, ms: 1_000, us: 1_000_000 };

/** RFC 3339. A local time without its offset could be any hour, so it is not read. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/;

const NUMBER = /^-?\d+(?:\.\d+)?$/;

/** The end of the year 9999; what lies beyond has no form of four digits. */
const LAST_MS = 253_402_300_799_999;

/** A time in UTC as `2026-11-21T14:03:22Z`, without fractions; `null` for what is no time. */
export function isoTime(value: unknown, unit: unknown = 's'): string | null {
  const ms = msOf(value, unit);
  return ms === undefined ? null : new Date(ms).toISOString().replace(/\.\d+/, '');
}

/** A time in UTC by a pattern of `YYYY MM DD HH mm ss SSS`; `null` for what is no time. */
export function patternTime(
  value: unknown,
  pattern: unknown = 'YYYY-MM-DD',
  unit: unknown = 's',
): string | null {
  const ms = msOf(value, unit);
  if (ms === undefined || typeof pattern !== 'string') return null;
  const [, YYYY, MM, DD, HH, mm, ss, SSS] =
    /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)\.(\d+)/.exec(new Date(ms).toISOString()) ?? [];
  const parts: Readonly<Record<string, string | undefined>> = { YYYY, MM, DD, HH, mm, ss, SSS };
  return pattern.replaceAll(/YYYY|MM|DD|HH|mm|ss|SSS/g, (name) => parts[name] ?? '');
}

/** Seconds as `hh:mm:ss`, or as `mm:ss` with all minutes; a fraction is cut off. `null` for what is no duration. */
export function clockDuration(value: unknown, pattern: unknown = 'hh:mm:ss'): string | null {
  const seconds = numberOf(value);
  if (seconds === undefined || seconds < 0 || seconds > Number.MAX_SAFE_INTEGER) return null;
  const whole = Math.trunc(seconds);
  const twoDigits = (part: number): string => String(part).padStart(2, '0');
  const minutes = Math.trunc(whole / 60);
  const end = twoDigits(whole % 60);
  return pattern === 'mm:ss'
    ? `${twoDigits(minutes)}:${end}`
    : `${twoDigits(Math.trunc(minutes / 60))}:${twoDigits(minutes % 60)}:${end}`;
}

function msOf(value: unknown, unit: unknown): number | undefined {
  const perSecond =
    typeof unit === 'string' && Object.hasOwn(PER_SECOND, unit) ? PER_SECOND[unit] : undefined;
  if (perSecond === undefined) return undefined;
  const count = numberOf(value);
  const text = typeof value === 'string' && TIMESTAMP.test(value) ? value : '';
  const ms = count === undefined ? Date.parse(text) : Math.round((count / perSecond) * 1_000);
  return ms >= 0 && ms <= LAST_MS ? ms : undefined;
}

/** A finite number, or a text that is one; `undefined` for anything else, an empty text too. */
export function numberOf(value: unknown): number | undefined {
  const isNumber = typeof value === 'number' || value instanceof ExactNumber;
  if (!isNumber && !(typeof value === 'string' && NUMBER.test(value))) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
