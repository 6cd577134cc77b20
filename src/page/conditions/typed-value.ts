import type { Json } from '../api/types.ts';

/** Kinds of values a row can have: phone systems send numbers as texts, so the reader sees which it is. */
export const VALUE_TYPES = ['text', 'number', 'true/false', 'empty', 'texts', 'numbers'] as const;

/** A kind of value; `texts` and `numbers` are lists. */
export type ValueType = (typeof VALUE_TYPES)[number];

/** A value as it is typed. */
export interface TypedValue {
  readonly type: ValueType;
  /** A list has one value on each line. */
  readonly text: string;
}

/** How JSON writes a number. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/** What a value looks like when it is typed; `undefined` for what cannot be. */
export function typedOf(value: Json): TypedValue | undefined {
  if (value === null) return { type: 'empty', text: '' };
  if (typeof value === 'string') return { type: 'text', text: value };
  if (typeof value === 'number') return { type: 'number', text: String(value) };
  if (typeof value === 'boolean') return { type: 'true/false', text: String(value) };
  if (!Array.isArray(value)) return undefined;
  const items = value as readonly Json[];
  const type = items.every((item) => typeof item === 'number') && items.length > 0 ? 'numbers' : 'texts';
  return { type, text: items.map(String).join('\n') };
}

/** The value that was typed; `undefined` when it is not one of its kind. */
export function valueOf({ type, text }: TypedValue): Json | undefined {
  switch (type) {
    case 'text':
      return text;
    case 'number':
      return numberOf(text);
    case 'true/false':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'empty':
      return null;
    case 'texts':
      return linesOf(text);
    case 'numbers': {
      const numbers = linesOf(text).map(numberOf);
      return numbers.every((item) => item !== undefined) ? numbers : undefined;
    }
  }
}

/** What is typed, as another kind where it can be one. */
export function asType(value: TypedValue, type: ValueType): TypedValue {
  if (type === 'true/false') return { type, text: value.text === 'false' ? 'false' : 'true' };
  return { type, text: type === 'empty' ? '' : value.text };
}

function numberOf(text: string): number | undefined {
  const value = NUMBER.test(text.trim()) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.split('\n');
}
