import fc, { type Arbitrary } from 'fast-check';
import request from 'supertest';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/check/json-text.ts';
import { METHODS, type DescribedOperation } from '../../../src/http/openapi/describe.ts';
import { OPERATION_GROUPS } from '../../../src/http/openapi/operations.ts';
import { addDelivery } from '../../support/deliveries.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import { API_DOCUMENT } from '../../support/described-answers.ts';
import { valuesOf } from '../../support/schema-arbitrary.ts';

/** One request, made up. */
interface MadeUp {
  readonly ids: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly type: string | undefined;
  readonly body: string | undefined;
}

/** What a header may hold (RFC 9110 §5.5). */
const headerText = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
});

const OPERATIONS = OPERATION_GROUPS.flatMap(({ paths }) =>
  Object.entries(paths).flatMap(([path, operations]) =>
    METHODS.flatMap((method) => {
      const operation = operations[method];
      return operation === undefined || isStream(operation) ? [] : [[method, path, operation] as const];
    }),
  ),
);

function isStream({ answers }: DescribedOperation): boolean {
  return Object.values(answers).some(({ type }) => type === 'text/event-stream');
}

/** Most of what is made up is nearly right: what is refused at the door tries nothing out. */
function requestsTo(
  { query = {}, headers = {}, body }: DescribedOperation,
  words: readonly string[],
  known: string,
): Arbitrary<MadeUp> {
  const guesses = (schema: JsonObject): Arbitrary<unknown> => valuesOf(schema, API_DOCUMENT, words);
  const right =
    body === undefined ? fc.constant(undefined) : guesses(body.schema).map((value) => JSON.stringify(value));
  const types = [...(body?.types ?? []).filter((type) => type !== '*/*'), 'application/json'];
  return fc.record({
    ids: fc.oneof(
      { weight: 4, arbitrary: fc.constant(known) },
      fc.string({ unit: 'grapheme', minLength: 1 }),
    ),
    query: fc.oneof(
      { weight: 4, arbitrary: fc.record(mapped(query, guesses), { requiredKeys: [] }) },
      fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }),
    ),
    headers: fc.record(
      mapped(headers, () => fc.oneof(fc.constantFrom('*', '"x"', 'key'), headerText)),
      { requiredKeys: [] },
    ),
    type: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...types) },
      fc.constantFrom(undefined, 'text/plain', ';'),
    ),
    body: fc.oneof({ weight: 4, arbitrary: right }, fc.json(), fc.string()),
  });
}

function mapped(
  schemas: Readonly<Record<string, JsonObject>>,
  values: (schema: JsonObject) => Arbitrary<unknown>,
): Record<string, Arbitrary<unknown>> {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, values(schema)]));
}

function send({ app }: TestApp, method: (typeof METHODS)[number], path: string, made: MadeUp): request.Test {
  const at = path.replace(/\{\w+\}/g, encodeURIComponent(made.ids));
  const query = new URLSearchParams(
    Object.entries(made.query).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  const sending = request(app)
    [method](`${at}?${query.toString()}`)
    .set(made.headers as Record<string, string>);
  if (made.type !== undefined) void sending.set('content-type', made.type);
  const asIs = (body: unknown): string => body as string;
  return made.body === undefined ? sending : sending.serialize(asIs).send(Buffer.from(made.body));
}

test('whatever is asked, the answer is as described, and never that something went wrong here', async () => {
  const page = { name: 'page.html', content: Buffer.from('<!doctype html>') };
  const started = await startApp({
    webhooks: [{ id: 'tickets', name: 'Tickets', url: 'http://target.test/hook' }],
    loadPage: () => Promise.resolve(new Map([[page.name, page]])),
  });
  const { id, cdrId } = await addDelivery(started, 'tickets', { state: 'failed' });
  const run = await started.store.runs.start({ kind: 'redeliver', selection: {} });
  const ids = { webhooks: 'tickets', cdrs: cdrId, deliveries: id, runs: run.id, cdr: 'default' };
  const words = [...Object.values(ids), 'failed', '2026-11-21T14:03:22Z', 'https://x.test/in'];
  const statuses = new Set<number>();
  for (const [method, path, operation] of OPERATIONS) {
    const known = Object.entries(ids).find(([name]) => path.includes(`/${name}/{`))?.[1] ?? 'x';
    await fc.assert(
      fc.asyncProperty(requestsTo(operation, words, known), async (made) => {
        const { status, headers } = await send(started, method, path, made);
        statuses.add(status);
        expect(status).toBeLessThan(500);
        if (status >= 400) expect(headers['content-type']).toMatch(/^application\/problem\+json/);
      }),
      { numRuns: 6 },
    );
  }
  expect(started.logOf('internal.failed')).toEqual([]);
  // That much is got through to: a fuzzer that is only refused tries nothing out.
  for (const status of [200, 400, 404, 422]) expect(statuses).toContain(status);
});
