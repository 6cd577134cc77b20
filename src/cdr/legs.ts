import { isJsonObject, type JsonObject } from '../check/json-text.ts';
import type { CallValue } from './call-fields.ts';
import { makeCdr, withCall, type CallOverlay, type Cdr, type DecodedCdr } from './cdr.ts';

/** How the legs of one call are brought together. */
export interface Grouping {
  /** The field that all of them have in common, such as `$call.group`. */
  readonly by: string;
  /** Whether a leg is the last of its call; none tells when `undefined`. */
  readonly isLast?: ((leg: Cdr) => boolean) | undefined;
  /** How long a call waits for more after each leg. */
  readonly waitMs: number;
  readonly maxLegs: number;
}

/** The record of a call: `{"legs":[…]}`, each leg's text as it came. */
export function joinedLegs(raws: readonly string[]): DecodedCdr {
  const raw = `{"legs":[${raws.join(',')}]}`;
  return { raw, record: JSON.parse(raw) as JsonObject };
}

/** The legs of a record that `joinedLegs` has made; `undefined` for any other. */
export function legsIn(record: JsonObject): JsonObject[] | undefined {
  const { legs } = record;
  const isJoined = Array.isArray(legs) && legs.length > 0 && Object.keys(record).length === 1;
  return isJoined && legs.every(isJsonObject) ? legs : undefined;
}

/** A CDR but for its overlay. */
interface Plain extends DecodedCdr {
  readonly source: string;
  readonly vendor: string;
  readonly receivedAt: Date;
}

/** Makes the CDR of a call, whose overlay is that of one of its legs. */
export function cdrOfLegs(
  { source, vendor, receivedAt, ...joined }: Plain,
  legs: readonly (CallOverlay | undefined)[],
): Cdr {
  return withCall(makeCdr(joined, source, vendor, receivedAt), () => new LegOverlay(legs));
}

/**
 * The overlay of the leg that tells most of a call: the first that was answered, else the last that has a status, else the last.
 */
class LegOverlay implements CallOverlay {
  readonly #legs: readonly CallOverlay[];
  #chosen: CallOverlay | undefined;

  constructor(legs: readonly (CallOverlay | undefined)[]) {
    this.#legs = legs.filter((leg) => leg !== undefined);
  }

  field(name: string): CallValue | undefined {
    this.#chosen ??=
      this.#legs.find((leg) => leg.field('answered') === true) ??
      this.#legs.findLast((leg) => leg.field('status') !== undefined) ??
      this.#legs.at(-1);
    return this.#chosen?.field(name);
  }
}
