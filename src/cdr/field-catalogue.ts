import { isContainer, type JsonValue } from '../check/json-text.ts';
import { CALL_FIELDS, CALL_PREFIX } from './call-fields.ts';
import { fieldOf, OWN_NAMES, type Cdr } from './cdr.ts';
import type { DocumentedField } from './documented-fields.ts';

/** What is known of a field that conditions and templates can name. */
export interface CataloguedField {
  readonly path: string;
  /** In how many of the CDRs looked at it was. */
  readonly count: number;
  /** Some of its values, each once. */
  readonly samples: readonly JsonValue[];
  /** The vendors whose CDRs have it or may have it. */
  readonly vendors: readonly string[];
  readonly description?: string | undefined;
  /** The words it is limited to, where it is. */
  readonly values?: readonly string[] | undefined;
}

interface Entry {
  count: number;
  readonly samples: Map<string, JsonValue>;
  readonly vendors: Set<string>;
  description?: string | undefined;
}

/** Bounds on what hostile records can make of a catalogue. */
const MOST_FIELDS = 10_000;
const MOST_FIELDS_OF_ONE_CDR = 2_000;

const SAMPLES = 5;
const LONGEST_SAMPLE = 80;

const CALL_NAMES = Object.keys(CALL_FIELDS).map((name) => `${CALL_PREFIX}${name}`);

/** Collects which fields CDRs have, how often, and with what values. */
export class FieldCatalogue {
  readonly #entries = new Map<string, Entry>();

  /** Every catalogue has the names that are ours, also where no CDR has a value for them. */
  constructor() {
    for (const name of [...OWN_NAMES, ...CALL_NAMES]) this.#entry(name);
  }

  /** Counts the fields of a CDR. */
  add(cdr: Cdr): void {
    let seen = 0;
    for (const [path, value] of cdr.fields) {
      if ((seen += 1) > MOST_FIELDS_OF_ONE_CDR) break;
      this.#count(path, value, cdr.vendor);
    }
    for (const name of [...OWN_NAMES, ...CALL_NAMES]) {
      const value = fieldOf(cdr, name);
      if (value !== undefined) this.#count(name, value, cdr.vendor);
    }
  }

  /** Adds a field that a vendor documents, or what it says of one that is there. */
  document({ path, description }: DocumentedField, vendor: string): void {
    const entry = this.#entry(path);
    entry?.vendors.add(vendor);
    if (entry !== undefined) entry.description ??= description;
  }

  /** Says what one of our own names stands for. */
  describe(path: string, description: string): void {
    const entry = this.#entries.get(path);
    if (entry !== undefined) entry.description = description;
  }

  /** All fields, those of the most CDRs first. */
  list(): CataloguedField[] {
    return [...this.#entries]
      .map(([path, { count, samples, vendors, description }]) => ({
        path,
        count,
        samples: [...samples.values()],
        vendors: [...vendors].sort(),
        description,
        values: wordsOf(path),
      }))
      .sort((a, b) => b.count - a.count || (a.path < b.path ? -1 : 1));
  }

  #count(path: string, value: JsonValue, vendor: string): void {
    const entry = this.#entry(path);
    if (entry === undefined) return;
    entry.count += 1;
    entry.vendors.add(vendor);
    if (entry.samples.size >= SAMPLES || isContainer(value)) return;
    if (typeof value !== 'string' || value.length <= LONGEST_SAMPLE)
      entry.samples.set(JSON.stringify(value), value);
  }

  #entry(path: string): Entry | undefined {
    const known = this.#entries.get(path);
    if (known !== undefined || this.#entries.size >= MOST_FIELDS) return known;
    const made = { count: 0, samples: new Map<string, JsonValue>(), vendors: new Set<string>() };
    this.#entries.set(path, made);
    return made;
  }
}

function wordsOf(path: string): readonly string[] | undefined {
  if (!path.startsWith(CALL_PREFIX)) return undefined;
  const types: Readonly<Record<string, string | readonly string[]>> = CALL_FIELDS;
  const type = types[path.slice(CALL_PREFIX.length)];
  return typeof type === 'string' ? undefined : type;
}
