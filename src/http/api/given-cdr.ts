import { hash } from 'node:crypto';
import { UnreadableBodyError } from '../../cdr/decode/unreadable.ts';
import type { Cdr } from '../../cdr/cdr.ts';
import { readEach, type SentCdr, type SourceReading } from '../../cdr/read.ts';
import { withoutRedacted } from '../../cdr/redaction.ts';
import type { Vendor, Vendors } from '../../cdr/vendor.ts';
import { parseKeepingDigits, type JsonObject, type JsonValue } from '../../check/json-text.ts';
import { errorAt, InvalidDocumentError } from '../../check/problem.ts';
import { batchesOf } from '../../intake/batches.ts';
import type { Source } from '../../intake/source.ts';
import type { ReadCdr, StoredCdr } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';

/** A source as far as it tells what it would keep of a CDR. */
type GivenSource = SourceReading & Pick<Source, 'redact'>;

/** What it takes to read the CDR that a request names or brings. */
export interface CdrReading {
  readonly store: Store;
  readonly vendors: Vendors;
  readonly sources: ReadonlyMap<string, GivenSource>;
  readonly readCdr: ReadCdr;
}

/** The members of a body that name or bring a CDR. */
export interface CdrMembers {
  /** The id of a stored one. */
  readonly cdrId?: string;
  /** A record as JSON. */
  readonly cdr?: JsonValue;
  /** What a phone system would send, as text. */
  readonly raw?: string;
  /** The source that `cdr` or `raw` is taken to come in by, which takes out what it would; by default one with the vendor's name. */
  readonly source?: string;
  /** Whose `cdr` or `raw` is; by default the source's, else told by the record. */
  readonly vendor?: string;
}

/** A CDR that a request names or brings. */
export interface GivenCdr {
  readonly cdr: Cdr;
  /** As the store has it, or would have it. */
  readonly stored: StoredCdr;
  readonly isStored: boolean;
  /** Why its vendor's profile has it matched with nothing. */
  readonly ignored: string | undefined;
  /** How many CDRs the text held; meant is the first. */
  readonly cdrsInText: number;
  /** Whether its source has something of it taken out, as when it comes in. */
  readonly isRedacted: boolean;
}

/**
 * The CDR that a body names or brings; without any the newest that is stored.
 *
 * @param body the request's body as text: numbers of `cdr` keep the digits they have there.
 * @throws InvalidDocumentError when there is none, or more than one is named.
 */
export async function givenCdr(members: CdrMembers, body: string, reading: CdrReading): Promise<GivenCdr> {
  const given = (['cdrId', 'cdr', 'raw'] as const).filter((name) => members[name] !== undefined);
  if (given.length > 1) throw invalid('', 'give the CDR by only one of cdrId, cdr and raw');
  const isStored = given[0] === undefined || given[0] === 'cdrId';
  const { stored, ...about } = isStored
    ? { stored: await storedCdr(members, reading), cdrsInText: 1, isRedacted: false }
    : await broughtCdr(members, body, reading);
  const cdr = reading.readCdr(stored);
  const ignored = reading.vendors.get(stored.vendor)?.ignores(cdr);
  return { cdr, stored, isStored, ignored, ...about };
}

async function storedCdr({ cdrId, source, vendor }: CdrMembers, { store }: CdrReading): Promise<StoredCdr> {
  const stored =
    cdrId === undefined ? (await store.cdrs({ source, vendor, limit: 1 }))[0] : await store.cdr(cdrId);
  if (stored !== undefined) return stored;
  if (cdrId === undefined) throw invalid('', 'no CDR is stored yet; give one by cdr or raw');
  throw invalid('/cdrId', `there is no CDR ${JSON.stringify(cdrId)}`);
}

async function broughtCdr(
  members: CdrMembers,
  body: string,
  { vendors, sources }: CdrReading,
): Promise<Pick<GivenCdr, 'stored' | 'cdrsInText' | 'isRedacted'>> {
  const vendor = vendorOf(members, vendors);
  const known = sources.get(members.source ?? members.vendor ?? '');
  const source: GivenSource = { name: '', ...known, vendor: vendor ?? known?.vendor };
  const text = members.raw ?? textOf(body);
  const read = await readText(text, source, vendors, members.raw === undefined ? '/cdr' : '/raw');
  const { vendor: reader } = read.first;
  const { raw } = withoutRedacted(read.first, source);
  const stored = {
    id: `cdr_${hash('sha256', raw, 'hex').slice(0, 26)}`,
    source: members.source ?? reader.profile.vendor,
    vendor: reader.profile.vendor,
    receivedAtMs: Date.now(),
    raw,
    violation: reader.violation(read.first.record),
    hits: 0,
  };
  return { stored, cdrsInText: read.count, isRedacted: raw !== read.first.raw };
}

function vendorOf({ vendor: name }: CdrMembers, vendors: Vendors): Vendor | undefined {
  if (name === undefined) return undefined;
  const vendor = vendors.get(name);
  if (vendor !== undefined) return vendor;
  throw invalid(
    '/vendor',
    `there is no vendor ${JSON.stringify(name)}; known are ${vendors.names.join(', ')}`,
  );
}

/** The text of the member `cdr`. */
function textOf(body: string): string {
  try {
    return JSON.stringify((parseKeepingDigits(body) as JsonObject)['cdr']);
  } catch {
    // Keeping the digits recurses.
    throw invalid('/cdr', 'is nested too deeply; give it as text, under raw');
  }
}

async function readText(text: string, source: SourceReading, vendors: Vendors, pointer: string) {
  try {
    let first: SentCdr | undefined;
    let count = 0;
    for await (const batch of batchesOf(readEach({ text, query: '' }, { source, vendors }))) {
      first ??= batch[0];
      count += batch.length;
    }
    if (first === undefined) throw invalid(pointer, 'holds no CDR');
    return { first, count };
  } catch (error) {
    if (error instanceof UnreadableBodyError)
      throw invalid(pointer, `cannot be read as a CDR: ${error.message}`);
    throw error;
  }
}

function invalid(pointer: string, message: string): InvalidDocumentError {
  return new InvalidDocumentError('the body', [errorAt(pointer, message)]);
}
