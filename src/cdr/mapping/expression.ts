import type { JsonValue } from '../../check/json-text.ts';
import { pointerTo } from '../../check/problem.ts';
import { valueAt } from '../cdr.ts';
import { compileWhen, type Predicate, type When } from './condition.ts';
import { isNothing, type Scope } from './scope.ts';
import { extracted, partyOf, percentDecoded, reversedAddressOf, scalarText } from './text.ts';
import { secondsOf, timeOf, type DurationUnit, type TimeUnit } from './time.ts';
import { isTimeZone } from './time-zone.ts';

/** The forms an expression can have beside a path and a list; `schemas/vendor.schema.json` explains each. */
type Form =
  | { readonly path: string }
  | { readonly value: string | number | boolean }
  | { readonly time: Expression; readonly unit?: TimeUnit; readonly zone?: string }
  | { readonly seconds: Expression; readonly unit?: DurationUnit }
  | { readonly between: readonly [Expression, Expression] }
  | { readonly party: Expression }
  | { readonly percentDecoded: Expression }
  | { readonly reversedAddress: Expression }
  | { readonly extract: Expression; readonly pattern: string }
  | { readonly join: readonly Expression[]; readonly with?: string }
  | {
      readonly lookup: Expression;
      readonly in: Readonly<Record<string, string | boolean>>;
      readonly otherwise?: string | boolean;
    }
  | { readonly pick: string; readonly where?: When; readonly take: Expression };

/**
 * How a value is found in a record: a path, the first of several expressions that gives something, or one of the forms,
 * which may hold only `when` a condition does.
 */
export type Expression = string | readonly Expression[] | (Form & { readonly when?: When });

/** Finds a value. Pure and total: of whatever record, a value or `undefined`, never an error. */
export type Evaluate = (scope: Scope) => JsonValue | undefined;

/** What an expression is compiled with. */
export interface CompileSettings {
  /** Texts with which this vendor says that there is nothing, such as `NA`. */
  readonly nothing: ReadonlySet<string>;
}

/** Thrown for an expression that cannot be used. */
export class WrongExpressionError extends Error {
  /** Where, as a JSON Pointer below the expression's own place. */
  readonly pointer: string;

  constructor(pointer: string, message: string) {
    super(message);
    this.name = 'WrongExpressionError';
    this.pointer = pointer;
  }
}

/**
 * Makes a function of an expression that its schema has found good.
 *
 * @param pointer where it stands.
 * @throws WrongExpressionError for a time zone or a pattern that is none.
 */
export function compile(expression: Expression, settings: CompileSettings, pointer = ''): Evaluate {
  if (typeof expression === 'string') return compilePath(expression, settings);
  if (isList(expression)) {
    return firstOf(expression.map((one, index) => compile(one, settings, pointerTo(pointer, index))));
  }
  const { when } = expression;
  const evaluate = compileForm(expression, settings, pointer);
  if (when === undefined) return evaluate;
  const holds = compileCondition(when, pointerTo(pointer, 'when'));
  return (scope) => (holds(scope) ? evaluate(scope) : undefined);
}

/** Like `compileWhen`, with the place of a mistake. */
export function compileCondition(when: When, pointer: string): Predicate {
  return checked(pointer, () => compileWhen(when));
}

function isList(expression: Expression): expression is readonly Expression[] {
  return Array.isArray(expression);
}

function compilePath(path: string, { nothing }: CompileSettings): Evaluate {
  return (scope) => {
    const value = scope.value(path);
    return isNothing(value) || (typeof value === 'string' && nothing.has(value)) ? undefined : value;
  };
}

