/** How the reader writes a time: date and time of day in their own zone. */
const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: 'short', timeStyle: 'medium' });
const HOUR = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const NUMBER = new Intl.NumberFormat();
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });

/** A number as the reader writes it. */
export function number(value: number): string {
  return NUMBER.format(value);
}

/** An RFC 3339 time, such as 22/11/2026, 14:03:22. */
export function time(text: string): string {
  return TIME.format(new Date(text));
}

/** The time of day of an RFC 3339 time. */
export function timeOfDay(text: string): string {
  return HOUR.format(new Date(text));
}

/** Seconds of a minute, an hour and a day, with the word for each. */
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** How long ago, or until, an RFC 3339 time is, such as "5 min. ago". */
export function ago(text: string, nowMs = Date.now()): string {
  const seconds = (Date.parse(text) - nowMs) / 1_000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? (['second', 1] as const);
  return RELATIVE.format(Math.trunc(seconds / size), unit);
}

/** Milliseconds, such as "850 ms", "3.2 s" or "2 h". */
export function duration(durationMs: number): string {
  if (durationMs < 1_000) return `${number(Math.round(durationMs))} ms`;
  const seconds = durationMs / 1_000;
  if (seconds < 60) return `${NUMBER.format(Math.round(seconds * 10) / 10)} s`;
  if (seconds < 3_600) return `${number(Math.round(seconds / 60))} min`;
  return `${number(Math.round(seconds / 360) / 10)} h`;
}
