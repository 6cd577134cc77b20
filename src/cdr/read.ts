import type { JsonObject } from '../check/json-text.ts';
import { Call } from './call.ts';
import type { CallField } from './call-fields.ts';
import { makeCdr, withCall, type Cdr, type DecodedCdr } from './cdr.ts';
import { UnreadableBodyError } from './decode/unreadable.ts';
import { decode, type DecodeSettings } from './decode/decode.ts';
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
export interface ReadCdr extends DecodedCdr {
  readonly vendor: Vendor;
}

interface Sent {
  readonly body: Uint8Array;
  /** The query string without its question mark, used when there is no body. */
  readonly query: string;
}

/**
 * Reads the CDRs of one request: decodes it, tells the vendor, takes batches apart.
 *
 * @throws UnreadableBodyError
 */
export function readCdrs(request: Sent, source: SourceReading, vendors: Vendors): ReadCdr[] {
  const read: ReadCdr[] = [];
  for (const sent of decodeSent(request, source, vendors)) {
    const vendor = source.vendor ?? vendors.identifySent(sent);
    for (const { raw, record } of vendor.split(sent)) read.push({ raw, record, vendor });
  }
  return read;
}

/** How what a source sends is decoded: as it says itself, else as its vendor does. */
export function decodeSettings({ vendor, decode: own }: SourceReading): DecodeSettings | undefined {
  return own === undefined ? vendor?.profile.decode : { ...vendor?.profile.decode, ...own };
}

function decodeSent({ body, query }: Sent, source: SourceReading, vendors: Vendors): DecodedCdr[] {
  const { vendor } = source;
  try {
    return decode(body, query, decodeSettings(source));
  } catch (error) {
    if (vendor !== undefined || !(error instanceof UnreadableBodyError)) throw error;
    const decoded = decodeByVendors({ body, query }, vendors);
    if (decoded === undefined) throw error;
    return decoded;
  }
}

/** What a vendor with its own way of decoding recognises as its own, such as CSV without a header line. */
function decodeByVendors({ body, query }: Sent, vendors: Vendors): DecodedCdr[] | undefined {
  for (const vendor of vendors.decoding) {
    try {
      const decoded = decode(body, query, vendor.profile.decode);
      if (decoded[0] !== undefined && vendor.identifies(decoded[0].record)) return decoded;
    } catch (error) {
      if (!(error instanceof UnreadableBodyError)) throw error;
    }
  }
  return undefined;
}

/** Makes a CDR with its overlay of what was read; of one leg, where the source has calls of several. */
export function cdrOfRead(read: ReadCdr, source: SourceReading, receivedAt: Date): Cdr {
  const { vendor } = read;
  const cdr = makeCdr(read, source.name, vendor.profile.vendor, receivedAt);
  const { rules } = source;
  if (vendor.rules.size === 0 && rules === undefined) return cdr;
  const all = rules === undefined ? [vendor.rules] : [rules, vendor.rules];
  return withCall(cdr, (own) => new Call(own, all, source.zone ?? vendor.profile.zone));
}

/** Makes the CDR of a call of its legs, read one by one, and of what they are together. */
export function cdrOfCall(
  legs: readonly ReadCdr[],
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
