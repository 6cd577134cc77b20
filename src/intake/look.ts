import type { SentText } from '../cdr/decode/decode.ts';
import { TooLargeBodyError } from '../cdr/decode/unreadable.ts';
import type { SentCdr } from '../cdr/read.ts';
import { BATCH, batchesOf } from './batches.ts';
import type { IntakeLimits } from './intake-limits.ts';

/** What a first look at a request has found. */
export interface Looked {
  /** Its first batch, or more. */
  readonly first: readonly SentCdr[];
  /** Whether that is no more than a batch, and all of it. */
  readonly isAll: boolean;
}

/** Text that is read in one go, in a few milliseconds. */
const SMALL_CHARACTERS = 65_536;

/** How many times its bytes a body may grow to as JSON: names of columns are written out in every CDR. */
const MOST_GROWTH = 4;

/** Whether a request is so small that others need not have their turn while it is read. */
export function isSmall({ text, query }: SentText): boolean {
  return text.length + query.length <= SMALL_CHARACTERS;
}

/**
 * Reads all CDRs of a small request once, so that nothing is stored of what cannot be taken.
 *
 * @throws UnreadableBodyError when one cannot be read; TooLargeBodyError for more than the limits allow.
 */
export function lookAtOnce(read: Iterable<SentCdr>, limits: IntakeLimits): Looked {
  const all: SentCdr[] = [];
  let characters = 0;
  for (const one of read) {
    all.push(one);
    characters += one.raw.length;
    refuseMore(all.length, characters, limits);
  }
  return { first: all, isAll: all.length <= BATCH.cdrs };
}

/**
 * The same for a request of any size; between batches others have their turn.
 *
 * @throws UnreadableBodyError, TooLargeBodyError.
 */
export async function look(read: Iterable<SentCdr>, limits: IntakeLimits): Promise<Looked> {
  let first: readonly SentCdr[] | undefined;
  let cdrs = 0;
  let characters = 0;
  for await (const batch of batchesOf(read)) {
    first ??= batch;
    cdrs += batch.length;
    characters += batch.reduce((sum, { raw }) => sum + raw.length, 0);
    refuseMore(cdrs, characters, limits);
  }
  return { first: first ?? [], isAll: cdrs === (first?.length ?? 0) };
}

function refuseMore(
  cdrs: number,
  characters: number,
  { maxBodyBytes, maxCdrsPerRequest }: IntakeLimits,
): void {
  if (cdrs > maxCdrsPerRequest)
    throw tooLarge(`more than ${maxCdrsPerRequest} CDRs (intake.maxCdrsPerRequest)`);
  if (characters > MOST_GROWTH * maxBodyBytes) {
    throw tooLarge(`CDRs of more than ${MOST_GROWTH * maxBodyBytes} bytes as JSON`);
  }
}

function tooLarge(what: string): TooLargeBodyError {
  return new TooLargeBodyError(
    `the request holds ${what}; split it, or put it into a folder as CSV or lines of JSON, which may be of any length`,
  );
}
