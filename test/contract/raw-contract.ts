import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answered, leased, only, waiting } from '../support/store-samples.ts';
import { World, type StoreHarness } from './world.ts';

/** Texts that a store, a driver or a collation could be tempted to mend. */
const TEXTS: readonly (readonly [what: string, raw: string])[] = [
  ['numbers of 19 digits', '{"id":9223372036854775807,"serial":1234567890123456789}'],
  ['numbers as they were written', '{"a":1.0,"b":1e2,"c":-0,"d":0.10,"e":1E+400}'],
  ['letters of many scripts', '{"name":"Müller · Łukasz · 東京 · Ελλάδα · אבג"}'],
  ['characters beyond the basic plane', '{"note":"📞 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🏴‍☠️"}'],
  ['letters that are composed and those that are not', '{"a":"\u00e9","b":"e\u0301"}'],
  ['an escaped NUL', '{"a":"before\\u0000after"}'],
  ['an escaped half of a surrogate pair', '{"a":"\\ud83d"}'],
  ['escapes as they were written', '{"a":"\\/ \\u00e9 \\u0041 \\" \\\\ \\b"}'],
  ['white space', '{ "a" :\t1 ,\r\n\t"b":[ ] }'],
  ['the order of members, and those that come twice', '{"z":1,"a":2,"10":3,"9":4,"z":5}'],
  ['line and paragraph separators, and a byte order mark', '{"a":"\u2028\u2029\ufeff"}'],
  ['quotes and other things that SQL knows', `{"a":"'; DROP TABLE cdrs; -- % _ ? $1 :a"}`],
];

/** The raw text of a CDR, and other texts that come from outside. */
export function describeRaw(harness: StoreHarness): void {
  describe('raw text', () => {
    it.each(TEXTS)('keeps %s', async (_what, raw) => {
      const world = await World.open(harness);

      expect(await rawsGivenBack(world, raw)).toEqual(Array.from({ length: 4 }, () => raw));
    });

    it('keeps a megabyte, and recognises it', async () => {
      const world = await World.open(harness);
      const cdr = world.cdr({ raw: JSON.stringify({ text: 'Gespräch 📞 '.repeat(75_000) }) });
      const first = only(await world.store.accept([cdr]));

      expect(Buffer.byteLength(cdr.raw)).toBeGreaterThan(1_048_576);
      // Not toEqual: of a difference in a megabyte it would print all.
      expect((await world.store.cdr(first.id))?.raw === cdr.raw).toBe(true);
      expect(only(await world.store.accept([cdr])).duplicate).toBe(true);
    });

    it('keeps any JSON text byte for byte', async () => {
      const world = await World.open(harness, { dedupeWindowMs: 0 });
      const whitespace = fc.constantFrom('', ' ', '\n');
      const text = fc
        .tuple(fc.json({ stringUnit: 'binary' }), whitespace)
        .map(([json, space]) => json + space);
      await fc.assert(
        fc.asyncProperty(text, async (raw) => {
          const { id } = await world.accept({ raw });
          expect((await world.store.cdr(id))?.raw).toBe(raw);
        }),
        { numRuns: 100 },
      );
    });
  });

  describe('text from targets and vendors', () => {
    it.each(['\u0000', 'a\u0000b', '📞', "'", '', '\\u0000'])(
      'is kept whatever is in it: %j',
      async (text) => {
        const world = await World.open(harness);
        const { id, leases } = await world.accept({ violation: text, hits: leased('crm') });
        const attempts = [answered(500, { excerpt: text, error: { code: 'ERR', message: text } })];
        const lease = only(leases);
        await world.store.settle([{ lease, attempts, outcome: { state: 'failed' } }]);

        expect((await world.store.cdr(id))?.violation).toBe(text);
        expect(await world.delivery(lease.deliveryId)).toMatchObject({
          lastError: text,
          made: [{ excerpt: text, error: { message: text } }],
        });
        expect((await world.stats('crm')).lastFailure?.error).toBe(text);
      },
    );
  });
}

/** What each of the ways to a CDR gives of a raw text that was accepted. */
async function rawsGivenBack(world: World, raw: string): Promise<(string | undefined)[]> {
  const hits = [...leased('now'), ...waiting('later')];
  const { id, leases } = await world.accept({ raw, hits });
  const found = await world.store.cdr(id);
  const listed = only(await world.store.cdrs({ limit: 2 }));
  const later = only(await world.lease('later'));
  return [only(leases).cdr.raw, found?.raw, listed.raw, later.cdr.raw];
}
