import { isJsonObject, type JsonObject, type JsonValue } from '../check/json-text.ts';
import type { DecodedCdr } from './cdr.ts';
import { decodeJson } from './decode/json.ts';
import { itemSlices, memberSlices } from './decode/json-slices.ts';
import { decodeXml, rootOf } from './decode/xml.ts';
import { UnreadableBodyError } from './decode/unreadable.ts';
import { pathKeys } from './flatten.ts';

/** Where a vendor's CDRs stand in what it sends. */
export interface SplitProfile {
  /** Path of the object that is the CDR, or of the array of them; arrays and texts on the way are gone into. */
  readonly path: string;
  /** What goes along from outside: the name it gets in each CDR → its path. */
  readonly with?: Readonly<Record<string, string>> | undefined;
}

/** A value with its text. */
interface Part {
  readonly raw: string;
  readonly value: JsonValue;
}

/** Takes what was sent apart; each part is made when it is asked for. */
export type Split = (whole: DecodedCdr) => Iterable<DecodedCdr>;

/**
 * Makes of profiles what gives the CDRs under the first path at which there are any, each with its own text; the whole
 * record when nothing is there. A text on the way is opened: JSON or XML, plain or in base64. What goes along is put in
 * front of the CDR's own members, unless it has one of that name.
 *
 * The function throws UnreadableBodyError when an array under a path holds something that is no object.
 */
export function compileSplit(profiles: readonly SplitProfile[]): Split {
  const all = profiles.map(compileOne);
  return function* split(whole) {
    for (const one of all) if (yield* one(whole)) return;
    yield whole;
  };
}

/** Parts that are there; in the end, whether there was anything, which may be an empty list. */
type Parts = Generator<DecodedCdr, boolean>;

function compileOne({ path, with: along = {} }: SplitProfile): (whole: DecodedCdr) => Parts {
  const keys = pathKeys(path);
  const [head = ''] = keys;
  const names = Object.entries(along).map(([name, from]) => ({ name, keys: pathKeys(from) }));
  return function* parts({ raw, record }) {
    if (!Object.hasOwn(record, head)) return false;
    const part: Part = { raw, value: record };
    const added = names.flatMap((one) => {
      const member = memberAt(part, one.keys);
      return member === undefined ? [] : [{ name: one.name, ...member }];
    });
    const found = partsAt(part, keys, path);
    for (let one = found.next(); ; one = found.next()) {
      if (one.done === true) return one.value;
      yield withAlong(one.value, added);
    }
  };
}

/** The objects at the end of the keys. */
function* partsAt(part: Part, keys: readonly string[], path: string): Parts {
  const { raw, value } = part;
  if (typeof value === 'string') {
    const inside = opened(value);
    for (const inner of inside ?? []) yield* partsAt({ raw: inner.raw, value: inner.record }, keys, path);
    return inside !== undefined;
  }
  if (Array.isArray(value)) return yield* partsOfItems(raw, value, { keys, path });
  if (!isJsonObject(value)) return false;
  const [key, ...others] = keys;
  if (key === undefined) {
    yield { raw, record: value };
    return true;
  }
  const member = memberAt(part, [key]);
  return member !== undefined && (yield* partsAt(member, others, path));
}

function* partsOfItems(
  raw: string,
  items: readonly JsonValue[],
  { keys, path }: { readonly keys: readonly string[]; readonly path: string },
): Parts {
  const slices = itemSlices(raw);
  for (const [index, value] of items.entries()) {
    const text = slices.next();
    if (yield* partsAt({ raw: text.done === true ? '' : text.value, value }, keys, path)) continue;
    throw new UnreadableBodyError(`item ${index} of the array at "${path}" holds no record`);
  }
  return true;
}

function memberAt(part: Part, keys: readonly string[]): Part | undefined {
  let current = part;
  for (const key of keys) {
    if (!isJsonObject(current.value) || !Object.hasOwn(current.value, key)) return undefined;
    const raw = memberSlices(current.raw).get(key) ?? '';
    current = { raw, value: current.value[key] ?? null };
  }
  return current;
}

/** What a text holds: JSON or XML, plain or in base64; `undefined` when it holds neither. */
function opened(text: string): DecodedCdr[] | undefined {
  const plain = /^\s*[{[<]/.test(text) ? text : fromBase64(text);
  try {
    if (!plain.trimStart().startsWith('<')) return [...decodeJson(plain)];
    const root = rootOf(decodeXml(plain.trim()));
    return root === undefined ? undefined : [root];
  } catch (error) {
    if (error instanceof UnreadableBodyError) return undefined;
    throw error;
  }
}

/** A form has made spaces of the plus signs of base64 that was not escaped. */
function fromBase64(text: string): string {
  return Buffer.from(text.replaceAll(' ', '+'), 'base64').toString('utf8');
}

function withAlong({ raw, record }: DecodedCdr, along: readonly (Part & { name: string })[]): DecodedCdr {
  const added = along.filter(({ name }) => !Object.hasOwn(record, name));
  if (added.length === 0) return { raw, record };
  const members = added.map((part) => `${JSON.stringify(part.name)}:${part.raw}`).join(',');
  const rest = raw.slice(raw.indexOf('{') + 1);
  const separator = Object.keys(record).length === 0 ? '' : ',';
  const values: JsonObject = Object.fromEntries(added.map(({ name, value }) => [name, value]));
  return { raw: `{${members}${separator}${rest}`, record: { ...values, ...record } };
}
