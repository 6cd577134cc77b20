import type { Cdr } from '../cdr/cdr.ts';
import type { SentCdr } from '../cdr/read.ts';
import type { NewCdr } from '../store/records.ts';
import type { Source } from './source.ts';

/** What a CDR is told by, and what makes it the same as another of its source. */
export type Sameness = Pick<NewCdr, 'identity' | 'revision' | 'sameness'>;

/**
 * By what was sent, not by what is kept; or, where the source says so and the vendor has one, by identity and revision: then
 * the same call is the same also when its text is another, as with a new time of sending.
 *
 * @param cdr made of `read`.
 */
export function samenessOf({ raw, vendor }: SentCdr, cdr: Cdr, { duplicates }: Source): Sameness {
  const found = vendor.identityOf(cdr);
  if (found === undefined) return { sameness: raw };
  const revision = found.revision === undefined ? undefined : String(found.revision);
  const isByIdentity = duplicates === 'identity';
  // No record begins like this.
  const sameness = isByIdentity ? `identity ${JSON.stringify([found.id, revision ?? null])}` : raw;
  return { identity: found.id, revision, sameness };
}
