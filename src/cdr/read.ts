import type { JsonObject } from '../check/json-text.ts';
import { Call } from './call.ts';
import type { CallField } from './call-fields.ts';
import { makeCdr, withCall, type Cdr, type DecodedCdr } from './cdr.ts';
import { UnreadableBodyError } from './decode/unreadable.ts';
import { decodeEach, type DecodeSettings, type SentText } from './decode/decode.ts';
import { textOf } from './decode/text.ts';
import { cdrOfLegs, legsIn, type Grouping } from './legs.ts';
import type { Evaluate } from './mapping/expression.ts';
import type { Vendor, Vendors } from './vendor.ts';

/** How the CDRs of one source are read. */
export interface SourceReading {
  readonly name: string;
  /** Whose CDRs these are; told by each record when `undefined`. */
  readonly vendor?: Vendor | undefined;
  /** What wins over the vendor's way of decoding. */
  readonly decode?: DecodeSettings | undefined;
  /** IANA name of the zone of times that are written without one; wins over the vendor's. */
  readonly zone?: string | undefined;
  /** Fields of the overlay that this site finds in its own way. */
  readonly rules?: ReadonlyMap<CallField, Evaluate> | undefined;
  /** How the legs of one call become one CDR; each is one by itself when `undefined`. */
  readonly grouping?: Grouping | undefined;
}

/** A CDR as it was sent, with the vendor who reads it. */
export interface SentCdr extends DecodedCdr {
  readonly vendor: Vendor;
}

/** Where one request's CDRs come in, and whose they may be. */
export interface Reader {
  readonly source: SourceReading;
  readonly vendors: Vendors;
  /** No CDR may be longer; see `decodeEach`. */
  readonly maxCdrBytes?: number | undefined;
}

/** Reads all CDRs of one request, as `readEach` does. */
export function readCdrs(
  { body, query }: { readonly body: Uint8Array; readonly query: string },
  source: SourceReading,
  vendors: Vendors,
): SentCdr[] {
  return [...readEach({ text: textOf(body), query }, { source, vendors })];
}

/**
 * Reads the CDRs of one request, each when it is asked for: decodes it, tells the vendor, takes batches apart.
 *
 * @throws UnreadableBodyError
 */
export function* readEach(request: SentText, reader: Reader): Generator<SentCdr> {
  for (const sent of decodeSent(request, reader)) {
    const vendor = reader.source.vendor ?? reader.vendors.identifySent(sent);
    for (const { raw, record } of vendor.split(sent)) yield { raw, record, vendor };
  }
}

/** How what a source sends is decoded: as it says itself, else as its vendor does. */
export function decodeSettings({ vendor, decode: own }: SourceReading): DecodeSettings | undefined {
  return own === undefined ? vendor?.profile.decode : { ...vendor?.profile.decode, ...own };
}

function decodeSent(request: SentText, { source, vendors, maxCdrBytes }: Reader): Iterable<DecodedCdr> {
  const usual = decodeSettings(source);
  try {
    return begun(decodeEach(request, usual, maxCdrBytes));
  } catch (error) {
    if (source.vendor !== undefined || !(error instanceof UnreadableBodyError)) throw error;
    const vendor = vendors.decoding.find((one) => isDecodedBy(one, request, maxCdrBytes));
    if (vendor === undefined) throw error;
    return decodeEach(request, vendor.profile.decode, maxCdrBytes);
  }
}

/** The same CDRs, of which the first has been read: so what cannot be read at all is known. */
function begun(decoded: Iterable<DecodedCdr>): Iterable<DecodedCdr> {
  const rest = decoded[Symbol.iterator]();
  return continued(rest.next(), rest);
}

/** No closure: each new generator function has a hidden class of its own, which V8 keeps in its old space with all that the function holds. */
function* continued(
  first: IteratorResult<DecodedCdr, unknown>,
  rest: Iterator<DecodedCdr, unknown>,
): Generator<DecodedCdr> {
  for (let one = first; one.done !== true; one = rest.next()) yield one.value;
}

/** Whether a vendor with its own way of decoding recognises this as its own, such as CSV without a header line. */
function isDecodedBy(vendor: Vendor, request: SentText, maxCdrBytes: number | undefined): boolean {
  try {
    for (const { record } of decodeEach(request, vendor.profile.decode, maxCdrBytes)) {
      return vendor.identifies(record);
    }
    return false;
  } catch (error) {
    if (error instanceof UnreadableBodyError) return false;
    throw error;
  }
}

/** Makes a CDR with its overlay of what was read; of one leg, where the source has calls of several. */
export function cdrOfRead(read: SentCdr, source: SourceReading, receivedAt: Date): Cdr {
  const { vendor } = read;
  const cdr = makeCdr(read, source.name, vendor.profile.vendor, receivedAt);
  const { rules } = source;
  if (vendor.rules.size === 0 && rules === undefined) return cdr;
  const all = rules === undefined ? [vendor.rules] : [rules, vendor.rules];
  return withCall(cdr, (own) => new Call(own, all, source.zone ?? vendor.profile.zone));
}

/** Makes the CDR of a call of its legs, read one by one, and of what they are together. */
export function cdrOfCall(
  legs: readonly SentCdr[],
  joined: DecodedCdr,
  source: SourceReading,
  receivedAt: Date,
): Cdr {
  const vendor = legs[0]?.vendor.profile.vendor ?? '';
  const overlays = legs.map((leg) => cdrOfRead(leg, source, receivedAt).call);
  return cdrOfLegs({ ...joined, source: source.name, vendor, receivedAt }, overlays);
}

/** What is kept of a CDR, as far as it takes to make it again. */
interface KeptCdr {
  readonly raw: string;
  readonly source: string;
  readonly vendor: string;
  readonly receivedAtMs: number;
}

/**
 * Makes a CDR again of what was kept of it, with the overlay that its vendor and source have today. Where either is no more,
 * it is read as any object.
 */
export function cdrAgain(
  { raw, source, vendor, receivedAtMs }: KeptCdr,
  sources: ReadonlyMap<string, SourceReading>,
  vendors: Vendors,
): Cdr {
  const record = JSON.parse(raw) as JsonObject;
  const known = vendors.get(vendor);
  const receivedAt = new Date(receivedAtMs);
  if (known === undefined) return makeCdr({ raw, record }, source, vendor, receivedAt);
  const reading = sources.get(source) ?? { name: source };
  const legs = reading.grouping === undefined ? undefined : legsIn(record);
  if (legs === undefined) return cdrOfRead({ raw, record, vendor: known }, reading, receivedAt);
  // The overlay reads no text, so a leg by itself needs none.
  const read = legs.map((leg) => ({ raw: '', record: leg, vendor: known }));
  return cdrOfCall(read, { raw, record }, reading, receivedAt);
}