function firstOf(all: readonly Evaluate[]): Evaluate {
  return (scope) => {
    for (const evaluate of all) {
      const value = evaluate(scope);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

/** What an object is told by. */
const FORMS = [
  ...['path', 'value', 'time', 'seconds', 'between', 'party', 'percentDecoded', 'extract', 'join'],
  ...['reversedAddress', 'lookup', 'pick'],
];

function compileForm(form: Form, settings: CompileSettings, pointer: string): Evaluate {
  if (FORMS.filter((name) => Object.hasOwn(form, name)).length !== 1) {
    throw new WrongExpressionError(pointer, `must have exactly one of ${FORMS.join(', ')}`);
  }
  const part = (expression: Expression, name: string): Evaluate =>
    compile(expression, settings, pointerTo(pointer, name));
  if ('path' in form) return compilePath(form.path, settings);
  if ('value' in form) return () => form.value;
  if ('time' in form) return compileTime(form, part(form.time, 'time'), pointer);
  if ('seconds' in form) {
    return onValue(part(form.seconds, 'seconds'), (value) => secondsOf(value, form.unit ?? 's'));
  }
  if ('between' in form)
    return compileBetween(form.between.map((one, index) => part(one, `between/${index}`)));
  if ('join' in form)
    return compileJoin(
      form,
      form.join.map((one, index) => part(one, `join/${index}`)),
    );
  if ('pick' in form) return compilePick(form, part(form.take, 'take'), pointer);
  return compileOnText(form, part, pointer);
}

/** The forms that make something of one text. */
function compileOnText(
  form: Extract<
    Form,
    | { party: unknown }
    | { percentDecoded: unknown }
    | { reversedAddress: unknown }
    | { extract: unknown }
    | { lookup: unknown }
  >,
  part: (expression: Expression, name: string) => Evaluate,
  pointer: string,
): Evaluate {
  if ('party' in form) return onText(part(form.party, 'party'), partyOf);
  if ('percentDecoded' in form) return onText(part(form.percentDecoded, 'percentDecoded'), percentDecoded);
  if ('reversedAddress' in form)
    return onText(part(form.reversedAddress, 'reversedAddress'), reversedAddressOf);
  if ('extract' in form) {
    const pattern = checked(pointerTo(pointer, 'pattern'), () => new RegExp(form.pattern));
    return onText(part(form.extract, 'extract'), (text) => extracted(text, pattern));
  }
  const table = new Map(Object.entries(form.in));
  return onText(part(form.lookup, 'lookup'), (text) => table.get(text) ?? form.otherwise);
}

function onValue(inner: Evaluate, make: (value: JsonValue) => JsonValue | undefined): Evaluate {
  return (scope) => {
    const value = inner(scope);
    return value === undefined ? undefined : make(value);
  };
}

function onText(inner: Evaluate, make: (text: string) => JsonValue | undefined): Evaluate {
  return onValue(inner, (value) => {
    const text = scalarText(value);
    return text === undefined ? undefined : make(text);
  });
}

function compileTime(form: Extract<Form, { time: unknown }>, inner: Evaluate, pointer: string): Evaluate {
  const { unit = 'text', zone } = form;
  if (zone !== undefined && !isTimeZone(zone)) {
    throw new WrongExpressionError(pointerTo(pointer, 'zone'), `there is no time zone "${zone}"`);
  }
  return (scope) => {
    const value = inner(scope);
    return value === undefined ? undefined : timeOf(value, unit, zone ?? scope.zone);
  };
}

/** Seconds from one moment to a later one. */
function compileBetween([from, to]: readonly Evaluate[]): Evaluate {
  return (scope) => {
    const start = Date.parse(scalarText(from?.(scope)) ?? '');
    const end = Date.parse(scalarText(to?.(scope)) ?? '');
    return end >= start ? (end - start) / 1_000 : undefined;
  };
}

/** Nothing when any of the parts is missing: half a key would join what does not belong together. */
function compileJoin(form: { readonly with?: string }, parts: readonly Evaluate[]): Evaluate {
  return (scope) => {
    const texts = parts.map((part) => scalarText(part(scope)));
    return texts.includes(undefined) ? undefined : texts.join(form.with ?? ':');
  };
}

function compilePick(
  { pick, where }: { readonly pick: string; readonly where?: When },
  take: Evaluate,
  pointer: string,
): Evaluate {
  const holds = where === undefined ? () => true : compileCondition(where, pointerTo(pointer, 'where'));
  return (scope) => {
    const list = scope.value(pick);
    if (!Array.isArray(list)) return undefined;
    for (const element of list) {
      const inner: Scope = { zone: scope.zone, value: (path) => valueAt(element, path) };
      const value = holds(inner) ? take(inner) : undefined;
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

function checked<Result>(pointer: string, make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    throw new WrongExpressionError(pointer, (error as Error).message);
  }
}
