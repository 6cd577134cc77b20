import { describe, expect, test } from 'vitest';
import { compileUrlTemplate } from '../../src/template/url.ts';
import { contextOf, templateOf, told } from './contexts.ts';

const context = contextOf({
  raw: '{"from":"+1 555/../x?y#z","up":"..","here":".","empty":"","n":9223372036854775807,"list":[1]}',
});

function render(url: string): string {
  return templateOf(compileUrlTemplate(url, '/url')).render(context, (text) =>
    text.replace('${SUB}', 'acme').replace('${HOOK_URL}', 'https://hooks.test/secret'),
  );
}

describe('a url', () => {
  test.each<[string, string]>([
    ['https://x.test/a b', 'https://x.test/a b'],
    ['https://x.test/calls/{{cdr.n}}', 'https://x.test/calls/9223372036854775807'],
    ['https://x.test/c({{cdr.n}})', 'https://x.test/c(9223372036854775807)'],
    ['https://x.test/{{cdr.from}}', 'https://x.test/%2B1%20555%2F..%2Fx%3Fy%23z'],
    ['https://x.test/?q={{cdr.from}}&r={{cdr.empty}}', 'https://x.test/?q=%2B1%20555%2F..%2Fx%3Fy%23z&r='],
    ['https://${SUB}.x.test/{{cdr.none|all}}', 'https://acme.x.test/all'],
    ['${HOOK_URL}', 'https://hooks.test/secret'],
  ])('%s', (url, rendered) => {
    expect(render(url)).toBe(rendered);
  });

  test.each([
    'https://{{cdr.from}}/x',
    'https://x.test{{cdr.from}}',
    'https://x.test:{{cdr.n}}/',
    'https://u:{{cdr.from}}@x.test/',
    'https://{{cdr.from}}.x.test/',
    '{{cdr.from}}',
    'https:/{{cdr.from}}',
    'https:///{{cdr.from}}',
    'https://x.test\\{{cdr.from}}',
    '${BASE}{{cdr.from}}',
    '${SCHEME}://{{cdr.from}}/x',
    '${BASE}//{{cdr.from}}',
    'ftp://x.test/{{cdr.from}}',
  ])('has nothing of the call in scheme, host or port: %s', (url) => {
    expect(told(compileUrlTemplate(url, '/url'))).toEqual([
      '/url scheme, host and port must be written out; {{…}} may stand in path and query only',
    ]);
  });

  test('whose reference is no whole origin is not sent to', () => {
    const { render: renderUrl } = templateOf(compileUrlTemplate('${BASE}/{{cdr.n}}', '/url'));
    expect(renderUrl(context, () => 'https://x.test/')).toBe('https://x.test/9223372036854775807');
    expect(() => renderUrl(context, () => 'https:/')).toThrow(
      /^\/url: scheme, host and port must be written out/,
    );
  });

  test.each<[string, RegExp]>([
    ['https://x.test/a/{{cdr.up}}', /^\/url: a part of the path would be "\." or "\.\."/],
    ['https://x.test/a/{{cdr.here}}/b', /would be "\." or/],
    ['https://x.test/a/.{{cdr.here}}', /would be "\." or/],
    ['https://x.test/a/%2e{{cdr.here}}?x', /would be "\." or/],
    ['https://x.test/a/{{cdr.empty}}', /"cdr.empty" is empty in this CDR/],
    ['https://x.test/a/{{cdr.none}}', /"cdr.none" is absent or null/],
    ['https://x.test/a/{{cdr.list}}', /"cdr.list" is an array or object/],
    ['https://x.test/a/{{cdr}}', /"cdr" is an array or object/],
  ])('that would be another is not sent to: %s', (url, message) => {
    expect(() => render(url)).toThrow(message);
  });
});
