import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../src/check/json-text.ts';
import { compileTemplate } from '../../src/template/body.ts';
import { TEMPLATE_OPERATORS } from '../../src/template/helpers.ts';
import { TemplateError } from '../../src/template/template-error.ts';
import { contextOf, templateOf, told } from './contexts.ts';

function nested(depth: number): JsonValue {
  return depth === 0 ? 1 : [nested(depth - 1)];
}

describe('a template is refused', () => {
  test.each<[string, JsonValue, string | RegExp]>([
    [
      'an unknown path',
      { a: '{{callingNumber}}' },
      /^\/body\/a there is no "callingNumber"; a path begins with/,
    ],
    [
      'an unknown field of the overlay',
      '{{call.form}}',
      /^\/body there is no "call.form"; "call" has id, group/,
    ],
    ['something inside a text', '{{name.x}}', '/body "name" is a text and has nothing inside it'],
    ['a $ name inside the CDR', '{{cdr.$source}}', /^\/body a sender's own name that begins with \$/],
    ['a path that ends with a dot', '{{cdr.}}', '/body "cdr." ends with a dot'],
    ['webhook alone', '{{webhook}}', /^\/body there is no "webhook"/],
    ['an empty placeholder', '{{ }}', /^\/body a placeholder names a path/],
    ['a placeholder left open', '{{call.from}', /^\/body there is a "{{" without its "}}"/],
    ['a reference as a default', '{{call.from|${X}}}', /^\/body there is a "{{" without its "}}"/],
    ['a path without end', `{{cdr.${'x'.repeat(300)}}}`, /^\/body a path of more than 256 characters/],
    ['a templated name', { 'a{{call.id}}': 1 }, /^\/body\/a{{call.id}} a member's name is sent as it is/],
    [
      'an unknown operator',
      { a: { $: { upper: 'x' } } },
      /^\/body\/a\/\$ unknown operator "upper"; known are var/,
    ],
    ['too many arguments', { $: { iso: [1, 2, 3] } }, '/body/$/iso "iso" takes 1 to 2 arguments, not 3'],
    ['an unknown path in an expression', { $: { var: 'from' } }, /^\/body\/\$\/var there is no "from"/],
    ['a reference in an expression', { $: { cat: ['${KEY}'] } }, /^\/body\/\$ a \${NAME} cannot stand/],
    [
      'an unknown path in a text of an expression',
      { $: { html: ['{{x}}'] } },
      /^\/body\/\$\/html\/0 there is no "x"/,
    ],
    ['another $omit', { a: { $: 1, $omit: false } }, '/body/a/$omit is true or left out'],
    ['a body that may be left out', { $: 1, $omit: true }, '/body the whole body cannot be left out'],
    ['a number that loses digits', { a: 2 ** 60 }, /^\/body\/a a number of this size loses digits/],
    ['more depth', nested(21), /nested more than 20 deep$/],
    [
      'endless depth',
      JSON.parse('['.repeat(5_000) + ']'.repeat(5_000)) as JsonValue,
      /nested more than 20 deep$/,
    ],
    ['more characters', 'x'.repeat(65_536), '/body longer than 65536 characters'],
  ])('for %s', (_what, template, message) => {
    const compiled = compileTemplate(template, '/body');
    expect(compiled.template).toBeUndefined();
    expect(told(compiled)).toEqual([
      typeof message === 'string' ? message : (expect.stringMatching(message) as string),
    ]);
  });

  test.each(['map', 'filter', 'reduce', 'log', 'merge', 'constructor', '__proto__'])(
    'for the operator %s',
    (name) => {
      const template = JSON.parse(`{"$":{"${name}":[{"var":"cdr"},1]}}`) as JsonValue;
      expect(told(compileTemplate(template, ''))).toEqual([expect.stringMatching(/unknown operator/)]);
    },
  );

  test('with every problem it has', () => {
    expect(told(compileTemplate({ a: '{{x}}', b: ['{{y}} {{z}}'] }, ''))).toHaveLength(3);
  });
});

test('20 levels are allowed', () => {
  expect(told(compileTemplate(nested(20), ''))).toEqual([]);
});

test('every helper is known beside the operators of conditions', () => {
  expect(Object.keys(TEMPLATE_OPERATORS)).toEqual(
    expect.arrayContaining(['==', 'if', 'cat', 'str', 'lookup', 'iso', 'hms', 'uuid5']),
  );
});

describe('what is rendered is bounded', () => {
  const big = contextOf({ raw: JSON.stringify({ a: 'x'.repeat(600_000) }) });

  test.each<[string, JsonValue, RegExp]>([
    ['copies', ['{{cdr}}', '{{cdr}}'], /^\/1: what is rendered would be larger than 1000000 bytes$/],
    ['texts', 'a {{cdr.a}} {{cdr.a}}', /^: what is rendered would be larger/],
    [
      'what expressions read',
      { $: { '==': [{ var: 'cdr.a' }, { var: 'cdr.a' }] } },
      /cannot be evaluated for this CDR \(RangeError\)/,
    ],
    [
      'what expressions make',
      [0, 1].map(() => ({ $: { str: { var: 'cdr' } } })),
      /^\/1\/\$: what is rendered/,
    ],
  ])('%s', (_what, template, message) => {
    const { render } = templateOf(compileTemplate(template, ''));
    expect(() => render(big)).toThrow(message);
  });

  test('in bytes, not characters', () => {
    const { render } = templateOf(compileTemplate('{{cdr.a}}', ''));
    expect(() => render(contextOf({ raw: JSON.stringify({ a: 'ü'.repeat(600_000) }) }))).toThrow(
      /larger than/,
    );
  });
});

test('a CDR that is nested without end is copied whole; to send a part of it is refused', () => {
  const raw = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  const context = contextOf({ raw });
  expect(templateOf(compileTemplate('{{cdr}}', '')).render(context)).toBe(raw);
  for (const template of ['{{cdr.a}}', 'a {{cdr.a}}', { $: { var: 'cdr.a' } }]) {
    const { render } = templateOf(compileTemplate(template, '/body'));
    expect(() => render(context)).toThrow(TemplateError);
    expect(() => render(context)).toThrow(/: "cdr.a" is nested too deeply in this CDR to be sent$/);
  }
});
