import type { JsonObject, JsonValue } from '../check/json-text.ts';
import { CALL_PREFIX, isCallField, type CallValue } from './call-fields.ts';
import { flatten, pathKeys, type Fields } from './flatten.ts';

/** The vendor-neutral overlay of a CDR; `call.ts` computes it. */
export interface CallOverlay {
  /** The value of one of its fields, `undefined` when it is absent or there is no such field. */
  field(name: string): CallValue | undefined;
}

/** Where a recording is found. */
export interface RecordingLink {
  /** As the vendor names it. */
  readonly file: string;
  /** Answers 404 until the recording is here. */
  readonly url: string;
  /** RFC 3339, UTC. */
  readonly expiresAt: string;
}

/** One call detail record as it goes through Hookswitch. */
export interface Cdr {
  /**
   * The sender's JSON object, byte for byte (in UTF-8); of another format the JSON made of it. What is relayed is this
   * text, never `record` printed again.
   */
  readonly raw: string;
  /** `raw` parsed. */
  readonly record: JsonObject;
  /** `record` flattened, when it is first asked for: most conditions name members of the record itself. */
  readonly fields: Fields;
  /** `fields`, if they have been asked for: for readers that would do without rather than have them made. */
  readonly flattened?: Fields | undefined;
  /** The intake source it came in by. */
  readonly source: string;
  /** The vendor whose profile reads it. */
  readonly vendor: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly receivedAt: string;
  /** What `$call.…` names; `undefined` for a vendor without a mapping. */
  readonly call?: CallOverlay | undefined;
  /** Where its recordings are found; `undefined` where none are kept. */
  readonly recordings?: (() => readonly RecordingLink[]) | undefined;
}

/** What decoding gives for each CDR of a request. */
export interface DecodedCdr {
  readonly raw: string;
  readonly record: JsonObject;
}

/** Makes a CDR of a decoded record. */
export function makeCdr(decoded: DecodedCdr, source: string, vendor: string, receivedAt: Date): Cdr {
  return new RecordCdr(decoded, source, vendor, receivedAt);
}

/** A class, so that `fields` are made when they are asked for; a copy made by spreading has none. */
class RecordCdr implements Cdr {
  readonly raw: string;
  readonly record: JsonObject;
  readonly source: string;
  readonly vendor: string;
  readonly receivedAt: string;
  call: CallOverlay | undefined = undefined;
  recordings: Cdr['recordings'] = undefined;
  flattened: Fields | undefined = undefined;

  constructor({ raw, record }: DecodedCdr, source: string, vendor: string, receivedAt: Date) {
    this.raw = raw;
    this.record = record;
    this.source = source;
    this.vendor = vendor;
    this.receivedAt = receivedAt.toISOString();
  }

  get fields(): Fields {
    return (this.flattened ??= flatten(this.record));
  }
}

/** Has a CDR's fields made now, for whoever is going to read many; gives how many there are. */
export function makeFields(cdr: Cdr): number {
  return cdr.fields.size;
}

/** The same CDR with its text parsed in another way. */
export function withRecord(
  { raw, source, vendor, receivedAt, call, recordings }: Cdr,
  record: JsonObject,
): Cdr {
  const cdr = new RecordCdr({ raw, record }, source, vendor, new Date(receivedAt));
  cdr.call = call;
  cdr.recordings = recordings;
  return cdr;
}

/** Gives a CDR that nobody else holds yet its overlay, which reads the CDR itself. */
export function withCall(cdr: Cdr, overlay: (cdr: Cdr) => CallOverlay): Cdr {
  const own: Writable = cdr;
  own.call = overlay(cdr);
  return cdr;
}

/** Gives a CDR that nobody else holds yet its recordings. */
export function withRecordings(cdr: Cdr, recordings: () => readonly RecordingLink[]): Cdr {
  const own: Writable = cdr;
  own.recordings = recordings;
  return cdr;
}

type Writable = { -readonly [Member in keyof Pick<Cdr, 'call' | 'recordings'>]: Cdr[Member] };

/** The names that are ours and not the sender's, with what they stand for. */
const OWN_VALUES: Readonly<Record<string, (cdr: Cdr) => string>> = {
  $source: (cdr) => cdr.source,
  $vendor: (cdr) => cdr.vendor,
  $receivedAt: (cdr) => cdr.receivedAt,
};

/** The names that are ours and not the sender's, but for those of the overlay. */
export const OWN_NAMES: readonly string[] = Object.keys(OWN_VALUES);

/** Whether a name that begins with `$` is one that a condition can ask for. */
export function isOwnName(name: string): boolean {
  if (name.startsWith(CALL_PREFIX)) return isCallField(name.slice(CALL_PREFIX.length));
  return Object.hasOwn(OWN_VALUES, name);
}

/**
 * The value a path names in a CDR, `undefined` when there is none: the flattened path first, then our own `$` names,
 * then containers (an array or object on the way to leaves), own properties only. `''` is the whole record.
 */
export function fieldOf(cdr: Cdr, path: string): JsonValue | undefined {
  if (path === '') return cdr.record;
  if (isMember(path)) return ownProperty(cdr.record, path);
  const leaf = cdr.fields.get(path);
  if (leaf !== undefined) return leaf;
  if (path.startsWith('$')) return ownValue(cdr, path);
  return valueAt(cdr.record, path);
}

/** Whether a path can name nothing but a member of the record itself, which is read without flattening. */
export function isMember(path: string): boolean {
  return !/^\$|^$|[.\\]/.test(path);
}

function ownValue(cdr: Cdr, name: string): JsonValue | undefined {
  return name.startsWith(CALL_PREFIX)
    ? cdr.call?.field(name.slice(CALL_PREFIX.length))
    : OWN_VALUES[name]?.(cdr);
}

/**
 * The value at a path inside any JSON value, `undefined` when there is none. A path with a backslash is read by its
 * escapes alone. In any other, a key may hold dots: of two readings the one with the longer key goes first, so
 * `@odata.id` finds the key `@odata.id` without escapes.
 */
export function valueAt(value: JsonValue | undefined, path: string): JsonValue | undefined {
  if (path === '') return value;
  return path.includes('\\') ? valueAtKeys(value, pathKeys(path)) : valueAtLongestKeys(value, path);
}

function valueAtLongestKeys(value: JsonValue | undefined, path: string): JsonValue | undefined {
  const whole = ownProperty(value, path);
  if (whole !== undefined) return whole;
  for (let dot = path.lastIndexOf('.'); dot >= 0; dot = dot === 0 ? -1 : path.lastIndexOf('.', dot - 1)) {
    const inner = ownProperty(value, path.slice(0, dot));
    const found = inner === undefined ? undefined : valueAtLongestKeys(inner, path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

function valueAtKeys(value: JsonValue | undefined, keys: readonly string[]): JsonValue | undefined {
  let current = value;
  for (const key of keys) current = ownProperty(current, key);
  return current;
}

/** Own properties only: `constructor`, `__proto__` and the like are found only where the sender sent them. */
function ownProperty(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (value === null || value === undefined || !Object.hasOwn(Object(value) as object, key)) return undefined;
  return (value as JsonObject)[key];
}
