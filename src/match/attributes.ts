import type { Evaluator } from './comparisons.ts';
import { compile, compileForElement } from './compile.ts';
import { makePostings, type Postings, type Target } from './probes.ts';
import type { Entry, Key, Probe } from './witness.ts';

/** The operand that a slot depends on, as far as the slot has to know it. */
interface Owner {
  /** Tells the operand from all others of the table. */
  readonly path: string;
  remove(probe: Probe, key: Key): void;
}

/** Where a slot hangs. */
export interface Hook {
  readonly owner: Owner;
  readonly probe: Probe;
  readonly key: Key;
}

/** What stands behind one key of one probe of one operand. */
export abstract class Slot<Found> implements Target<Found> {
  readonly #owner: Owner;
  readonly #probe: Probe;
  readonly #key: Key;

  constructor({ owner, probe, key }: Hook) {
    this.#owner = owner;
    this.#probe = probe;
    this.#key = key;
  }

  /** Tells it from all others of its table; equal to the `slotName` of its entry. */
  get name(): string {
    return nameOfSlot(this.#owner.path, this.#probe, this.#key);
  }

  abstract collect(found: Found, isSure: boolean): void;

  /** Takes it out of the table. */
  protected leave(): void {
    this.#owner.remove(this.#probe, this.#key);
  }
}

/** The names of the slots that an entry stands for: one, or of an element those of the entries inside. */
export function slotNames({ name, probe, key, inside }: Entry, path = ''): string[] {
  const here = `${path}/${name}`;
  if (probe === 'element') return (inside ?? []).flatMap((entry) => slotNames(entry, here));
  return [nameOfSlot(here, probe, key)];
}

function nameOfSlot(path: string, probe: Probe, key: Key): string {
  return `${path}/${probe}/${typeof key} ${String(key)}`;
}

/** Slots by operand, probe and key. Each operand is evaluated once per CDR or element, however many slots depend on it. */
export class AttributeTable<Found, S extends Slot<Found>> {
  readonly #compile: (expression: object) => Evaluator;
  readonly #make: (hook: Hook) => S;
  readonly #onEmpty: () => void;
  readonly #path: string;
  readonly #attributes = new Map<string, Attribute<Found, S>>();

  /**
   * @param scope whether operands look into CDRs or into the elements of a list.
   * @param make makes an empty slot.
   * @param onEmpty called when the last slot has gone.
   * @param path of the operand whose elements are looked at.
   */
  constructor(scope: 'cdr' | 'element', make: (hook: Hook) => S, onEmpty: () => void, path = '') {
    this.#compile = scope === 'cdr' ? compile : compileForElement;
    this.#make = make;
    this.#onEmpty = onEmpty;
    this.#path = path;
  }

  /** How many operands are looked at. */
  get size(): number {
    return this.#attributes.size;
  }

  /** Whether some slot depends on an operand already. */
  has(operandName: string): boolean {
    return this.#attributes.has(operandName);
  }

  /** The slots of an entry, made empty if need be. */
  slotsOf(entry: Entry): S[] {
    let attribute = this.#attributes.get(entry.name);
    if (attribute === undefined) {
      const { operator, args } = entry.operand;
      const evaluate = this.#compile({ [operator]: args });
      const path = `${this.#path}/${entry.name}`;
      attribute = new Attribute(path, evaluate, this.#make, () => {
        this.#remove(entry.name);
      });
      this.#attributes.set(entry.name, attribute);
    }
    return attribute.slotsOf(entry);
  }

  /** Collects from each slot whose entry holds for a CDR or an element; from one that holds twice perhaps twice. */
  collect(scope: unknown, found: Found, isSure: boolean): void {
    for (const attribute of this.#attributes.values()) attribute.collect(scope, found, isSure);
  }

  /** Collects from all slots, unsure. */
  collectAll(found: Found): void {
    for (const attribute of this.#attributes.values()) attribute.collectAll(found);
  }

  #remove(operandName: string): void {
    this.#attributes.delete(operandName);
    if (this.#attributes.size === 0) this.#onEmpty();
  }
}

/** One operand, and the slots that depend on its value. */
class Attribute<Found, S extends Slot<Found>> implements Owner {
  readonly path: string;
  readonly #evaluate: Evaluator;
  readonly #make: (hook: Hook) => S;
  readonly #onEmpty: () => void;
  readonly #postings = new Map<Probe, Postings<Found, S>>();
  #elements: AttributeTable<Found, S> | undefined;

  constructor(path: string, evaluate: Evaluator, make: (hook: Hook) => S, onEmpty: () => void) {
    this.path = path;
    this.#evaluate = evaluate;
    this.#make = make;
    this.#onEmpty = onEmpty;
  }

  slotsOf({ probe, key, inside }: Entry): S[] {
    if (probe === 'element') {
      const elements = (this.#elements ??= this.#makeElements());
      return (inside ?? []).flatMap((entry) => elements.slotsOf(entry));
    }
    let postings = this.#postings.get(probe);
    if (postings === undefined) {
      postings = makePostings(probe);
      this.#postings.set(probe, postings);
    }
    let slot = postings.get(key);
    if (slot === undefined) {
      slot = this.#make({ owner: this, probe, key });
      postings.set(key, slot);
    }
    return [slot];
  }

  remove(probe: Probe, key: Key): void {
    const postings = this.#postings.get(probe);
    postings?.delete(key);
    if (postings?.size === 0) this.#postings.delete(probe);
    this.#tellIfEmpty();
  }

  collect(scope: unknown, found: Found, isSure: boolean): void {
    let value: unknown;
    try {
      value = this.#evaluate(scope);
    } catch {
      // The conditions that look at this throw too; evaluating them tells whose they are.
      this.collectAll(found);
      return;
    }
    for (const postings of this.#postings.values()) postings.look(value, found, isSure);
    if (this.#elements === undefined || !Array.isArray(value)) return;
    for (const element of value) this.#elements.collect(element, found, isSure);
  }

  collectAll(found: Found): void {
    for (const postings of this.#postings.values()) postings.all(found);
    this.#elements?.collectAll(found);
  }

  #makeElements(): AttributeTable<Found, S> {
    const onEmpty = (): void => {
      this.#elements = undefined;
      this.#tellIfEmpty();
    };
    return new AttributeTable('element', this.#make, onEmpty, this.path);
  }

  #tellIfEmpty(): void {
    if (this.#postings.size === 0 && this.#elements === undefined) this.#onEmpty();
  }
}
