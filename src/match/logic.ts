import { createRequire } from 'node:module';
import { fieldOf, valueAt, type Cdr } from '../cdr/cdr.ts';
import type { JsonObject, JsonValue } from '../check/json-text.ts';
import type { Condition } from './conditions.ts';
import { TELEPHONY_OPERATIONS } from './telephony.ts';

/** How a `var` names a field: a checked condition has nothing else there. */
type Path = string | number | null;

/** The part of json-logic-js that is used here. */
interface JsonLogic {
  apply(logic: unknown, data: unknown): unknown;
  truthy(value: unknown): boolean;
  add_operation(name: string, code: (this: unknown, ...args: never[]) => unknown): void;
}

/** What a condition's `var` looks into: a CDR, or an element inside `some`, `all` and the like. */
export class CdrScope {
  readonly #cdr: Cdr;

  constructor(cdr: Cdr) {
    this.#cdr = cdr;
  }

  /** The value that a path names, `undefined` when it is absent. */
  field(path: string): JsonValue | undefined {
    return fieldOf(this.#cdr, path);
  }
}

/** What operators beside json-logic-js's own do, by their names. */
type Operations = Readonly<Record<string, (this: unknown, ...args: unknown[]) => unknown>>;

const jsonLogic = engineWith({});

/** json-logic-js with our `var`, our operators and perhaps further ones. */
function engineWith(operations: Operations): JsonLogic {
  const engine = privateJsonLogic();
  engine.add_operation('var', variable);
  for (const [name, operation] of Object.entries({ ...TELEPHONY_OPERATIONS, ...operations }))
    engine.add_operation(name, operation);
  return engine;
}

/**
 * An evaluation that knows further operators beside those of conditions, or others in their place.
 *
 * @returns gives the value of a checked expression in a scope; throws whatever json-logic-js or an operator throws.
 */
export function evaluationWith(operations: Operations): (expression: unknown, scope: CdrScope) => unknown {
  const engine = engineWith(operations);
  return (expression, scope) => engine.apply(expression, scope);
}

/**
 * A copy of json-logic-js that nobody else has: the module is one mutable object for the whole process, and our `var`
 * must not change what others get, nor theirs ours.
 */
function privateJsonLogic(): JsonLogic {
  const require = createRequire(import.meta.url);
  const path = require.resolve('json-logic-js');
  const shared = require.cache[path];
  require.cache[path] = undefined;
  const own = require('json-logic-js') as JsonLogic;
  require.cache[path] = shared;
  return own;
}

/**
 * JSON-Logic's `var`, with our paths and own properties only; json-logic-js's own splits every path at its dots and
 * walks prototypes. As there, a default stands in for what is absent and not for null.
 */
function variable(this: unknown, path: Path = null, otherwise: unknown = null): unknown {
  const name = path === null ? '' : String(path);
  const value = this instanceof CdrScope ? this.field(name) : valueAt(this as JsonValue, name);
  return value === undefined ? otherwise : value;
}

/**
 * Whether a condition holds in a scope, exactly as json-logic-js has it. The scope is a CDR, or any object, in which
 * paths lead through own properties only.
 *
 * @throws whatever the condition makes json-logic-js throw on this data, such as a TypeError.
 */
export function holds(condition: Condition, scope: CdrScope | JsonObject): boolean {
  return jsonLogic.truthy(jsonLogic.apply(condition, scope));
}

/** What json-logic-js gives for an expression over a CDR or an element. */
export function applyLibrary(expression: unknown, scope: unknown): unknown {
  return jsonLogic.apply(expression, scope);
}

/** JSON-Logic's truth: JavaScript's, but for the empty list, which is false. */
export function truthy(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}
