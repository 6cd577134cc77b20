import { describe, expect, test } from 'vitest';
import {
  maskReferences,
  MissingReferenceError,
  missingReferences,
  resolveReferences,
  withoutReferences,
} from '../../src/webhooks/references.ts';

const environment = {
  TOKEN: 's3cret',
  HOST: 'crm.example.com',
  EMPTY: '',
  _x1: 'under',
  TRICKY: '$& ${HOST} $1',
};

describe('references', () => {
  test('are replaced by their values, each one of several', () => {
    expect(resolveReferences('https://${HOST}/x?t=${TOKEN}&u=${TOKEN}', environment)).toBe(
      'https://crm.example.com/x?t=s3cret&u=s3cret',
    );
  });

  test('may be empty and may begin with an underscore', () => {
    expect(resolveReferences('[${EMPTY}${_x1}]', environment)).toBe('[under]');
  });

  test('leave a text without any as it is', () => {
    expect(resolveReferences('Bearer abc', environment)).toBe('Bearer abc');
  });

  test('give values as they are, though these look like references or patterns', () => {
    expect(resolveReferences('a ${TRICKY} b', environment)).toBe('a $& ${HOST} $1 b');
  });

  test.each(['$TOKEN', '${}', '${1A}', '${TO KEN}', '${TOKEN', '$ {TOKEN}', '{TOKEN}', '${TO-KEN}'])(
    'are not what only looks like one: %s',
    (text) => {
      expect(resolveReferences(text, environment)).toBe(text);
    },
  );
});

describe('a reference without a value', () => {
  test('is told by its name and nothing else of the text', () => {
    const resolve = (): string => resolveReferences('Basic abc ${TOKEN} ${ABSENT}', environment);
    expect(resolve).toThrow(MissingReferenceError);
    expect(resolve).toThrow(/^\$\{ABSENT\} is set neither in the environment nor in a secrets file,/);
  });

  test('is found in several texts, each name once', () => {
    const texts = ['${A} ${TOKEN} ${B}', 'no reference', '${B}${C}', '${EMPTY}'];
    expect(missingReferences(texts, environment)).toEqual(['A', 'B', 'C']);
  });

  test('is not there when all have values', () => {
    expect(missingReferences(['${TOKEN}', '${HOST}'], environment)).toEqual([]);
    expect(missingReferences([], environment)).toEqual([]);
  });
});

test('what JavaScript gives every object is no value', () => {
  expect(() => resolveReferences('${constructor}', {})).toThrow(MissingReferenceError);
  expect(missingReferences(['${toString}'], {})).toEqual(['toString']);
});

test('a text without its references can be checked for what surrounds them', () => {
  expect(withoutReferences('https://${HOST}/a/${TOKEN}')).toMatch(/^https:\/\/\w+\/a\/\w+$/);
  expect(withoutReferences('no reference')).toBe('no reference');
});

describe('values of references that were sent back', () => {
  const values = { USER: 'acme', PASS: 'acme-2024!', KEY: 'a b+c/d==', NAME: 'PASS', PW: 'hunter2' };
  const shown = (text: string, ...texts: string[]): string => maskReferences(text, texts, values);

  test('are shown by their names, also when one begins as another does', () => {
    expect(shown('login acme acme-2024! refused', '${USER}', '${PASS}')).toBe(
      'login ${USER} ${PASS} refused',
    );
  });

  test('are found as urls, forms and JSON write them', () => {
    expect(shown('?k=a%20b%2Bc%2Fd%3D%3D&k=a%20b%2bc%2fd%3d%3d&k=a+b%2Bc%2Fd%3D%3D', '${KEY}')).toBe(
      '?k=${KEY}&k=${KEY}&k=${KEY}',
    );
  });

  test('are not looked for in the names that stand for others', () => {
    expect(shown('acme-2024! PASS', '${PASS}', '${NAME}')).toBe('${PASS} ${NAME}');
  });

  test('are found in the header that is sent for what a url has before its host', () => {
    const sent = Buffer.from('bob:hunter2').toString('base64');
    expect(shown(`authorization: Basic ${sent}`, 'https://bob:${PW}@crm.test/')).toBe(
      'authorization: Basic ${PW}',
    );
  });
});
