import { truthy } from './logic.ts';
import type { Key, Probe } from './witness.ts';

/** What stands behind a key. */
export interface Target<Found> {
  /** @param isSure whether the key is known to hold; otherwise it only may. */
  collect(found: Found, isSure: boolean): void;
}

/** The keys of one probe of one operand, with what stands behind each. */
export interface Postings<Found, T extends Target<Found>> {
  readonly size: number;
  get(key: Key): T | undefined;
  set(key: Key, target: T): void;
  delete(key: Key): void;
  /** Collects from each key that holds for a value; from all, unsure, when that cannot be told. */
  look(value: unknown, found: Found, isSure: boolean): void;
  /** Collects from all keys, unsure. */
  all(found: Found): void;
}

/** Empty postings for a probe. */
export function makePostings<Found, T extends Target<Found>>(probe: Probe): Postings<Found, T> {
  switch (probe) {
    case 'below':
    case 'atMost':
    case 'above':
    case 'atLeast':
      return new Thresholds(probe);
    case 'part':
    case 'prefix':
    case 'suffix':
      return new TextParts(probe);
    default:
      return new Values(KEY_OF[probe]);
  }
}

/** No key: the value has none under which something could be registered. */
const NO_KEY = Symbol('no key');
/** The value cannot be compared: whatever compares it throws. */
const INCOMPARABLE = Symbol('incomparable');

type KeyOf = (value: unknown) => Key | typeof NO_KEY | typeof INCOMPARABLE | readonly Key[];

/** The key that holds for a value, or for `item` the keys. */
const KEY_OF: Readonly<Record<Exclude<Probe, RangeProbe | TextProbe>, KeyOf>> = {
  same: (value) => (typeof value === 'object' ? NO_KEY : (value as Key)),
  number: (value) => {
    const primitive = toPrimitive(value);
    return primitive === INCOMPARABLE ? INCOMPARABLE : primitive === null ? NO_KEY : Number(primitive);
  },
  text: (value) => {
    const primitive = toPrimitive(value);
    return typeof primitive === 'string' || primitive === INCOMPARABLE ? primitive : NO_KEY;
  },
  valueOfText: (value) => (typeof value === 'number' || typeof value === 'boolean' ? Number(value) : NO_KEY),
  nullish: (value) => value === null || value === undefined || NO_KEY,
  truthy: (value) => truthy(value) || NO_KEY,
  falsy: (value) => !truthy(value) || NO_KEY,
  filled: (value) => (value !== null && value !== undefined && value !== '') || NO_KEY,
  item: (value) => (Array.isArray(value) ? [...new Set(value as Key[])] : NO_KEY),
};

/**
 * What JavaScript compares a value as. A list or object is a text then; one that cannot be made into a text makes every
 * comparison throw.
 */
function toPrimitive(value: unknown): Key | typeof INCOMPARABLE {
  if (typeof value !== 'object' || value === null) return (value ?? null) as Key;
  try {
    // eslint-disable-next-line @typescript-eslint/no-base-to-string -- the text that `==` makes of an object is wanted, also where that is "[object Object]".
    return String(value);
  } catch {
    return INCOMPARABLE;
  }
}

/** Keys that are looked up by the key that a value has, or for `item` by its keys. */
class Values<Found, T extends Target<Found>> extends Map<Key, T> implements Postings<Found, T> {
  readonly #keyOf: KeyOf;

  constructor(keyOf: KeyOf) {
    super();
    this.#keyOf = keyOf;
  }

  look(value: unknown, found: Found, isSure: boolean): void {
    const key = this.#keyOf(value);
    if (key === NO_KEY) return;
    if (key === INCOMPARABLE) this.all(found);
    else if (typeof key !== 'object' || key === null) this.get(key)?.collect(found, isSure);
    else for (const one of key) this.get(one)?.collect(found, isSure);
  }

  all(found: Found): void {
    for (const target of this.values()) target.collect(found, false);
  }
}

type TextProbe = 'part' | 'prefix' | 'suffix';

/** Longer texts are not cut into parts: then it is cheaper to look for every part in them. */
const MAX_CUT_LENGTH = 2_048;

/** Keys that a text holds at its beginning, at its end or anywhere. */
class TextParts<Found, T extends Target<Found>> extends Map<string, T> implements Postings<Found, T> {
  readonly #probe: TextProbe;
  /** How many keys there are of each length. */
  readonly #lengths = new Map<number, number>();

