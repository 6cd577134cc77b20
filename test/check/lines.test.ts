import fc from 'fast-check';
import { parseTree, type Node } from 'jsonc-parser';
import { describe, expect, test } from 'vitest';
import { withLines } from '../../src/check/lines.ts';
import { errorAt, pointerTo, warningAt } from '../../src/check/problem.ts';

const RULES = `{
  "webhooks": [
    {
      "name": "A"
    },
    {
      "name": "B", "headers": {
        "a/b": "1",
        "~": "2",
        "7": "3"
      }
    }
  ]
}
`;

function lineOf(pointer: string, text = RULES): number | undefined {
  return withLines(text, [errorAt(pointer, 'wrong')])[0]?.line;
}

describe('the line of a problem', () => {
  test('is where the value begins that its pointer leads to', () => {
    expect(lineOf('/webhooks/0/name')).toBe(4);
    expect(lineOf('/webhooks/1')).toBe(6);
    expect(lineOf('/webhooks/1/headers')).toBe(7);
  });

  test('follows the escapes of the pointer', () => {
    expect(lineOf('/webhooks/1/headers/a~1b')).toBe(8);
    expect(lineOf('/webhooks/1/headers/~0')).toBe(9);
  });

  test('is found for a member whose name is a number', () => {
    expect(lineOf('/webhooks/1/headers/7')).toBe(10);
  });

  test('is that of the last of two members with one name, which is the one that counts', () => {
    expect(lineOf('/a/b', '{\n"a": 1,\n"a": {\n"b": 2}}')).toBe(4);
  });

  test('is the nearest above for a member that is missing', () => {
    expect(lineOf('/webhooks/1/url')).toBe(6);
    expect(lineOf('/webhooks/9/url')).toBe(2);
    expect(lineOf('/nothing/here')).toBe(1);
  });

  test('of the whole document is where that begins', () => {
    expect(lineOf('', `\n\n${RULES}`)).toBe(3);
  });

  test('counts Windows line ends once and passes over a byte order mark', () => {
    expect(lineOf('/webhooks/0/name', `\uFEFF${RULES.replaceAll('\n', '\r\n')}`)).toBe(4);
  });

  test('is left out for a text without a value', () => {
    expect(lineOf('/webhooks', '')).toBeUndefined();
  });

  test('is found however deep the document is nested', () => {
    const text = `{\n"a": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(withLines(text, [warningAt('/a', 'deep')])).toMatchObject([{ line: 2 }]);
  });
});

test('problems keep their order and everything else they tell', () => {
  const problems = [warningAt('/webhooks/1', 'second'), errorAt('/webhooks/0', 'first')];
  expect(withLines(RULES, problems)).toEqual([
    { severity: 'warning', pointer: '/webhooks/1', message: 'second', line: 6 },
    { severity: 'error', pointer: '/webhooks/0', message: 'first', line: 3 },
  ]);
});

describe('lines of any document', () => {
  const value = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, true, -1.5e-7, 0, '', '"', '\\', '\\"', '{[', '\n,}'),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom('a', '~', '/', '"\\', '0', '{', '__proto__'), tie('value'), {
        maxKeys: 4,
      }),
    ),
  })).value;

  test('are those of the tree that a whole parser makes', () => {
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1, '\t'), (document, indent) => {
        const text = JSON.stringify(document, null, indent);
        const expected = linesIn(text, parseTree(text));
        const problems = [...expected.keys()].map((pointer) => errorAt(pointer, 'wrong'));
        expect(new Map(withLines(text, problems).map(({ pointer, line }) => [pointer, line]))).toEqual(
          expected,
        );
      }),
    );
  });
});

/** The line of every value, by its pointer. */
function linesIn(text: string, node: Node | undefined, pointer = ''): Map<string, number> {
  if (node === undefined) return new Map();
  const line = text.slice(0, node.offset).split('\n').length;
  const inner = (node.children ?? []).flatMap((child, index) =>
    child.type === 'property'
      ? [...linesIn(text, child.children?.[1], pointerTo(pointer, String(child.children?.[0]?.value)))]
      : [...linesIn(text, child, pointerTo(pointer, index))],
  );
  return new Map([[pointer, line], ...inner]);
}
