import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../src/check/json-text.ts';
import { compileTemplate } from '../../src/template/body.ts';
import { TemplateError } from '../../src/template/template-error.ts';
import { contextOf, templateOf, told } from './contexts.ts';

const RAW = `{
  "id": 9223372036854775807, "price": 1.50, "time": 1773802408.253776, "nothing": null, "empty": "", "no": false,
  "from": "+15551230100", "leg": {"b": 1.0, "a": [1e3, "x"]}, "a.b": "dotted", "$own": 1, "huge": 1e400,
  "odd": {"toString": 1} }`;

const context = contextOf({
  raw: RAW,
  call: { from: '+15551230100', wait: 24, missed: true, start: '2026-11-21T14:03:22.000Z' },
  meta: { event: 'missed call', tags: ['a', 'b'] },
});

function render(template: JsonValue): string {
  return templateOf(compileTemplate(template, '/body')).render(context);
}

function failure(template: JsonValue): string {
  try {
    return `rendered ${render(template)}`;
  } catch (error) {
    expect(error).toBeInstanceOf(TemplateError);
    return (error as Error).message;
  }
}

describe('a text that is one placeholder gives the value as it is', () => {
  test.each<[string, string]>([
    ['{{cdr.from}}', '"+15551230100"'],
    ['{{cdr.id}}', '9223372036854775807'],
    ['{{cdr.price}}', '1.50'],
    ['{{cdr.time}}', '1773802408.253776'],
    ['{{cdr.huge}}', '1e400'],
    ['{{cdr.nothing}}', 'null'],
    ['{{cdr.empty}}', '""'],
    ['{{cdr.no}}', 'false'],
    ['{{cdr.leg}}', '{"b":1.0,"a":[1e3,"x"]}'],
    ['{{cdr.leg.a.0}}', '1e3'],
    ['{{cdr.a\\.b}}', '"dotted"'],
    ['{{cdr.a.b}}', '"dotted"'],
    ['{{cdr.\\$own}}', '1'],
    ['{{cdr}}', RAW],
    ['{{call.wait}}', '24'],
    ['{{call}}', '{"missed":true,"from":"+15551230100","start":"2026-11-21T14:03:22.000Z","wait":24}'],
    ['{{meta.tags}}', '["a","b"]'],
    ['{{meta.tags.1}}', '"b"'],
    ['{{ name }}', '"Tickets"'],
    ['{{webhook.id}}', '"tickets"'],
    ['{{delivery.id}}', '"cdr_01M808A1PXQCVBJ2HC8V0VSDFQ_tickets"'],
    ['{{source}}', '"office"'],
    ['{{vendor}}', '"generic"'],
    ['{{receivedAt}}', '"2026-05-12T08:30:00.123Z"'],
  ])('%s', (template, text) => {
    expect(render(template)).toBe(text);
  });
});

test('the delivery has a UUID too, made from its id', () => {
  expect(render('{{delivery.uuid}}')).toMatch(
    /^"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"$/,
  );
});

describe('any other text has its placeholders replaced', () => {
  test.each<[string, string]>([
    ['from {{cdr.from}} to {{cdr.to|the desk}}', 'from +15551230100 to the desk'],
    ['{{cdr.id}}!', '9223372036854775807!'],
    ['{{cdr.price}}/{{cdr.no}}', '1.50/false'],
    ['{{cdr.leg}}.', '{"b":1.0,"a":[1e3,"x"]}.'],
    ['[{{cdr.empty}}]', '[]'],
    ['[{{cdr.nothing|}}]', '[]'],
    ['{{{call.wait}}}', '{24}'],
    ['a } b }} c { d', 'a } b }} c { d'],
    ['${NAME{{call.wait}}}', '${NAME24}'],
  ])('%s', (template, text) => {
    expect(JSON.parse(render(template))).toBe(text);
  });
});

describe('what is absent', () => {
  test('ends the rendering, with its place and path', () => {
    expect(failure({ ticket: { subject: 'to {{call.to}}' } })).toBe(
      '/body/ticket/subject: "call.to" is absent or null in this CDR; write {{call.to|…}} with what to send then',
    );
    expect(failure(['{{cdr.x}}'])).toMatch(/^\/body\/0: "cdr.x" is absent in this CDR/);
  });

  test('and null in a text too', () => {
    expect(failure('is {{cdr.nothing}}')).toMatch(/^\/body: "cdr.nothing" is absent or null/);
  });

  test.each<[string, string]>([
    ['{{call.to|reception}}', '"reception"'],
    ['{{call.to|}}', '""'],
    ['{{cdr.empty|none}}', '"none"'],
    ['{{cdr.nothing|none}}', '"none"'],
    ['{{cdr.no|none}}', 'false'],
    ['{{call.wait|none}}', '24'],
  ])('has a default: %s', (template, text) => {
    expect(render(template)).toBe(text);
  });

  test('is a whole overlay when the vendor has none', () => {
    const { render: renderBody } = templateOf(compileTemplate({ a: '{{call.from|nobody}}' }, ''));
    expect(renderBody(contextOf())).toBe('{"a":"nobody"}');
  });
});

