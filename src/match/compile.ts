import type { Cdr } from '../cdr/cdr.ts';
import { COMPARISONS, type Combine, type Comparison, type Evaluator } from './comparisons.ts';
import { applyLibrary, CdrScope, truthy } from './logic.ts';
import { expressionOf, isRegular, type Expression } from './operators.ts';
import { readCdr, readElement, type Reader } from './readers.ts';
import { TELEPHONY_OPERATIONS } from './telephony.ts';
import { contains, difference, joined, numberOf, product, substring, sum } from './values.ts';

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

/** A comparison; what is mostly compared with is a literal. */
function comparison({ operands, literal }: Comparison): Builder {
  const compared = binary(operands);
  return (expression, reader) => {
    const [a, b] = expression.args;
    return typeof b === 'object'
      ? compared(expression, reader)
      : literal(build(a, reader) as never, b as never);
  };
}

/** `<` and `<=`, which with a third argument mean between. All arguments are evaluated first, as there. */
function ordered(isBefore: (a: number, b: number) => boolean, operator: '<' | '<='): Builder {
  const two = comparison(COMPARISONS[operator]);
  return (expression, reader) => {
    const { args } = expression;
    if (args.length === 2) return two(expression, reader);
    const [a, b, c] = args.map((arg) => build(arg, reader)) as [
      Evaluator<number>,
      Evaluator<number>,
      Evaluator,
    ];
    return (scope) => {
      const x = a(scope);
      const y = b(scope);
      const z = c(scope);
      return z === undefined ? isBefore(x, y) : isBefore(x, y) && isBefore(y, z as number);
    };
  };
}

const buildVar: Builder = ({ args }, reader) => {
  const [path, ...defaults] = args;
  if (defaults.length === 0) return reader(String(path), null);
  const read = reader(String(path), undefined);
  const otherwise = build(defaults[0], reader);
  return (scope) => {
    const fallback = otherwise(scope);
    const value = read(scope);
    return value === undefined ? (fallback ?? null) : value;
  };
};

const buildMissing: Builder = ({ args }, reader) => {
  const paths = (Array.isArray(args[0]) ? (args[0] as unknown[]) : args) as (string | number)[];
  const reads = paths.map((path) => reader(String(path), null));
  return (scope) =>
    paths.filter((_, index) => {
      const value = reads[index]?.(scope);
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
  Object.entries(COMPARISONS).map(([name, one]) => [name, comparison(one)]),
);

const TELEPHONY_BUILDERS = Object.fromEntries(
  Object.entries(TELEPHONY_OPERATIONS).map(([name, operation]) => [
    name,
    eager((values) => operation(...values)),
  ]),
);

const addAll = eager(sum);
const negative = eager(difference);
const subtractTwo = binary((a, b) => (scope) => {
  const x = a(scope) as number;
  const y = b(scope) as number | undefined;
  return y === undefined ? -x : x - y;
});
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
  '<': ordered((a, b) => a < b, '<'),
  '<=': ordered((a, b) => a <= b, '<='),
  '!': unary((a) => !truthy(a)),
  '!!': unary((a) => truthy(a)),
  cat: eager(joined),
  substr: eager(substring),
  '+': (expression, reader) => (expression.args.length === 2 ? addTwo : addAll)(expression, reader),
  '-': (expression, reader) => (expression.args.length === 2 ? subtractTwo : negative)(expression, reader),
  '*': eager(product),
  '/': binary((a, b) => (scope) => (a(scope) as number) / (b(scope) as number)),
  '%': binary((a, b) => (scope) => (a(scope) as number) % (b(scope) as number)),
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
