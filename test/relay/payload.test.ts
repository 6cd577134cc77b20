import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { flatten } from '../../src/cdr/flatten.ts';
import { parseJson, type JsonObject } from '../../src/check/json-text.ts';
import { documentCheck } from '../../src/check/schema.ts';
import { PACKAGE_FOLDER } from '../../src/package-files.ts';
import { payloadOf } from '../../src/relay/payload.ts';
import { webhookWith } from '../support/webhooks.ts';

const schemaText = readFileSync(join(PACKAGE_FOLDER, 'schemas', 'payload.schema.json'), 'utf8');
const problemsOf = documentCheck(parseJson(schemaText) as JsonObject);

/** JSON objects as text, some with white space, as senders write them. */
const rawText = fc
  .tuple(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(undefined, 1, '\t'))
  .map(([record, indent]) => JSON.stringify(record, null, indent));

function cdrIn(payload: string): unknown {
  return (JSON.parse(payload) as { cdr: unknown }).cdr;
}

describe('a raw payload', () => {
  test('holds name, meta and CDR, in this order', () => {
    const webhook = webhookWith({ name: 'CRM', meta: { queue: 'sales', level: 2 } });
    expect(payloadOf(webhook, '{"a":1}')).toBe(
      '{"name":"CRM","meta":{"queue":"sales","level":2},"cdr":{"a":1}}',
    );
  });

  test('keeps the text of every CDR byte for byte', () => {
    fc.assert(
      fc.property(rawText, (raw) => {
        const payload = payloadOf(webhookWith(), raw);
        expect(payload.endsWith(`,"cdr":${raw}}`)).toBe(true);
        expect(cdrIn(payload)).toEqual(JSON.parse(raw));
      }),
    );
  });

  test('keeps digits, spellings, repeated keys and white space that a parser would lose', () => {
    const raw = '{ "id" : 9223372036854775807, "f": 1.10, "e": 1E+2,\n "a": "\\u00e9", "a": "\\/" }';
    expect(payloadOf(webhookWith(), raw)).toContain(raw);
  });

  test('escapes whatever stands in name and meta', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.dictionary(fc.string(), fc.jsonValue()), (name, meta) => {
        const webhook = webhookWith({ name, meta: JSON.parse(JSON.stringify(meta)) as JsonObject });
        const payload = JSON.parse(payloadOf(webhook, '{"a":1}')) as object;
        expect(Object.keys(payload)).toEqual(['name', 'meta', 'cdr']);
        expect(payload).toEqual({ name, meta: webhook.meta, cdr: { a: 1 } });
      }),
    );
  });

  test('a name made to break out of its string stays a name', () => {
    const name = 'x","cdr":{"a":2},"y":"';
    expect(JSON.parse(payloadOf(webhookWith({ name }), '{"a":1}'))).toEqual({
      name,
      meta: {},
      cdr: { a: 1 },
    });
  });
});

describe('a flat payload', () => {
  const flat = webhookWith({ payload: 'flat' });

  test('has the fields by their flattened paths, in the order sent', () => {
    const raw = '{"z":{"b":[{"c":1},2]},"a.b":"x","$e":true,"m":[],"n":{}}';
    const payload = payloadOf(flat, raw);
    expect(payload).toContain('"cdr":{"z.b.0.c":1,"z.b.1":2,"a\\\\.b":"x","\\\\$e":true,"m":[],"n":{}}');
  });

  test('keeps the digits of every number', () => {
    const raw = '{"id":9223372036854775807,"legs":[{"cost":1.10,"e":1E+2,"z":-0}]}';
    expect(payloadOf(flat, raw)).toContain(
      '"cdr":{"id":9223372036854775807,"legs.0.cost":1.10,"legs.0.e":1E+2,"legs.0.z":-0}',
    );
  });

  test('has the same fields as the matcher sees, for any CDR', () => {
    fc.assert(
      fc.property(rawText, (raw) => {
        const record = JSON.parse(raw) as JsonObject;
        expect(Object.entries(cdrIn(payloadOf(flat, raw)) as object)).toEqual(
          Object.entries(Object.fromEntries(flatten(record))),
        );
      }),
    );
  });

  test('leaves no field out, however many there are', () => {
    const raw = JSON.stringify({ legs: Array.from({ length: 60_000 }, (_, index) => index) });
    expect(Object.keys(cdrIn(payloadOf(flat, raw)) as object)).toHaveLength(60_000);
  });
});

test('every payload satisfies the published schema', () => {
  fc.assert(
    fc.property(rawText, fc.constantFrom('raw' as const, 'flat' as const), (raw, payload) => {
      expect(problemsOf(JSON.parse(payloadOf(webhookWith({ payload }), raw)))).toEqual([]);
    }),
  );
  expect(problemsOf({ name: 'x', cdr: {} })).not.toEqual([]);
});