describe('an expression', () => {
  test.each<[string, JsonValue, string]>([
    ['keeps its type', { '*': [{ var: 'call.wait' }, 1000] }, '24000'],
    ['copies a path with its digits', { var: 'cdr.leg' }, '{"b":1.0,"a":[1e3,"x"]}'],
    ['makes text of a large number', { str: { var: 'cdr.id' } }, '"9223372036854775807"'],
    ['passes a large number on', { coalesce: [{ var: 'cdr.x' }, { var: 'cdr.id' }] }, '9223372036854775807'],
    ['finds every digit of a large number', { digits: { var: 'cdr.id' } }, '"9223372036854775807"'],
    ['compares a large number', { '>': [{ var: 'cdr.id' }, 1] }, 'true'],
    [
      'has placeholders in its texts',
      { truncate: ['from {{call.from}} to {{call.to|us}}', 19] },
      '"from +15551230100 …"',
    ],
    ['has them in a lone text', '{{call.wait}} s', '"24 s"'],
    ['has them where it decides', { if: [false, '{{call.end}}', '{{call.wait}}'] }, '"24"'],
    [
      'has none where elements are gone through',
      { some: [{ var: 'cdr.leg.a' }, { '==': ['{{x}}', 'x'] }] },
      'false',
    ],
    ['gives a list', [{ var: 'call.wait' }, 'x'], '[24,"x"]'],
    ['decides', { if: [{ var: 'call.missed' }, 'NO_ANSWER', 'COMPLETED'] }, '"NO_ANSWER"'],
    ['looks through elements', { some: [{ var: 'cdr.leg.a' }, { '==': [{ var: '' }, 'x'] }] }, 'true'],
  ])('%s', (_what, expression, text) => {
    expect(render({ $: expression })).toBe(text);
  });

  test('that gives nothing ends the rendering, unless its member may be left out', () => {
    expect(failure({ a: { $: { iso: { var: 'call.end' } } } })).toMatch(
      /^\/body\/a\/\$: the expression gives nothing/,
    );
    expect(failure({ a: { $: { var: 'call.end' } } })).toMatch(/^\/body\/a\/\$: "call.end" is absent/);
    const left: JsonValue = {
      a: { $: { iso: { var: 'call.end' } }, $omit: true },
      b: { $: { var: 'cdr.empty' }, $omit: true },
      c: { $: { var: 'cdr.nothing' }, $omit: true },
      d: { $: { var: 'cdr.no' }, $omit: true },
      e: [{ $: { var: 'call.end' }, $omit: true }, 1],
    };
    expect(render(left)).toBe('{"d":false,"e":[1]}');
  });

  test('with a placeholder for something absent ends the rendering', () => {
    expect(failure({ a: { $: { html: 'to {{call.to}}' } } })).toMatch(
      /^\/body\/a\/\$\/html: "call.to" is absent/,
    );
  });

  test('that gives no number ends the rendering', () => {
    expect(failure({ a: { $: { '-': [{ var: 'cdr.from' }, 'x'] } } })).toMatch(/does not give a number/);
    expect(failure({ a: { $: [{ '/': [1, 0] }] } })).toMatch(/does not give a number/);
  });

  test('that throws tells nothing of the call', () => {
    expect(failure({ a: { $: { cat: ['x', { var: 'cdr.odd' }] } } })).toBe(
      '/body/a/$: the expression cannot be evaluated for this CDR (TypeError)',
    );
  });
});

test('only objects with exactly "$", or "$" and "$omit", are special', () => {
  const template: JsonValue = { $schema: 'x', 'a@odata.bind': '/b({{call.wait}})', $omit: true, c: [{}, []] };
  expect(render(template)).toBe('{"$schema":"x","a@odata.bind":"/b(24)","$omit":true,"c":[{},[]]}');
  expect(told(compileTemplate({ $: 1, x: 2 }, ''))).toEqual([
    ' "$" has other members beside it, so it is no expression and is sent as it is',
  ]);
});

test('references are resolved in what is written out, and stay as they are without a resolver', () => {
  const { render: renderBody } = templateOf(
    compileTemplate({ key: '${KEY}', text: '{{meta.event}} ${KEY}' }, ''),
  );
  expect(renderBody(context, (text) => text.replaceAll('${KEY}', 's3"cret'))).toBe(
    '{"key":"s3\\"cret","text":"missed call s3\\"cret"}',
  );
  expect(renderBody(context)).toBe('{"key":"${KEY}","text":"missed call ${KEY}"}');
});
