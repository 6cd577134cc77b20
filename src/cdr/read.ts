import { Call } from './call.ts';
import type { CallField } from './call-fields.ts';
import { makeCdr, type Cdr, type DecodedCdr } from './cdr.ts';
import { decode, type DecodeSettings } from './decode/decode.ts';
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
}

/** A CDR as it was sent, with the vendor who reads it. */
export interface ReadCdr extends DecodedCdr {
  readonly vendor: Vendor;
}

/**
 * Reads the CDRs of one request: decodes it, tells the vendor, takes batches apart.
 *
 * @param query the query string without its question mark, used when there is no body.
 * @throws UnreadableBodyError
 */
export function readCdrs(
  request: { readonly body: Uint8Array; readonly query: string },
  source: SourceReading,
  vendors: Vendors,
): ReadCdr[] {
  const settings = { ...source.vendor?.profile.decode, ...source.decode };
  return decode(request.body, request.query, settings).flatMap((sent) => {
    const vendor = source.vendor ?? vendors.identifySent(sent);
    return vendor.split(sent).map(({ raw, record }) => ({ raw, record, vendor }));
  });
}

/** Makes a CDR with its overlay of what was read. */
export function cdrOfRead({ raw, record, vendor }: ReadCdr, source: SourceReading, receivedAt: Date): Cdr {
  const cdr = makeCdr({ raw, record }, source.name, vendor.profile.vendor, receivedAt);
  const { rules = NO_RULES } = source;
  if (vendor.rules.size === 0 && rules.size === 0) return cdr;
  return { ...cdr, call: new Call(cdr, [rules, vendor.rules], source.zone ?? vendor.profile.zone) };
}

const NO_RULES: ReadonlyMap<CallField, Evaluate> = new Map();
