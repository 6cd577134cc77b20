import { hash } from 'node:crypto';
import type { Cdr } from '../cdr/cdr.ts';
import type { SentCdr } from '../cdr/read.ts';
import { nameOfCall } from '../store/identity.ts';
import type { NewCdr } from '../store/records.ts';
import type { Source } from './source.ts';

/** What a CDR is told by, and what makes it the same as another of its source. */
export type Sameness = Pick<NewCdr, 'identity' | 'revision' | 'sameness'>;

/**
 * By what was sent, not by what is kept; or, where the source says so and the vendor has one, by identity and revision: then
 * the same call is the same also when its text is another, as with a new time of sending.
 *
 * @param sent the CDR made of `read`; `kept`, what is left of it when the source has taken out what it is to take out.
 */
export function samenessOf(
  { raw, vendor }: SentCdr,
  { sent, kept }: { readonly sent: Cdr; readonly kept: Cdr },
  { duplicates }: Source,
): Sameness {
  const found = vendor.identityOf(sent);
  if (found === undefined) return { sameness: raw };
  const revision = found.revision === undefined ? undefined : String(found.revision);
  const isByIdentity = duplicates === 'identity';
  // No record begins like this.
  const sameness = isByIdentity ? `identity ${JSON.stringify([found.id, revision ?? null])}` : raw;
  const isKept = sent === kept || vendor.identityOf(kept)?.id === found.id;
  // What is taken out of the record is not kept beside it either.
  return isKept ? { identity: nameOfCall(found.id), revision, sameness } : { sameness };
}

/** Stands for a value that is not kept: the same for the same value, so that what belongs together stays together. */
export function concealed(value: string): string {
  return `sha256:${hash('sha256', value).slice(0, 32)}`;
}