  constructor(probe: TextProbe) {
    super();
    this.#probe = probe;
  }

  override set(key: Key, target: T): this {
    const text = String(key);
    if (!this.has(text)) this.#lengths.set(text.length, (this.#lengths.get(text.length) ?? 0) + 1);
    return super.set(text, target);
  }

  override delete(key: Key): boolean {
    const text = String(key);
    const count = this.#lengths.get(text.length) ?? 0;
    if (!super.delete(text)) return false;
    if (count > 1) this.#lengths.set(text.length, count - 1);
    else this.#lengths.delete(text.length);
    return true;
  }

  look(value: unknown, found: Found, isSure: boolean): void {
    const isAffix = this.#probe !== 'part';
    const text = typeof value === 'number' && isAffix ? String(value) : value;
    if (typeof text !== 'string') return;
    if (!isAffix && text.length > MAX_CUT_LENGTH) {
      for (const [part, target] of this) if (text.includes(part)) target.collect(found, isSure);
      return;
    }
    for (const length of this.#lengths.keys()) this.#lookAt(text, length, found, isSure);
  }

  all(found: Found): void {
    for (const target of this.values()) target.collect(found, false);
  }

  #lookAt(text: string, length: number, found: Found, isSure: boolean): void {
    const last = text.length - length;
    if (last < 0) return;
    const from = this.#probe === 'suffix' ? last : 0;
    const to = this.#probe === 'prefix' ? 0 : last;
    for (let start = from; start <= to; start += 1)
      this.get(text.slice(start, start + length))?.collect(found, isSure);
  }
}

type RangeProbe = 'below' | 'atMost' | 'above' | 'atLeast';

/**
 * Thresholds, those that hold for the most values first: of `above 3` and `above 5` the first, of `below 3` and `below 5` the
 * second. One that does not hold ends the search.
 */
class Thresholds<Found, T extends Target<Found>> implements Postings<Found, T> {
  readonly #probe: RangeProbe;
  readonly #sign: 1 | -1;
  /** Rising. A threshold's rank is itself, or its negative where values have to be below. */
  readonly #ranks: number[] = [];
  readonly #targets: T[] = [];

  constructor(probe: RangeProbe) {
    this.#probe = probe;
    this.#sign = probe === 'above' || probe === 'atLeast' ? 1 : -1;
  }

  get size(): number {
    return this.#ranks.length;
  }

  get(key: Key): T | undefined {
    const rank = this.#rankOf(key);
    const index = this.#indexOf(rank);
    return this.#ranks[index] === rank ? this.#targets[index] : undefined;
  }

  set(key: Key, target: T): void {
    const rank = this.#rankOf(key);
    const index = this.#indexOf(rank);
    const isThere = this.#ranks[index] === rank ? 1 : 0;
    this.#ranks.splice(index, isThere, rank);
    this.#targets.splice(index, isThere, target);
  }

  delete(key: Key): void {
    const rank = this.#rankOf(key);
    const index = this.#indexOf(rank);
    if (this.#ranks[index] !== rank) return;
    this.#ranks.splice(index, 1);
    this.#targets.splice(index, 1);
  }

  look(value: unknown, found: Found, isSure: boolean): void {
    const primitive = toPrimitive(value);
    if (primitive === INCOMPARABLE) {
      this.all(found);
      return;
    }
    // To JavaScript's comparisons null is 0, and so is what is absent to JSON-Logic.
    const rank = this.#sign * Number(primitive);
    const isStrict = this.#probe === 'below' || this.#probe === 'above';
    for (let index = 0; index < this.#ranks.length; index += 1) {
      const threshold = this.#ranks[index] ?? Number.NaN;
      if (!(isStrict ? threshold < rank : threshold <= rank)) return;
      this.#targets[index]?.collect(found, isSure);
    }
  }

  all(found: Found): void {
    for (const target of this.#targets) target.collect(found, false);
  }

  /** Also makes -0 and 0 one, as comparisons have it. */
  #rankOf(key: Key): number {
    return this.#sign * Number(key) + 0;
  }

  /** Where a rank stands or would have to. */
  #indexOf(rank: number): number {
    let [low, high] = [0, this.#ranks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ranks[middle] ?? 0) < rank) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
