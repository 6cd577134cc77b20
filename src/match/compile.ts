import { fieldOf, valueAt, type Cdr } from '../cdr/cdr.ts';
import type { JsonValue } from '../check/json-text.ts';
import { COMPARISONS, type Combine, type Evaluator } from './comparisons.ts';
import { applyLibrary, CdrScope, truthy } from './logic.ts';
import { expressionOf, isRegular, type Expression } from './operators.ts';
import { TELEPHONY_OPERATIONS } from './telephony.ts';
import { contains, difference, joined, numberOf, product, substring, sum } from './values.ts';

/** How `var` finds the value of a path, `undefined` when it is absent. */
type Reader = (scope: unknown, path: string) => JsonValue | undefined;

const readCdr: Reader = (scope, path) => fieldOf(scope as Cdr, path);
const readElement: Reader = (scope, path) => valueAt(scope as JsonValue, path);

/** Lists longer than this are looked up in a set; below, going through them is as fast. */
const SET_FROM = 8;

/**
 * Compiles an expression over a CDR into closures that give what json-logic-js gives, value for value and throw for
 * throw, without walking the rule again.
 *
 * @param expression checked by `checkConditions`.
 */
export function compile(expression: unknown): Evaluator {
  return build(expression, readCdr);
}

/** The same for an expression over an element of a list. */
export function compileForElement(expression: unknown): Evaluator {
  return build(expression, readElement);
}

function build(value: unknown, reader: Reader): Evaluator {
  if (Array.isArray(value)) {
    // Rebuilt at each evaluation, as there: a list is equal to no other list.
    const items = value.map((item) => build(item, reader));
    return (scope) => items.map((item) => item(scope));
  }
  const expression = expressionOf(value);
  if (expression === undefined) return () => value;
  const builder = Object.hasOwn(BUILDERS, expression.operator) ? BUILDERS[expression.operator] : undefined;
  if (builder !== undefined && isRegular(expression) && hasWrittenPaths(expression)) {
    return builder(expression, reader);
  }
  // What has no closures of its own is rare; the library itself evaluates it.
  return reader === readCdr
    ? (scope) => applyLibrary(value, new CdrScope(scope as Cdr))
    : (scope) => applyLibrary(value, scope);
}

/** Whether the fields that `var` and `missing` name are written out; checked conditions have no others. */
function hasWrittenPaths({ operator, args }: Expression): boolean {
  const isWritten = (path: unknown): boolean => typeof path === 'string' || typeof path === 'number';
  if (operator === 'var') return isWritten(args[0]);
  if (operator !== 'missing') return true;
  return (Array.isArray(args[0]) ? (args[0] as unknown[]) : args).every(isWritten);
}

type Builder = (expression: Expression, reader: Reader) => Evaluator;

/** An operator with all arguments evaluated first, left to right. */
function eager(apply: (values: readonly unknown[]) => unknown): Builder {
  return ({ args }, reader) => {
    const evaluators = args.map((arg) => build(arg, reader));
    return (scope) => {
      const values: unknown[] = [];
      for (const evaluate of evaluators) values.push(evaluate(scope));
      return apply(values);
    };
  };
}

/** An operator of one argument. */
function unary(apply: (a: never) => unknown): Builder {
  return ({ args }, reader) => {
    const a = build(args[0], reader);
    return (scope) => apply(a(scope) as never);
  };
}

/** An operator of two arguments. */
function binary(combine: Combine): Builder {
  return ({ args }, reader) => combine(build(args[0], reader) as never, build(args[1], reader) as never);
}

/** `<` and `<=`, which with a third argument mean between. All arguments are evaluated first, as there. */
function ordered(isBefore: (a: number, b: number) => boolean, two: Builder): Builder {
  return (expression, reader) => {
    const { args } = expression;
    if (args.length === 2) return two(expression, reader);
    const [a, b, c] = args.map((arg) => build(arg, reader) as Evaluator<number>);
    return (scope) => {
      const [x, y, z] = [a?.(scope) as number, b?.(scope) as number, c?.(scope)];
      return z === undefined ? isBefore(x, y) : isBefore(x, y) && isBefore(y, z);
    };
  };
}

/** Most of what is ever evaluated is a field of a CDR, so nothing stands between it and its value. */
function fieldReader(path: string): Evaluator {
  if (path === '') return (scope) => (scope as Cdr).record;
  return (scope) => {
    const leaf = (scope as Cdr).fields.get(path);
    return leaf === undefined ? (fieldOf(scope as Cdr, path) ?? null) : leaf;
  };
}

