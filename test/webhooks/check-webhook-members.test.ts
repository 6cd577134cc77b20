import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/check/json-text.ts';
import { checkWebhook } from '../../src/webhooks/check-webhooks.ts';
import { webhookDocument } from '../support/rules.ts';

function toldOfUrl(url: string): string[] {
  return checkWebhook(webhookDocument({ url }), '').map(({ pointer, message }) => `${pointer} ${message}`);
}

function toldOfHeader(name: string, value = 'x'): string[] {
  const problems = checkWebhook(webhookDocument({ headers: { [name]: value } }), '');
  return problems.map(({ pointer, message }) => `${pointer} ${message}`);
}

function toldOfMeta(metaText: string): string[] {
  const meta = JSON.parse(metaText) as JsonObject;
  return checkWebhook(webhookDocument({ meta }), '').map(({ pointer, message }) => `${pointer} ${message}`);
}

describe('a url', () => {
  test.each([
    'http://127.0.0.1:9090/tickets',
    'https://example.com/hooks?a=b#c',
    'https://user:${PASSWORD}@example.com/',
    'https://${HOST}/hooks/${PATH}',
    'https://crm.${DOMAIN}/hooks',
    'https://${REGION}.example.com/hooks',
    'http://${HOST}:${PORT}/',
    '${TICKETS_URL}',
    '${TICKETS_URL}/cdr',
    'HTTPS://EXAMPLE.COM',
    'http://[::1]:8080/',
  ])('may be %s', (url) => {
    expect(toldOfUrl(url)).toEqual([]);
  });

  test('may have a reference as its port', () => {
    expect(toldOfUrl('http://localhost:${PORT}/hooks')).toEqual([]);
  });

  test.each(['example.com/hooks', '/hooks', 'https://', 'http://a b/', 'not a url'])(
    'must be whole: %s is not',
    (url) => {
      expect(toldOfUrl(url)).toEqual([
        '/url is not a url; write it whole, such as https://example.com/hooks/cdr',
      ]);
    },
  );

  test.each(['ftp://example.com/', 'file:///etc/passwd', 'javascript:alert(1)', 'localhost:8080/hooks'])(
    'must be http or https: %s is not',
    (url) => {
      expect(toldOfUrl(url)).toEqual(['/url must begin with http:// or https://']);
    },
  );

  test('is not excused from this by what only looks like a reference', () => {
    expect(toldOfUrl('${1NAME}/cdr')).toHaveLength(1);
  });
});

describe('a header', () => {
  test.each([
    ['Authorization', 'Bearer ${TOKEN}'],
    ['Content-Type', 'application/vnd.acme+json'],
    ['X-Empty', ''],
    ["X-!#$%&'*+.^_`|~", 'any token'],
    ['X-Latin', 'Büro'],
  ])('may be %s: %s', (name, value) => {
    expect(toldOfHeader(name, value)).toEqual([]);
  });

  test.each(['Host', 'content-length', 'TRANSFER-ENCODING', 'Connection', 'webhook-id', 'Webhook-Signature'])(
    '%s is ours',
    (name) => {
      expect(toldOfHeader(name)).toEqual([`/headers/${name} is set by Hookswitch and cannot be given`]);
    },
  );

  test.each(['X A', 'X:A', '', 'Ümlaut', 'X\n'])('%j is no name', (name) => {
    expect(toldOfHeader(name)).toEqual([
      `/headers/${name} is not a header name (letters, digits and dashes)`,
    ]);
  });

  test('is pointed at with escapes', () => {
    expect(toldOfHeader('X/A~')).toEqual([expect.stringMatching(/^\/headers\/X~1A~0 is not a header name/)]);
  });

  test.each(['a\r\nX-Injected: 1', 'a\nb', 'a\0b', '☎'])('may not hold %j', (value) => {
    expect(toldOfHeader('X-A', value)).toEqual([
      '/headers/X-A holds a character that no header may hold, such as a line break',
    ]);
  });

  test('is not quoted when its value is wrong', () => {
    expect(toldOfHeader('X-A', 's3cret\n').join()).not.toContain('s3cret');
  });
});

describe('a number in meta', () => {
  test('may be any that JavaScript holds', () => {
    expect(toldOfMeta('{"a":9007199254740991,"b":-9007199254740991,"c":1.5,"d":[0,-0,1e-7]}')).toEqual([]);
  });

  test.each([
    ['{"id":7205759403792793601}', '/meta/id'],
    ['{"a":[{"b/c":9007199254740992}]}', '/meta/a/0/b~1c'],
    ['{"a":-1e300}', '/meta/a'],
    ['{"a":1e400}', '/meta/a'],
  ])('may not lose digits: %s', (text, pointer) => {
    expect(toldOfMeta(text)).toEqual([`${pointer} a number of this size loses digits; write it as a text`]);
  });

  test('may be a text of any size', () => {
    expect(toldOfMeta('{"id":"7205759403792793601"}')).toEqual([]);
  });
});

test('meta that is nested without end gives problems or none, and never throws', () => {
  const text = `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
  expect(() => toldOfMeta(text)).not.toThrow();
});

describe('links to recordings', () => {
  const warning = 'names recordings and does not ask for them';
  const told = (members: Parameters<typeof webhookDocument>[0]): string =>
    checkWebhook(webhookDocument(members), '/webhooks/0')
      .filter(({ severity }) => severity === 'warning')
      .map(({ pointer, message }) => `${pointer} ${message}`)
      .join();

  test.each([
    ['a body', { body: { note: 'Listen: {{recordings.0.url|}}' } }],
    ['an expression', { body: { $: { coalesce: [{ var: 'recordings.0.url' }, 'none'] } } }],
    ['a header', { headers: { 'x-link': '{{recordings.0.url|}}' } }],
  ])('that %s names are to be asked for', (_what, members) => {
    expect(told(members)).toContain(`/webhooks/0 ${warning}`);
    expect(told({ ...members, recordings: true })).not.toContain(warning);
  });

  test('are not told of where a text only speaks of them', () => {
    expect(told({ body: { recordings: 'recordings', note: 'see recordings.0' } })).not.toContain(warning);
  });
});
