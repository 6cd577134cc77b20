import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  errorAt,
  hasErrors,
  InvalidDocumentError,
  pointerTo,
  pointerTokens,
  problemLine,
  warningAt,
} from '../../src/check/problem.ts';

describe('a JSON Pointer', () => {
  test('has ~ and / of a token escaped', () => {
    expect(pointerTo('/headers', 'a/b~c')).toBe('/headers/a~1b~0c');
  });

  test('has a place in a list as a number', () => {
    expect(pointerTo('/webhooks', 3)).toBe('/webhooks/3');
  });

  test('gives an escaped tilde before a 1 back as it was', () => {
    expect(pointerTokens('/~01/~10')).toEqual(['~1', '/0']);
  });

  test('of the whole document has no tokens', () => {
    expect(pointerTokens('')).toEqual([]);
  });

  test('gives back the tokens it was made of, whatever they hold', () => {
    const token = fc.oneof(fc.string(), fc.constantFrom('', '~', '/', '~0', '~1', '~01', '//'));
    fc.assert(
      fc.property(fc.array(token), (tokens) => {
        const pointer = tokens.reduce<string>((made, next) => pointerTo(made, next), '');
        expect(pointerTokens(pointer)).toEqual(tokens);
      }),
    );
  });
});

describe('a problem on one line', () => {
  test('names severity, place, line and message', () => {
    expect(problemLine({ ...errorAt('/webhooks/0/url', 'is not a url'), line: 7 })).toBe(
      'error /webhooks/0/url (line 7): is not a url',
    );
  });

  test('shows the whole document as / and leaves out a line that is not known', () => {
    expect(problemLine(warningAt('', 'the file is gone'))).toBe('warning /: the file is gone');
  });
});

test('warnings alone do not keep a document from being used, one error does', () => {
  const warning = warningAt('/a', 'surprising');
  expect(hasErrors([])).toBe(false);
  expect(hasErrors([warning, warning])).toBe(false);
  expect(hasErrors([warning, errorAt('/b', 'wrong')])).toBe(true);
});

test('an invalid document is told with what it is and everything that is wrong', () => {
  const problems = [errorAt('/a', 'is wrong'), errorAt('/b', 'is missing')];
  const error = new InvalidDocumentError('rules.json', problems);
  expect(error.message).toBe('rules.json: error /a: is wrong; error /b: is missing');
  expect(error.problems).toEqual(problems);
});
