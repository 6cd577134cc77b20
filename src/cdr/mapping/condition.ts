import type { JsonValue } from '../../check/json-text.ts';
import { isNothing, type Scope } from './scope.ts';
import { numberOf, scalarText } from './text.ts';

type Scalar = string | number | boolean;

/** What a field has to be: one of some values (`16` and `"16"` are the same), or what the member says. */
export type Expectation =
  | Scalar
  | readonly Scalar[]
  | { readonly given: boolean }
  | { readonly not: Scalar | readonly Scalar[] }
  | { readonly above: number }
  | { readonly matches: string };

/** Path → what is expected there; all must hold. */
export type When = Readonly<Record<string, Expectation>>;

/** Whether a condition holds in a scope. Total: whatever the record holds, it gives an answer. */
export type Predicate = (scope: Scope) => boolean;

/** @throws SyntaxError when a pattern is none. */
export function compileWhen(when: When): Predicate {
  const tests = Object.entries(when).map(([path, expected]) => ({
    path,
    test: compileExpectation(expected),
  }));
  return (scope) => tests.every(({ path, test }) => test(scope.value(path)));
}

function compileExpectation(expected: Expectation): (value: JsonValue | undefined) => boolean {
  if (typeof expected !== 'object' || Array.isArray(expected))
    return isOneOf(expected as Scalar | readonly Scalar[]);
  if ('given' in expected) return (value) => isNothing(value) !== expected.given;
  if ('above' in expected) return (value) => (numberOf(value) ?? -Infinity) > expected.above;
  if ('matches' in expected) {
    const pattern = new RegExp(expected.matches);
    return (value) => pattern.test(scalarText(value)?.slice(0, 1_024) ?? '');
  }
  const isUnwanted = isOneOf((expected as { readonly not: Scalar | readonly Scalar[] }).not);
  return (value) => !isUnwanted(value);
}

function isOneOf(wanted: Scalar | readonly Scalar[]): (value: JsonValue | undefined) => boolean {
  const texts = new Set([wanted].flat().map(String));
  return (value) => {
    const text = scalarText(value);
    return text !== undefined && texts.has(text);
  };
}
