import type { JsonObject, JsonValue } from '../../src/check/json-text.ts';
import type { Rule } from '../../src/match/matcher.ts';

/**
 * Random rules and records, made fast enough for millions of comparisons and the same for the same seed. Everything is
 * drawn from few names and values, so that rules and records have something to do with each other.
 */
export class RandomRules {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to below `limit`, whole. */
  below(limit: number): number {
    // mulberry32, by Tommy Ettinger (public domain)
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  /** A record with nasty values. */
  record(): JsonObject {
    const record: JsonObject = {};
    for (const field of FIELDS) if (this.below(8) > 0) record[field] = this.#value(2);
    if (this.below(6) > 0) record['legs'] = this.#many(4, () => this.#leg());
    return record;
  }

  /** A rule of one to four conditions, of which many rules share some. */
  rule(id: string): Rule {
    const conditions = this.#many(2, () => this.condition(2));
    const shared = SHARED[this.below(4)];
    if (shared !== undefined) conditions.push(shared);
    if (conditions.length === 0) conditions.push(this.condition(2));
    return { id, conditions };
  }

  /** A condition with at most `depth` more inside one another. */
  condition(depth: number): JsonObject {
    const make = depth === 0 ? this.#pick(SIMPLE) : this.#pick(this.below(3) === 0 ? NESTED : SIMPLE);
    return make(this, depth);
  }

  field(): JsonObject {
    return { var: this.below(12) === 0 ? [this.#pick(FIELDS), this.literal()] : this.#pick(PATHS) };
  }

  /** Something a condition looks at: mostly a field. */
  operand(): JsonObject {
    switch (this.below(14)) {
      case 0:
        return { substr: [this.field(), this.below(3) - 1, this.below(4) - 1] };
      case 1:
        return { '+': [this.field(), this.below(3)] };
      case 2:
        return { cat: [this.field(), this.literal()] };
      case 3:
        return { digits: [this.field()] };
      default:
        return this.field();
    }
  }

  literal(): JsonValue {
    return this.#pick(LITERALS);
  }

  literals(limit: number): JsonValue[] {
    return this.#many(limit, () => this.literal());
  }

  affix(): JsonValue {
    return this.#pick(AFFIXES);
  }

  #leg(): JsonValue {
    if (this.below(6) === 0) return this.#value(1);
    return { number: this.#value(1), kind: this.#pick(['I', 'O', '']) };
  }

  #value(depth: number): JsonValue {
    if (depth > 0 && this.below(12) === 0) return this.#many(3, () => this.#value(depth - 1));
    return this.below(9) === 0 ? this.#pick(CONTAINERS) : this.literal();
  }

  #many<Item>(limit: number, make: () => Item): Item[] {
    return Array.from({ length: this.below(limit + 1) }, make);
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }
}

const BUSY = { '==': [{ var: 'kind' }, 'busy'] };
/** What rules have in common, so that there are buckets to be split: one for all, and two of which both may be come to. */
const SHARED: readonly JsonObject[] = [
  BUSY,
  BUSY,
  { or: [{ '==': [{ var: 'x' }, 0] }, { '==': [{ var: 'number' }, 0] }] },
];

const FIELDS = ['kind', 'x', 'number', 'duration', 'y', ''];
const PATHS = [...FIELDS, 'x', 'number', 'duration', 'legs', 'legs.0.number', 'x.0', 'absent', ''];
const LITERALS: readonly JsonValue[] = [
  ...['busy', 'idle', '', '0', '1', '16', '016', ' 16 ', '16.0', '0x10', '1e3', '+4930', '4930', 'abc', 'ab'],
  ...[0, -0, 1, 16, -1, 1.5, 1e21, 1000, true, false, null, null],
];
const CONTAINERS: readonly JsonValue[] = [
  ...[[], {}, [16], [[16]], ['busy'], ['16', 16], [null], [0, ''], { a: 1 }],
  ...[{ toString: 1 }, { valueOf: 1 }, { indexOf: 1 }, { toString: null, valueOf: null }, [{ toString: 1 }]],
];
const AFFIXES: readonly JsonValue[] = [
  '',
  '4',
  '49',
  '+49',
  '16',
  1,
  'b',
  'bu',
  'sy',
  ['49', '+49'],
  ['16', 6],
  [],
  [null],
];

type Make = (random: RandomRules, depth: number) => JsonObject;

/** A comparison with operands on either side. */
function compared(operator: string): Make {
  return (random) => {
    switch (random.below(8)) {
      case 0:
        return { [operator]: [random.literal(), random.operand()] };
      case 1:
        return { [operator]: [random.operand(), random.operand()] };
      default:
        return { [operator]: [random.operand(), random.literal()] };
    }
  };
}

function between(operator: string): Make {
  return (random) => ({ [operator]: [random.literal(), random.operand(), random.literal()] });
}

const SIMPLE: readonly Make[] = [
  ...['==', '==', '==', '===', '!=', '!==', '<', '<=', '>', '>='].map(compared),
  ...['<', '<='].map(between),
  (random) => ({ in: [random.operand(), random.literals(12)] }),
  (random) => ({ in: [random.operand(), random.literals(3)] }),
  (random) => ({ in: [random.field(), random.literals(4)] }),
  (random) => ({ in: [random.literal(), random.operand()] }),
  (random) => ({ in: [random.operand(), 'abc 16 busy'] }),
  (random) => ({ starts_with: [random.operand(), random.affix()] }),
  (random) => ({ ends_with: [random.operand(), random.affix()] }),
  (random) => random.field(),
  (random) => ({ '!!': [random.operand()] }),
  (random) => ({ '!': [random.operand()] }),
  (random) => ({ '!': [{ missing: ['x', 'number'].slice(random.below(2)) }] }),
  (random) => ({ '!': [{ missing: [[], 'x'].slice(random.below(2)) }] }),
  (random) => ({ starts_with: [random.operand(), { cat: ['4', '9'] }] }),
  (random) => ({ ends_with: [random.operand(), [{ cat: ['1', '6'] }, 'y']] }),
  (random) => ({ '>': [{ '/': [random.field(), random.literal()] }, 0] }),
  (random) => ({ '===': [{ map: [random.field(), 1] }, { filter: [random.field(), 1] }] }),
  (random) => ({ '==': [{ var: 'digits [{"var":"x"}]' }, random.literal()] }),
  (random) => ({ missing: ['x', 'absent'].slice(random.below(2)) }),
  (random) => ({ missing_some: [random.below(3), ['x', 'y', 'absent']] }),
];

function joined(operator: string): Make {
  return (random, depth) => ({
    [operator]: Array.from({ length: 1 + random.below(3) }, () => random.condition(depth - 1)),
  });
}

function negated(operator: string): Make {
  return (random, depth) => ({ [operator]: [random.condition(depth - 1)] });
}

function overLegs(operator: string): Make {
  return (random, depth) => ({
    [operator]: [random.below(4) > 0 ? { var: 'legs' } : random.field(), random.condition(depth - 1)],
  });
}

const NESTED: readonly Make[] = [
  ...['and', 'or', 'or'].map(joined),
  ...['!', '!!'].map(negated),
  ...['some', 'some', 'all', 'none', 'filter', 'map'].map(overLegs),
  (random, depth) => ({ if: [random.condition(depth - 1), random.condition(depth - 1), random.literal()] }),
  (random, depth) => ({ '==': [random.condition(depth - 1), random.literal()] }),
];
