import { validateHeaderValue } from 'node:http';
import { describe, expect, test } from 'vitest';
import { compileHeaderTemplate } from '../../src/template/header.ts';
import { contextOf, templateOf, told } from './contexts.ts';

function render(value: string, record: Record<string, unknown>): string {
  const context = contextOf({ raw: JSON.stringify(record) });
  return templateOf(compileHeaderTemplate(value, '/headers/x')).render(context, (text) =>
    text.replaceAll('${KEY}', 's3cret'),
  );
}

describe('a header', () => {
  test.each<[string, unknown, string]>([
    ['id {{cdr.a}}', 'x-1 50%', 'id x-1 50%'],
    ['{{cdr.a}}', 12, '12'],
    ['{{cdr.a}} ${KEY}', '${KEY}', '${KEY} s3cret'],
    ['{{cdr.a}}', 'Jörg \u{1F4DE}', 'J%C3%B6rg %F0%9F%93%9E'],
    ['{{cdr.a}}', 'a\uD800b', 'a%EF%BF%BDb'],
    ['{{cdr.a}}', 'a\tb', 'a\tb'],
    ['{{cdr.b|none}}', 1, 'none'],
  ])('%s with %j', (value, a, text) => {
    const rendered = render(value, { a });
    expect(rendered).toBe(text);
    expect(() => {
      validateHeaderValue('x', rendered);
    }).not.toThrow();
  });

  test.each(['a\r\nX-Admin: yes', 'a\n', 'a\0b', '\u001b[31m', '\u007f'])('with %j is not sent', (a) => {
    expect(() => render('{{cdr.a}}', { a })).toThrow(
      /^\/headers\/x: "cdr.a" holds a line break or control character in this CDR, which no header may hold$/,
    );
  });

  test('without its value is not sent', () => {
    expect(() => render('{{cdr.b}}', {})).toThrow(/"cdr.b" is absent or null/);
  });

  test('is checked', () => {
    expect(told(compileHeaderTemplate('{{x}}', '/headers/x'))).toEqual([
      expect.stringMatching(/^\/headers\/x there is no "x"/),
    ]);
  });
});
