import type { JsonValue } from '../check/json-text.ts';
import { pointerTo } from '../check/problem.ts';
import { CALL_FIELDS, CALL_PREFIX, isCallField, type CallField, type CallValue } from './call-fields.ts';
import { fieldOf, type Cdr } from './cdr.ts';
import { compile, type CompileSettings, type Evaluate, type Expression } from './mapping/expression.ts';
import type { Scope } from './mapping/scope.ts';
import { scalarText } from './mapping/text.ts';

/** How the fields of the overlay are found in a vendor's records. */
export type CallMap = Readonly<Partial<Record<CallField, Expression>>>;

/** One line of a mapping: a field's expression, or one of several that are tried in turn. */
export interface MappingLine {
  readonly field: CallField;
  /** Where it stands in the mapping, as a JSON Pointer. */
  readonly pointer: string;
  readonly evaluate: Evaluate;
}

/** A mapping that can be evaluated. */
export interface CompiledCallMap {
  readonly rules: ReadonlyMap<CallField, Evaluate>;
  readonly lines: readonly MappingLine[];
}

/**
 * Compiles a mapping that its schema has found good.
 *
 * @throws WrongExpressionError with the place of the mistake.
 */
export function compileCallMap(map: CallMap, settings: CompileSettings, pointer = '/map'): CompiledCallMap {
  const rules = new Map<CallField, Evaluate>();
  const lines: MappingLine[] = [];
  for (const field of Object.keys(map).filter(isCallField)) {
    const expression = map[field];
    if (expression === undefined) continue;
    const place = pointerTo(pointer, field);
    rules.set(field, compile(expression, settings, place));
    const alternatives = Array.isArray(expression) ? (expression as readonly Expression[]) : undefined;
    for (const [index, one] of (alternatives ?? [expression]).entries()) {
      const own = alternatives === undefined ? place : pointerTo(place, index);
      lines.push({ field, pointer: own, evaluate: compile(one, settings, own) });
    }
  }
  return { rules, lines };
}

/** Unanswered calls that somebody may want to call back. */
const MISSED = ['no-answer', 'busy', 'cancelled', 'rejected', 'voicemail'];

/** What follows from other fields, where a mapping does not say it itself. Nothing follows from what is absent. */
const CONSEQUENCES: CallMap = {
  kind: { value: 'final' },
  answered: [
    { value: true, when: { '$call.status': 'answered' } },
    { value: false, when: { '$call.status': { given: true }, '$call.kind': 'final' } },
  ],
  missed: [
    {
      value: true,
      when: { '$call.kind': 'final', '$call.direction': ['inbound', 'internal'], '$call.status': MISSED },
    },
    {
      value: false,
      when: { '$call.kind': 'final', '$call.direction': { given: true }, '$call.status': { given: true } },
    },
    { value: false, when: { '$call.kind': 'final', '$call.status': 'answered' } },
  ],
  duration: { between: ['$call.answer', '$call.end'] },
  wait: [
    { between: ['$call.start', '$call.answer'] },
    { between: ['$call.start', '$call.end'], when: { '$call.answered': false } },
  ],
  total: { between: ['$call.start', '$call.end'] },
};

const consequences = compileCallMap(CONSEQUENCES, { nothing: new Set() }).rules;

/**
 * The vendor-neutral overlay of one CDR. A field is computed when it is first asked for, and once; it is absent when the
 * vendor does not give it.
 */
export class Call implements Scope {
  readonly zone: string | undefined;
  readonly #cdr: Cdr;
  readonly #rules: readonly ReadonlyMap<CallField, Evaluate>[];
  /** Made when the first field is asked for: of most CDRs none is. */
  #values: Map<CallField, CallValue | undefined> | undefined;

  /**
   * @param rules those that win come first.
   * @param zone IANA name of the zone of times that are written without one.
   */
  constructor(cdr: Cdr, rules: readonly ReadonlyMap<CallField, Evaluate>[], zone: string | undefined) {
    this.#cdr = cdr;
    this.#rules = rules;
    this.zone = zone;
  }

  /** The value of a field, `undefined` when it is absent or there is no such field. */
  field(name: string): CallValue | undefined {
    if (!isCallField(name)) return undefined;
    const values = (this.#values ??= new Map<CallField, CallValue | undefined>());
    if (!values.has(name)) {
      // A mapping that comes back to the field it is computing finds it absent.
      values.set(name, undefined);
      values.set(name, this.#compute(name));
    }
    return values.get(name);
  }

  /** All fields that are not absent, in the order in which `CALL_FIELDS` has them. */
  all(): Partial<Record<CallField, CallValue>> {
    const values: Partial<Record<CallField, CallValue>> = {};
    for (const name of Object.keys(CALL_FIELDS).filter(isCallField)) {
      const value = this.field(name);
      if (value !== undefined) values[name] = value;
    }
    return values;
  }

  /** A field of the record, or of the overlay itself (`$call.…`). */
  value(path: string): JsonValue | undefined {
    return path.startsWith(CALL_PREFIX)
      ? this.field(path.slice(CALL_PREFIX.length))
      : fieldOf(this.#cdr, path);
  }

  #compute(name: CallField): CallValue | undefined {
    const rules = this.#rules.find((some) => some.has(name)) ?? consequences;
    return typed(name, rules.get(name)?.(this));
  }
}

/** A value as its field has it; what does not fit is absent. */
export function typed(name: CallField, value: JsonValue | undefined): CallValue | undefined {
  const type = CALL_FIELDS[name];
  if (type === 'boolean') return typeof value === 'boolean' ? value : undefined;
  if (type === 'seconds') return typeof value === 'number' && value >= 0 ? value : undefined;
  const text = scalarText(value);
  return text === undefined || !isText(text, type) ? undefined : text;
}

function isText(text: string, type: 'text' | 'time' | readonly string[]): boolean {
  if (type === 'text') return text !== '';
  return type === 'time' ? /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) : type.includes(text);
}
