import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fieldOf } from '../../src/cdr/cdr.ts';
import { flatten, FLATTEN_LIMITS, pathKeys } from '../../src/cdr/flatten.ts';
import { isContainer, type JsonObject, type JsonValue } from '../../src/check/json-text.ts';
import { cdrOf, recordTexts } from '../support/cdrs.ts';

interface Leaf {
  readonly keys: readonly string[];
  readonly value: JsonValue;
}

const records = recordTexts.map((text) => JSON.parse(text) as JsonObject);

/** Every leaf of a record with the keys that lead to it, found without paths. */
function leavesOf(value: JsonValue, keys: readonly string[] = []): Leaf[] {
  const inner = isContainer(value) ? Object.entries(value) : [];
  if (inner.length === 0) return keys.length === 0 ? [] : [{ keys, value }];
  return inner.flatMap(([key, item]) => leavesOf(item, [...keys, key]));
}

/** Builds a value from its leaves; an array is told from an object by `like`. */
function unflatten(leaves: readonly Leaf[], like: JsonValue): JsonValue {
  const [first] = leaves;
  if (first?.keys.length === 0) return first.value;
  const groups = Map.groupBy(leaves, ({ keys }) => keys[0] ?? '');
  const entries = [...groups].map(([key, group]): [string, JsonValue] => {
    const shorter = group.map(({ keys, value }) => ({ keys: keys.slice(1), value }));
    return [key, unflatten(shorter, (like as JsonObject)[key] ?? null)];
  });
  return Array.isArray(like) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}

test('no leaf is lost, none is added and no two share a path', () => {
  fc.assert(
    fc.property(records, (record) => {
      const fields = flatten(record);
      const leaves = leavesOf(record);
      expect(fields.size).toBe(leaves.length);
      expect([...fields.keys()].map(pathKeys)).toEqual(leaves.map(({ keys }) => keys));
      expect([...fields.values()]).toEqual(leaves.map(({ value }) => value));
    }),
    { numRuns: 1_000 },
  );
});

test('the record can be built again from its fields', () => {
  fc.assert(
    fc.property(records, (record) => {
      const leaves = [...flatten(record)].map(([path, value]) => ({ keys: pathKeys(path), value }));
      expect(JSON.stringify(unflatten(leaves, record))).toBe(JSON.stringify(record));
    }),
    { numRuns: 1_000 },
  );
});

test('every field is found by its path, but for one without a name', () => {
  fc.assert(
    fc.property(records, (record) => {
      const cdr = cdrOf(record);
      for (const [path, value] of cdr.fields) {
        expect(fieldOf(cdr, path)).toBe(path === '' ? record : value);
      }
    }),
  );
});

test('what the limits leave out is found by the same path', () => {
  fc.assert(
    fc.property(records, fc.integer({ min: 1, max: 3 }), fc.nat(4), (record, maxDepth, maxLeaves) => {
      const cdr = { ...cdrOf(record), fields: flatten(record, { ...FLATTEN_LIMITS, maxDepth, maxLeaves }) };
      expect(cdr.fields.size).toBeLessThanOrEqual(maxLeaves);
      const fields = [...flatten(record)].filter(([path]) => path !== '');
      const hasDots = fields.some(([path]) => path.includes('\\.'));
      for (const [path, value] of fields) {
        // Where keys hold dots, a path without escapes may be read in more than one way.
        if (path.includes('\\') || !hasDots) expect(fieldOf(cdr, path)).toBe(value);
      }
    }),
  );
});

test('flattening leaves the prototype of all objects as it was', () => {
  const before = Reflect.ownKeys(Object.prototype);
  fc.assert(
    fc.property(records, (record) => {
      flatten(record);
    }),
  );
  expect(Reflect.ownKeys(Object.prototype)).toEqual(before);
});
