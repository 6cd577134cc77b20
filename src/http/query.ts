import type { Request } from 'express';
import { HttpProblem } from './problem.ts';

/** Entries of a page unless the request says otherwise, and at most. */
const PAGE = { usual: 50, max: 250 };

/** One page of a list. */
export interface Page<Item> {
  readonly data: readonly Item[];
  /** Give it as `cursor` to get the next page; null on the last. */
  readonly nextCursor: string | null;
}

/** A query parameter as text; `undefined` when it is not given. */
export function textParameter(request: Request, name: string): string | undefined {
  const value: unknown = request.query[name];
  if (value === undefined || typeof value === 'string') return value;
  throw badParameter(name, 'must be given once');
}

/** A query parameter that is one of a few words. */
export function wordParameter<Word extends string>(
  request: Request,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const value = textParameter(request, name);
  if (value === undefined) return undefined;
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw badParameter(name, `must be one of ${words.join(', ')}`);
  return word;
}

/** A query parameter that is one or more of a few words, with commas between them. */
export function wordsParameter<Word extends string>(
  request: Request,
  name: string,
  words: readonly Word[],
): readonly Word[] | undefined {
  return textParameter(request, name)
    ?.split(',')
    .map((item) => {
      const word = words.find((candidate) => candidate === item);
      if (word === undefined) throw badParameter(name, `must be one or more of ${words.join(', ')}`);
      return word;
    });
}

/** An RFC 3339 time as epoch milliseconds, `undefined` for any other text. */
export function timeOf(text: string): number | undefined {
  const timeMs = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

/** A query parameter that is an RFC 3339 time, as epoch milliseconds. */
export function timeParameter(request: Request, name: string): number | undefined {
  const value = textParameter(request, name);
  if (value === undefined) return undefined;
  const timeMs = timeOf(value);
  if (timeMs === undefined) throw badParameter(name, 'must be a time such as 2026-11-21T14:03:22Z');
  return timeMs;
}

/** How many entries a page should have: `usual` unless the request says otherwise, and `max` at most. */
export function limitParameter(request: Request, { usual, max } = PAGE): number {
  const value = textParameter(request, 'limit');
  if (value === undefined) return usual;
  const limit = /^\d{1,4}$/.test(value) ? Number(value) : 0;
  if (limit < 1 || limit > max) throw badParameter('limit', `must be a number from 1 to ${max}`);
  return limit;
}

/**
 * Makes a page of entries that were read one more than wanted.
 *
 * @param limit how many were wanted.
 */
export function pageOf<Item extends { readonly id: string }, Shown>(
  items: readonly Item[],
  limit: number,
  show: (item: Item) => Shown,
): Page<Shown> {
  const data = items.slice(0, limit);
  return { data: data.map(show), nextCursor: items.length > limit ? (data.at(-1)?.id ?? null) : null };
}

/** Refuses query parameters that mean nothing: a mistyped filter must not pass for no filter. */
export function refuseOtherParameters(request: Request, ...known: string[]): void {
  const other = Object.keys(request.query).find((name) => !known.includes(name));
  if (other !== undefined) throw badParameter(other, `is not known here; known are ${known.join(', ')}`);
}

/** The problem of a query parameter; its answer names it as `parameter`. */
export function badParameter(name: string, message: string): HttpProblem {
  return new HttpProblem('bad-request', `the query parameter "${name}" ${message}`, { parameter: name });
}
