import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { postBytes, startApp, type TestApp } from '../support/app.ts';

/** What a header may hold (RFC 9110 §5.5). */
const headerText = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
});

const label = fc.oneof(
  headerText,
  fc.constantFrom(
    'application/json',
    'application/x-www-form-urlencoded',
    'text/csv; charset=utf-7',
    ';',
    'a/b;c',
  ),
);
const encoding = fc.oneof(
  headerText,
  fc.constantFrom('gzip', 'deflate', 'br', 'identity', 'GZIP', 'gzip, gzip', 'zstd'),
);

/** Bytes of any kind, many of them nearly a CDR. */
const body = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
  fc.json().map((text) => Buffer.from(text)),
  fc
    .array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        '"',
        ':',
        ',',
        '\\',
        '\n',
        '1',
        'a',
        '=',
        '&',
        '%',
        '\u0000',
        '\ufeff',
      ),
    )
    .map((parts) => Buffer.from(parts.join(''))),
  fc.dictionary(fc.string(), fc.jsonValue()).map((record) => Buffer.from(JSON.stringify(record))),
);
const packing = fc.constantFrom<(bytes: Uint8Array) => Uint8Array>(
  (bytes) => bytes,
  gzipSync,
  deflateSync,
  (bytes) => gzipSync(bytes).subarray(0, -3),
);

async function statusOf(
  { app }: TestApp,
  bytes: Uint8Array,
  headers: Record<string, string>,
): Promise<number> {
  const response = await postBytes(app, '/cdr/generic', bytes, headers);
  if (response.status !== 200) {
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  }
  return response.status;
}

test('whatever comes in is taken or refused as the sender’s fault, and the next CDR is taken', async () => {
  const started = await startApp();
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(
      body,
      packing,
      fc.option(label),
      fc.option(encoding),
      async (plain, pack, type, packed) => {
        const headers = {
          ...(type === null ? {} : { 'content-type': type }),
          ...(packed === null ? {} : { 'content-encoding': packed }),
        };
        const status = await statusOf(started, pack(plain), headers);
        seen.add(status);
        expect([200, 400, 413, 415]).toContain(status);
      },
    ),
    { numRuns: 250 },
  );
  expect([...seen]).toEqual(expect.arrayContaining([200, 400, 415]));
  expect(await statusOf(started, Buffer.from('{"n":1}'), {})).toBe(200);
  expect(started.logOf('internal.failed')).toEqual([]);
});

test('whatever JSON object comes in can be looked at again, its text unchanged', async () => {
  const started = await startApp();
  await fc.assert(
    fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), async (record) => {
      const raw = JSON.stringify(record);
      const response = await postBytes(started.app, '/cdr/generic', raw).expect(200);
      const [id = ''] = (response.body as { ids: string[] }).ids;
      expect((await started.store.cdr(id))?.raw).toBe(raw);
    }),
  );
});

test.each([
  ['lists', '[', ']'],
  ['objects', '{"a":', '}'],
])('%s nested a hundred thousand deep are taken, and the next CDR too', async (_what, open, close) => {
  const started = await startApp();
  const depth = 100_000;
  const raw = `{"a":${open.repeat(depth)}1${close.repeat(depth)}}`;
  for (const vendor of ['generic', 'vodia', 'telecmi', 'cisco', 'default']) {
    const response = await postBytes(started.app, `/cdr/${vendor}`, raw);
    expect(response.status).toBe(200);
  }
  await postBytes(started.app, '/cdr/generic', '{"n":1}').expect(200);
});

/** Bodies of about a megabyte that are much work for their size, with what has to be answered. */
const HOSTILE: readonly (readonly [what: string, body: string, status: number])[] = [
  ['many tiny CDRs', `[${'{},'.repeat(300_000)}{}]`, 413],
  ['many tiny lines', '{}\n'.repeat(300_000), 413],
  ['many tiny rows', `a,b\n${'1,2\n'.repeat(200_000)}`, 413],
  ['one wide row', `a,b\n${','.repeat(900_000)}`, 413],
  ['one endless line of names', `${'a,'.repeat(450_000)}b\n1,2`, 400],
  ['a cell that is never closed', `a,b\n1,"${'x'.repeat(900_000)}`, 400],
  ['nothing but line breaks between two', `{}\n${'\n'.repeat(900_000)}{}`, 200],
  ['deep XML', `${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`, 400],
  ['XML with many attributes', `<a ${'b=1 '.repeat(60_000)}></a>`, 200],
  ['XML with an end in sight only', `<a>${'<b '.repeat(60_000)}`, 400],
  ['a form of many names', Array.from({ length: 30_000 }, (_, n) => `k${n}=`).join('&'), 200],
  ['a mistake behind everything', `[${'{"a":1},'.repeat(20_000)}]`, 400],
];

test('what is much work for its size is answered in time, and calls come in meanwhile', async () => {
  const started = await startApp({ limits: { maxCdrsPerRequest: 50_000 } });
  const begun = performance.now();
  for (const [what, hostile, status] of HOSTILE) {
    const answer = postBytes(started.app, '/cdr/generic', hostile);
    const [refused, call] = await Promise.all([
      answer.then((response) => response.status),
      statusOf(started, Buffer.from(JSON.stringify({ what })), {}),
    ]);
    expect([what, refused, call]).toEqual([what, status, 200]);
  }
  // Together they took minutes when each was read as a whole.
  expect(performance.now() - begun).toBeLessThan(25_000);
  expect(started.logOf('internal.failed')).toEqual([]);
});
