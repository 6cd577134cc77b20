import { OPERATORS, type Arity, type Operators } from '../match/operators.ts';
import { ExactNumber } from './exact-number.ts';
import { clockDuration, isoTime, numberOf, patternTime } from './times.ts';
import { isUuid, uuid5 } from './uuid.ts';

/** An operator that only templates know. Pure, and total: what it cannot read gives `null`, nothing is thrown. */
interface Helper extends Arity {
  readonly apply: (...args: unknown[]) => unknown;
}

const HELPERS: Readonly<Record<string, Helper>> = {
  str: { min: 1, max: 1, apply: textOf },
  num: { min: 1, max: 1, apply: (value) => numberOf(value) ?? null },
  int: { min: 1, max: 1, apply: (value) => withNumber(value, (number) => Math.trunc(number)) },
  round: { min: 1, max: 2, apply: rounded },
  coalesce: { min: 1, max: 20, apply: (...values) => values.find((value) => !isNothing(value)) ?? null },
  lookup: { min: 2, max: 3, apply: lookedUp },
  iso: { min: 1, max: 2, apply: isoTime },
  date: { min: 1, max: 3, apply: patternTime },
  hms: { min: 1, max: 2, apply: clockDuration },
  truncate: { min: 2, max: 2, apply: truncated },
  html: { min: 1, max: 1, apply: (value) => escaped(value, /[&<>"']/g, HTML) },
  mrkdwn: { min: 1, max: 1, apply: (value) => escaped(value, /[&<>]/g, HTML) },
  url: { min: 1, max: 1, apply: (value) => withText(value, urlEncoded) },
  uuid5: { min: 1, max: 2, apply: uuidOf },
};

/** Going through lists is left out: a target wants values, and a list of the sender's can be endless. */
const NOT_IN_TEMPLATES: ReadonlySet<string> = new Set(['map', 'filter']);

/** The operators of a template: those of conditions but for `map` and `filter`, and the helpers. */
export const TEMPLATE_OPERATORS: Operators = {
  ...Object.fromEntries(Object.entries(OPERATORS).filter(([name]) => !NOT_IN_TEMPLATES.has(name))),
  ...HELPERS,
};

/** What each helper does, by its name. */
export const HELPER_FUNCTIONS: Readonly<Record<string, Helper['apply']>> = Object.fromEntries(
  Object.entries(HELPERS).map(([name, { apply }]) => [name, apply]),
);

/** Text made fit for one segment of a path or one value of a query; lone surrogates become U+FFFD. */
export function urlEncoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** Whether a value is nothing to send: absent, null or an empty text. */
export function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === '';
}

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined || (typeof value === 'number' && !Number.isFinite(value)))
    return null;
  return value instanceof ExactNumber ? value.toString() : JSON.stringify(value);
}

function withText(value: unknown, change: (text: string) => string): string | null {
  const text = textOf(value);
  return text === null ? null : change(text);
}

function withNumber(value: unknown, change: (number: number) => number): number | null {
  const number = numberOf(value);
  return number === undefined ? null : change(number);
}

function rounded(value: unknown, digits: unknown = 0): number | null {
  const scale = 10 ** Math.min(Math.max(numberOf(digits) ?? 0, 0), 15);
  return withNumber(value, (number) => Math.round(number * scale) / scale);
}

/** The partner of a value in a list of pairs. An object with one member would be an operator, so pairs they are. */
function lookedUp(value: unknown, pairs: unknown, otherwise: unknown = null): unknown {
  if (!Array.isArray(pairs)) return otherwise;
  const text = textOf(value);
  const pair: unknown = pairs.find((candidate) => Array.isArray(candidate) && textOf(candidate[0]) === text);
  return Array.isArray(pair) ? (pair[1] as unknown) : otherwise;
}

/** At most so many UTF-16 units, as most systems count; never half a surrogate pair. */
function truncated(value: unknown, length: unknown): string | null {
  const most = Math.max(0, Math.trunc(numberOf(length) ?? 0));
  return withText(value, (text) => {
    if (text.length <= most) return text;
    const kept = text.slice(0, Math.max(0, most - 1)).replace(/[\uD800-\uDBFF]$/, '');
    return most === 0 ? '' : `${kept}…`;
  });
}

function escaped(value: unknown, dangerous: RegExp, by: Readonly<Record<string, string>>): string | null {
  return withText(value, (text) => text.replaceAll(dangerous, (character) => by[character] ?? ''));
}

function uuidOf(name: unknown, namespace?: unknown): string | null {
  const space = namespace === undefined ? undefined : (textOf(namespace) ?? '');
  if (space !== undefined && !isUuid(space)) return null;
  return withText(name, (text) => uuid5(text, space));
}