const buildVar: Builder = ({ args }, reader) => {
  const [path, ...defaults] = args;
  const name = String(path);
  if (defaults.length === 0)
    return reader === readCdr ? fieldReader(name) : (scope) => reader(scope, name) ?? null;
  const otherwise = build(defaults[0], reader);
  return (scope) => {
    const fallback = otherwise(scope);
    const value = reader(scope, name);
    return value === undefined ? (fallback ?? null) : value;
  };
};

const buildMissing: Builder = ({ args }, reader) => {
  const paths = (Array.isArray(args[0]) ? (args[0] as unknown[]) : args) as (string | number)[];
  return (scope) =>
    paths.filter((path) => {
      const value = reader(scope, String(path)) ?? null;
      return value === null || value === '';
    });
};

/** `and` and `or`: the value of the first argument whose truth is `decides`, or of the last. */
function junction(decides: boolean): Builder {
  return ({ args }, reader) => {
    const conditions = args.map((arg) => build(arg, reader));
    return (scope) => {
      let last: unknown;
      for (const condition of conditions) {
        last = condition(scope);
        if (truthy(last) === decides) return last;
      }
      return last;
    };
  };
}

const buildIf: Builder = ({ args }, reader) => {
  const parts = args.map((arg) => build(arg, reader));
  return (scope) => {
    for (let index = 0; index + 1 < parts.length; index += 2) {
      if (truthy(parts[index]?.(scope))) return parts[index + 1]?.(scope);
    }
    return parts.length % 2 === 1 ? parts.at(-1)?.(scope) : null;
  };
};

const buildIn: Builder = ({ args }, reader) => {
  const needle = build(args[0], reader);
  const [, list] = args;
  if (Array.isArray(list) && list.length > SET_FROM && list.every((item) => typeof item !== 'object')) {
    const set = new Set<unknown>(list);
    // indexOf never finds NaN, a set would.
    return (scope) => {
      const value = needle(scope);
      return set.has(value) && !Number.isNaN(value);
    };
  }
  const haystack = build(list, reader);
  return (scope) => contains(haystack(scope), needle(scope));
};

/** Builds an operator over the elements of a list; what is not a list gives `empty`, made anew each time. */
function overElements(
  empty: () => unknown,
  apply: (items: readonly unknown[], test: Evaluator) => unknown,
): Builder {
  return ({ args }, reader) => {
    const list = build(args[0], reader);
    const test = build(args[1], readElement);
    return (scope) => {
      const items = list(scope);
      return Array.isArray(items) && items.length > 0 ? apply(items, test) : empty();
    };
  };
}

const COMPARISON_BUILDERS = Object.fromEntries(
  Object.entries(COMPARISONS).map(([name, combine]) => [name, binary(combine)]),
);

const TELEPHONY_BUILDERS = Object.fromEntries(
  Object.entries(TELEPHONY_OPERATIONS).map(([name, operation]) => [
    name,
    eager((values) => operation(...values)),
  ]),
);

const addAll = eager(sum);
const addTwo = binary((a, b) => (scope) => numberOf(a(scope)) + numberOf(b(scope)));

const BUILDERS: Readonly<Record<string, Builder>> = {
  ...COMPARISON_BUILDERS,
  ...TELEPHONY_BUILDERS,
  var: buildVar,
  missing: buildMissing,
  and: junction(false),
  or: junction(true),
  if: buildIf,
  '?:': buildIf,
  in: buildIn,
  '<': ordered(
    (a, b) => a < b,
    binary((a, b) => (scope) => a(scope) < b(scope)),
  ),
  '<=': ordered(
    (a, b) => a <= b,
    binary((a, b) => (scope) => a(scope) <= b(scope)),
  ),
  '!': unary((a) => !truthy(a)),
  '!!': unary((a) => truthy(a)),
  cat: eager(joined),
  substr: eager(substring),
  '+': (expression, reader) => (expression.args.length === 2 ? addTwo : addAll)(expression, reader),
  '-': eager(difference),
  '*': eager(product),
  map: overElements(
    () => [],
    (items, test) => items.map((item) => test(item)),
  ),
  filter: overElements(
    () => [],
    (items, test) => items.filter((item) => truthy(test(item))),
  ),
  all: overElements(
    () => false,
    (items, test) => items.every((item) => truthy(test(item))),
  ),
  some: overElements(
    () => false,
    (items, test) => items.some((item) => truthy(test(item))),
  ),
  none: overElements(
    () => true,
    (items, test) => !items.some((item) => truthy(test(item))),
  ),
};
