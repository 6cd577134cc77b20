import { fieldOf } from '../cdr/cdr.ts';
import { joinedLegs, type Grouping } from '../cdr/legs.ts';
import { scalarText } from '../cdr/mapping/text.ts';
import { cdrOfCall, cdrOfRead, type SentCdr } from '../cdr/read.ts';
import { withoutRedacted } from '../cdr/redaction.ts';
import type { Vendors } from '../cdr/vendor.ts';
import type { JsonObject } from '../check/json-text.ts';
import type { HeldCall, NewLeg } from '../store/held-calls.ts';
import { nameOfCall } from '../store/identity.ts';
import type { Registry } from '../webhooks/registry.ts';
import type { MatchedCdr } from './acceptance.ts';
import { concealed, samenessOf } from './sameness.ts';
import type { Source } from './source.ts';

/** What makes a CDR of a held call. */
export interface CallSurroundings {
  readonly sources: ReadonlyMap<string, Source>;
  readonly vendors: Vendors;
  readonly registry: Registry;
}

/**
 * A record as a leg that waits for the others of its call; `undefined` for one that waits for nothing: what its vendor ignores,
 * and what has no value where its call is named.
 */
export function legOf(
  read: SentCdr,
  source: Source,
  { by, isLast, waitMs, maxLegs }: Grouping,
  receivedAtMs: number,
): NewLeg | undefined {
  const { vendor } = read;
  const kept = withoutRedacted(read, source);
  const receivedAt = new Date(receivedAtMs);
  const cdr = cdrOfRead(kept, source, receivedAt);
  // Legs belong together by what was sent, also where that is not kept.
  const sent = kept === read ? cdr : cdrOfRead(read, source, receivedAt);
  const key = scalarText(fieldOf(sent, by));
  if (key === undefined || key === '' || vendor.ignores(cdr) !== undefined) return undefined;
  const groupKey = scalarText(fieldOf(cdr, by)) === key ? key : concealed(key);
  return {
    source: source.name,
    vendor: vendor.profile.vendor,
    groupKey: nameOfCall(groupKey),
    receivedAtMs,
    raw: kept.raw,
    sameness: samenessOf(read, { sent, kept: cdr }, source).sameness,
    violation: vendor.violation(read.record),
    waitMs: isLast?.(sent) === true ? 0 : waitMs,
    maxLegs,
  };
}

/** The CDR of a held call, matched. */
export function matchCall(
  call: HeldCall,
  { sources, vendors, registry }: CallSurroundings,
  receivedAtMs: number,
): MatchedCdr {
  const { source: name, legs } = call;
  const source = sources.get(name) ?? { name };
  const read = legs.map(({ raw, vendor }) => ({
    raw,
    record: JSON.parse(raw) as JsonObject,
    vendor: vendors.named(vendor),
  }));
  const joined = joinedLegs(legs.map(({ raw }) => raw));
  const cdr = cdrOfCall(read, joined, source, new Date(receivedAtMs));
  const odd = legs.findIndex(({ violation }) => violation !== undefined);
  return {
    ...{ source: name, vendor: cdr.vendor, receivedAtMs, raw: joined.raw },
    ...samenessOfCall(call),
    violation: odd < 0 ? undefined : `leg ${odd}: ${legs[odd]?.violation ?? ''}`,
    ...registry.match(cdr),
  };
}

/** The CDR of a held call that cannot be matched. */
export function unmatchedCall(call: HeldCall, receivedAtMs: number): MatchedCdr {
  const { source, legs } = call;
  const { raw } = joinedLegs(legs.map((leg) => leg.raw));
  return {
    ...{ source, vendor: legs[0]?.vendor ?? '', receivedAtMs, raw },
    ...samenessOfCall(call),
    violation: 'it could not be matched; what went wrong is in the log',
    ...{ hits: [], errors: [] },
  };
}

/** Each leg is in one call alone, so no call is the same as another. */
function samenessOfCall({ groupKey, legs }: HeldCall): { identity: string; sameness: string } {
  return { identity: groupKey, sameness: `legs ${legs.map(({ id }) => id).join(' ')}` };
}
