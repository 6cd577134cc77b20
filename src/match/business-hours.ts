/** The days of the week as rules name them, in the order of `Date.getUTCDay`. */
const WEEKDAYS: readonly string[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const MINUTES_PER_DAY = 24 * 60;

/** Numbers from here on are milliseconds since 1970, below it seconds: 1e11 s is the year 5138, 1e11 ms is 1973. */
const MILLISECONDS_FROM = 1e11;

/** A moment as a clock and a calendar on a wall show it. */
interface WallTime {
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly minuteOfDay: number;
}

/** A time of day, `HH:MM`, from `00:00` to `24:00`, as minutes since midnight; `undefined` when it is none. */
function minuteOfDay(text: unknown): number | undefined {
  const [, hour, minute] = typeof text === 'string' ? (/^(\d\d):([0-5]\d)$/.exec(text) ?? []) : [];
  const minutes = Number(hour) * 60 + Number(minute);
  return minutes <= MINUTES_PER_DAY ? minutes : undefined;
}

/** Whether a text names a time zone of the IANA database that this Node knows. */
function isTimeZone(zone: unknown): zone is string {
  return typeof zone === 'string' && clockOf(zone) !== undefined;
}

/**
 * `{"between_times": [time, from, to, zone, weekdays?]}`: whether a moment is, on the clocks of an IANA time zone, at or
 * after `from` and before `to` (`HH:MM`), on one of the weekdays (`["mon", "fri"]`; all when left out). A `to` that is not
 * after `from` is on the next day, and such a night belongs to the weekday on which it begins.
 *
 * The moment is a number, seconds or milliseconds since 1970, also as text, or an ISO 8601 date and time. One without
 * `Z` or an offset is taken to be of that zone. Anything else is in no such time: the operator never throws.
 */
export function betweenTimes(...[time, from, to, zone, weekdays]: readonly unknown[]): boolean {
  const [start, end] = [minuteOfDay(from), minuteOfDay(to)];
  if (start === undefined || end === undefined || !isTimeZone(zone)) return false;
  const at = wallTimeOf(time, zone);
  if (at === undefined) return false;
  const isOn = (weekday: number): boolean =>
    !Array.isArray(weekdays) || weekdays.includes(WEEKDAYS[(weekday + 7) % 7]);
  const { weekday, minuteOfDay: minute } = at;
  if (start < end) return minute >= start && minute < end && isOn(weekday);
  return minute >= start ? isOn(weekday) : minute < end && isOn(weekday - 1);
}

/** What is wrong with the arguments of `between_times` as they are written, and which argument it is. */
export function betweenTimesProblem(
  args: readonly unknown[],
): { argument: number; message: string } | undefined {
  const [, from, to, zone, weekdays] = args;
  if (minuteOfDay(from) === undefined)
    return { argument: 1, message: 'must be a time of day such as "08:00"' };
  if (minuteOfDay(to) === undefined) return { argument: 2, message: 'must be a time of day such as "17:30"' };
  if (!isTimeZone(zone)) return { argument: 3, message: 'must be an IANA time zone such as "Europe/Berlin"' };
  if (weekdays === undefined || areWeekdays(weekdays)) return undefined;
  return { argument: 4, message: `must be a list of weekdays, of ${WEEKDAYS.join(' ')}` };
}

function areWeekdays(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((day) => WEEKDAYS.includes(String(day)));
}

/** Year to minute, seconds or not, and what tells the zone: of that much of ISO 8601 CDRs make use. */
const ISO_TIME = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::\d\d(?:[.,]\d{1,9})?)?(Z|[+-]\d\d(?::?\d\d)?)?$/;

function wallTimeOf(time: unknown, zone: string): WallTime | undefined {
  if (typeof time === 'string') {
    const [, year, month, day, hour, minute, offset] = ISO_TIME.exec(time.trim()) ?? [];
    if (year !== undefined && offset === undefined) {
      const moment = new Date(
        Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute)),
      );
      return { weekday: moment.getUTCDay(), minuteOfDay: moment.getUTCHours() * 60 + moment.getUTCMinutes() };
    }
  }
  const epochMs = epochMsOf(time);
  return epochMs === undefined ? undefined : wallTimeAt(epochMs, zone);
}

function epochMsOf(time: unknown): number | undefined {
  if (typeof time !== 'number' && typeof time !== 'string') return undefined;
  if (typeof time === 'string' && time.trim() === '') return undefined;
  const number = Number(time);
  if (!Number.isNaN(number)) return number < MILLISECONDS_FROM ? number * 1_000 : number;
  const text = String(time).trim();
  const parsed = ISO_TIME.test(text) ? Date.parse(isoOf(text)) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** The one spelling that `Date.parse` takes for sure. */
function isoOf(text: string): string {
  return text
    .replace(' ', 'T')
    .replace(',', '.')
    .replace(/([+-]\d\d)(?::?(\d\d))?$/, (_, hours: string, minutes = '00') => `${hours}:${String(minutes)}`);
}

function wallTimeAt(epochMs: number, zone: string): WallTime | undefined {
  try {
    const parts = clockOf(zone)?.formatToParts(epochMs) ?? [];
    const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
    const weekday = WEEKDAYS.indexOf(part('weekday').toLowerCase());
    return { weekday, minuteOfDay: Number(part('hour')) * 60 + Number(part('minute')) };
  } catch {
    // A moment beyond what a calendar can tell, such as 1e21.
    return undefined;
  }
}

/** A formatter is dear to make and cheap to keep. The database has some six hundred zones. */
const clocks = new Map<string, Intl.DateTimeFormat | undefined>();
const MAX_CLOCKS = 1_000;

function clockOf(zone: string): Intl.DateTimeFormat | undefined {
  if (clocks.has(zone)) return clocks.get(zone);
  if (clocks.size >= MAX_CLOCKS) clocks.clear();
  const clock = makeClock(zone);
  clocks.set(zone, clock);
  return clock;
}

function makeClock(timeZone: string): Intl.DateTimeFormat | undefined {
  const options = {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  } as const;
  try {
    return new Intl.DateTimeFormat('en-US', options);
  } catch {
    return undefined;
  }
}
