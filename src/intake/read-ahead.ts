import { TooLargeBodyError } from '../cdr/decode/unreadable.ts';
import type { SentCdr } from '../cdr/read.ts';
import { batchesOf, isFull } from './batches.ts';
import type { IntakeLimits } from './intake-limits.ts';

/** How many times its bytes a body may grow to as JSON: names of columns are written out in every CDR. */
const MOST_GROWTH = 4;

/**
 * Reads the CDRs of a request in one go, if they are no more than a batch: `undefined` where there are more.
 *
 * @throws UnreadableBodyError when one of them cannot be read; TooLargeBodyError for more than the limits allow.
 */
export function oneBatch(read: Iterable<SentCdr>, limits: IntakeLimits): readonly SentCdr[] | undefined {
  const batch: SentCdr[] = [];
  let characters = 0;
  for (const one of read) {
    if (isFull(batch, characters)) return undefined;
    batch.push(one);
    characters += one.raw.length;
  }
  refuseMore(batch.length, characters, limits);
  return batch;
}

/**
 * Reads a request of any size to its end, so that nothing is stored of what cannot be taken. Between batches others have
 * their turn.
 *
 * @returns its first CDR.
 * @throws UnreadableBodyError when one of them cannot be read; TooLargeBodyError for more than the limits allow.
 */
export async function readThrough(
  read: Iterable<SentCdr>,
  limits: IntakeLimits,
): Promise<SentCdr | undefined> {
  let first: SentCdr | undefined;
  let cdrs = 0;
  let characters = 0;
  for await (const batch of batchesOf(read)) {
    first ??= batch[0];
    cdrs += batch.length;
    characters += batch.reduce((sum, { raw }) => sum + raw.length, 0);
    refuseMore(cdrs, characters, limits);
  }
  return first;
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
