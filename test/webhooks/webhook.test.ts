import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson, type JsonObject } from '../../src/check/json-text.ts';
import { PACKAGE_FOLDER, webhookSchemaCheck } from '../../src/package-files.ts';
import {
  idFromName,
  makeWebhook,
  textsWithReferences,
  type WebhookDocument,
} from '../../src/webhooks/webhook.ts';

interface Schema {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
}

const schemaText = readFileSync(join(PACKAGE_FOLDER, 'schemas/webhook.schema.json'), 'utf8');

/** An object with every default that a schema names, further down too. */
function defaultsOf({ properties = {} }: Schema): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, inner]) => {
      if ('default' in inner) return [[name, inner.default]];
      const below = defaultsOf(inner);
      return Object.keys(below).length === 0 ? [] : [[name, below]];
    }),
  );
}

const minimal = { id: 'w', name: 'W', url: 'https://example.com' };

describe('a webhook of which only name and url are written', () => {
  const defaults = defaultsOf(parseJson(schemaText) as unknown as Schema);

  test('has the defaults that the schema promises', () => {
    const { document, ...webhook } = makeWebhook(minimal);
    const { document: spelledOut, ...promised } = makeWebhook({ ...defaults, ...minimal });
    expect(webhook).toEqual(promised);
    expect(document).toBe(minimal);
    expect(spelledOut).toMatchObject(defaults);
  });

  test('finds defaults in the schema to compare with', () => {
    expect(Object.keys(defaults)).toEqual(
      expect.arrayContaining(['enabled', 'method', 'conditions', 'meta', 'headers', 'timeoutMs', 'retry']),
    );
  });

  test('listens to all sources', () => {
    expect(makeWebhook(minimal).sources).toBeUndefined();
  });
});

describe('what is written wins over the defaults', () => {
  test('member by member', () => {
    const document: WebhookDocument & { id: string } = {
      ...minimal,
      enabled: false,
      method: 'PUT',
      sources: ['pbx'],
      payload: 'flat',
      timeoutMs: 500,
      concurrency: 1,
      meta: { event: 'x' },
      headers: { 'X-A': '1' },
      conditions: [{ '!!': [{ var: 'x' }] }],
      rateLimit: { requests: 80, perSeconds: 60 },
      signing: { secrets: ['${A}', '${B}'] },
      successOn: [409],
      successWhen: { var: 'body.ok' },
      retry: { burst: 0, schedule: [1, 2], on: ['!501'], when: { var: 'body.again' }, ambiguous: false },
    };
    const { retry, ...members } = document;
    const { schedule, ...others } = retry ?? {};
    const webhook = makeWebhook(document);
    expect(webhook).toMatchObject(members);
    expect(webhook.retry).toEqual({ ...others, scheduleSeconds: schedule });
    expect(webhook.document).toBe(document);
  });

  test('and within retry too', () => {
    const { retry } = makeWebhook({ ...minimal, retry: { burst: 5 } });
    expect(retry).toEqual({ ...makeWebhook(minimal).retry, burst: 5 });
  });
});

describe('an id made from a name', () => {
  test.each([
    ['Missed call (Büro 2)', 'missed-call-buro-2'],
    ['  CRM -- Anrufe!  ', 'crm-anrufe'],
    ['ﬁrst', 'first'],
    ['着信', 'webhook'],
    ['---', 'webhook'],
    ['A'.repeat(100), 'a'.repeat(64)],
    [`${'a'.repeat(63)} b`, 'a'.repeat(63)],
  ])('%s gives %s', (name, id) => {
    expect(idFromName(name)).toBe(id);
  });

  test('is always one that the schema lets pass', () => {
    const check = webhookSchemaCheck();
    const names = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 }),
      fc.string({ unit: fc.constantFrom('a', '-', ' ', 'Ü', '9', 'ß'), minLength: 1, maxLength: 100 }),
    );
    fc.assert(
      fc.property(names, (name) => {
        const document: JsonObject = { id: idFromName(name), name: 'n', url: 'u' };
        expect(check(document)).toEqual([]);
      }),
    );
  });
});

test('references may stand in the url, in headers, in the authentication, in signing secrets and in the body', () => {
  const webhook = makeWebhook({
    ...minimal,
    url: 'https://${A}.test/',
    headers: { 'X-A': '${B}' },
    auth: {
      type: 'oauth2',
      grant: 'client_credentials',
      tokenUrl: '${C}',
      clientId: '${D}',
      clientSecret: '${E}',
      parameters: { resource: '${F}' },
    },
    signing: { secrets: ['${G}'] },
    body: { '${no}': [{ key: 'x ${H}' }, 1, null] },
  });
  expect(textsWithReferences(webhook).join()).toMatch(/^[^n]*A.*B.*C.*D.*E.*F.*G.*H}$/);
});
