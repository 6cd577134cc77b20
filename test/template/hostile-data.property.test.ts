import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../src/check/json-text.ts';
import { compileTemplate } from '../../src/template/body.ts';
import { compileHeaderTemplate } from '../../src/template/header.ts';
import { TemplateError } from '../../src/template/template-error.ts';
import { compileUrlTemplate } from '../../src/template/url.ts';
import { contextOf, templateOf } from './contexts.ts';

const SECRET = 'top-secret-value';

const resolve = (text: string): string => text.replaceAll('${KEY}', SECRET);

/** Text of a caller who knows how templates, references, JSON, urls and headers work. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          '${KEY}',
          '{{meta.key}}',
          '{{cdr.b}}',
          '{"$":{"var":"meta.key"}}',
          '"',
          '\\',
          '"}',
          ',"admin":true,"x":"',
        ],
        ...[
          '/',
          '..',
          '.',
          '%2e',
          '?',
          '#',
          '&',
          '=',
          '@',
          ':',
          '//evil.test',
          '\\\\',
          ' ',
          '\r\n',
          '\n',
          '\0',
          '\t',
        ],
        ...['<!channel>', '\u2028', '\uD800', 'ü', '__proto__', '$', '{{', '}}', '|'],
      ),
      fc.string(),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

/** Every value in the place of which the hostile text may come. */
const record = fc.record({ a: hostile, b: hostile });

describe('whatever a caller puts into a CDR', () => {
  test('is data in the body: the structure and all else stay as the template has them', () => {
    const template: JsonValue = {
      exact: '{{cdr.a}}',
      text: 'from {{cdr.a}}, key ${KEY}, to {{cdr.b|nobody}}',
      expression: { $: { cat: ['<', { var: 'cdr.a' }, '>'] } },
      expressionText: { $: { cat: ['<{{cdr.a}}', '>'] } },
      list: ['{{cdr.a}}', { $: { str: { var: 'cdr.b' } } }],
      whole: '{{cdr}}',
      fixed: '${KEY}',
    };
    const { render } = templateOf(compileTemplate(template, '/body'));
    fc.assert(
      fc.property(record, (values) => {
        const body = JSON.parse(render(contextOf({ raw: JSON.stringify(values) }), resolve)) as unknown;
        expect(body).toEqual({
          exact: values.a,
          text: `from ${values.a}, key ${SECRET}, to ${values.b === '' ? 'nobody' : values.b}`,
          expression: `<${values.a}>`,
          expressionText: `<${values.a}>`,
          list: [values.a, values.b],
          whole: values,
          fixed: SECRET,
        });
      }),
    );
  });

  test('stays within its segment of the url, or the url is not sent to', () => {
    const { render } = templateOf(
      compileUrlTemplate('https://x.test/a/{{cdr.a}}/b?q={{cdr.b}}&k=${KEY}', '/url'),
    );
    fc.assert(
      fc.property(record, (values) => {
        const text = renderedOrRefused(() => render(contextOf({ raw: JSON.stringify(values) }), resolve));
        if (text === undefined) return;
        const url = new URL(text);
        const segments = url.pathname.split('/');
        expect(url.origin).toBe('https://x.test');
        expect([segments.length, segments[1], segments[3]]).toEqual([4, 'a', 'b']);
        expect(decodeURIComponent(segments[2] ?? '')).toBe(values.a.toWellFormed());
        expect([...url.searchParams]).toEqual([
          ['q', values.b.toWellFormed()],
          ['k', SECRET],
        ]);
        expect(url.hash).toBe('');
      }),
    );
  });

  test('is one line of a header without any secret in it, or the header is not sent', () => {
    const { render } = templateOf(compileHeaderTemplate('call {{cdr.a}}', '/headers/x'));
    fc.assert(
      fc.property(record, (values) => {
        const text = renderedOrRefused(() => render(contextOf({ raw: JSON.stringify(values) }), resolve));
        if (text === undefined) return;
        expect(text).toMatch(/^call [\t\u0020-\u007e]*$/);
        expect(text).not.toContain(SECRET);
      }),
    );
  });

  test('is in no error', () => {
    const templates: readonly JsonValue[] = [
      '{{cdr.a.x}} ',
      { $: { iso: { var: 'cdr.a' } } },
      { $: { '-': [{ var: 'cdr.a' }, 'x'] } },
    ];
    fc.assert(
      fc.property(fc.constantFrom(...templates), hostile, (template, text) => {
        const marked = `caller-${text}`;
        const { render } = templateOf(compileTemplate(template, '/body'));
        expect(() => render(contextOf({ raw: JSON.stringify({ a: marked }) }))).toThrow(
          /^(?!.*caller-)\/body/s,
        );
      }),
    );
  });
});

test('rendered again a template gives the same', () => {
  const { render } = templateOf(
    compileTemplate({ a: '{{cdr}}', b: '{{delivery.uuid}}', c: '{{cdr.a}}' }, ''),
  );
  fc.assert(
    fc.property(record, (values) => {
      const raw = JSON.stringify(values);
      expect(render(contextOf({ raw }))).toBe(render(contextOf({ raw })));
    }),
  );
});

function renderedOrRefused(render: () => string): string | undefined {
  try {
    return render();
  } catch (error) {
    expect(error).toBeInstanceOf(TemplateError);
    return undefined;
  }
}
