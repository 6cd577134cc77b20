import { fieldOf, withRecord, type Cdr } from '../cdr/cdr.ts';
import { isContainer, parseKeepingDigits, type JsonObject, type JsonValue } from '../check/json-text.ts';
import { CdrScope } from '../match/logic.ts';
import { pathInCdr, valueIn, type TemplateContext } from './context.ts';
import { ExactNumber, hasLostDigits } from './exact-number.ts';
import type { Placeholder } from './placeholders.ts';
import { TemplateError } from './template-error.ts';

/** Puts values in the place of the `${NAME}` of a text that the template's author wrote. It is never given call data. */
export type Resolve = (written: string) => string;

/** What one rendering may read and make, so that no delivery can exhaust the memory. */
export const RENDERING_LIMITS = {
  /** Characters of the texts that expressions look at, all together. */
  readCharacters: 1_000_000,
  /** Bytes of the result in UTF-8. */
  bytes: 1_000_000,
} as const;

/** One rendering of a template: the scope that its expressions look into, and values as they are to be printed. */
export class Rendering extends CdrScope {
  readonly #context: TemplateContext;
  readonly #resolve: Resolve;
  #exactCdr: Cdr | undefined;
  #charactersRead = 0;
  #charactersMade = 0;

  constructor(context: TemplateContext, resolve: Resolve) {
    super(context.cdr);
    this.#context = context;
    this.#resolve = resolve;
  }

  /**
   * What an expression sees of a path: JavaScript's numbers, but for those that JavaScript cannot hold.
   *
   * @throws RangeError when expressions look at more text than they may.
   */
  override field(path: string): JsonValue | undefined {
    const value = valueIn(this.#context, path);
    if (typeof value === 'string') {
      this.#charactersRead += value.length;
      if (this.#charactersRead > RENDERING_LIMITS.readCharacters) throw new RangeError('too much text');
    }
    if (typeof value !== 'number' || !hasLostDigits(value)) return value;
    // Operators take it as the number or the text they need; no JSON value can be both.
    return new ExactNumber(JSON.stringify(this.#exact(path, value))) as unknown as JsonValue;
  }

  /** A text of the template's author, its `${NAME}` resolved. */
  written(text: string): string {
    return text.includes('${') ? this.#resolve(text) : text;
  }

  /**
   * The value of a path as JSON text, each number with the digits it came with; `undefined` when it is absent.
   *
   * @throws TemplateError when it is nested too deeply and when the result grows too large; `pointer` is where.
   */
  json(path: string, pointer: string): string | undefined {
    if (path === 'cdr') return this.counted(this.#context.cdr.raw, pointer);
    const value = this.value(path);
    return value === undefined ? undefined : this.counted(this.#printed(path, value, pointer), pointer);
  }

  /**
   * The value of a placeholder as text, an array or object as JSON text.
   *
   * @throws TemplateError when it is absent or null and has no default, and when the result grows too large.
   */
  text({ path, otherwise }: Placeholder, pointer: string): string {
    const value = valueIn(this.#context, path) ?? null;
    if (otherwise !== undefined && (value === null || value === '')) return otherwise;
    if (typeof value === 'string') return this.counted(value, pointer);
    if (value !== null) return this.json(path, pointer) ?? '';
    throw new TemplateError(
      pointer,
      `"${path}" is absent or null in this CDR; write {{${path}|…}} with what to send then`,
    );
  }

  /**
   * The value of a placeholder as the text of something that is not JSON.
   *
   * @throws TemplateError as `text` does, and for an array or object.
   */
  plainText(placeholder: Placeholder, pointer: string): string {
    const value = valueIn(this.#context, placeholder.path);
    if (value === undefined || !isContainer(value)) return this.text(placeholder, pointer);
    throw new TemplateError(pointer, `"${placeholder.path}" is an array or object in this CDR, not a text`);
  }

  /** The value of a path as expressions see it, without counting as read. */
  value(path: string): JsonValue | undefined {
    return valueIn(this.#context, path);
  }

  /**
   * Counts a text that becomes part of the result, and gives it back.
   *
   * @throws TemplateError when all of them are too large.
   */
  counted(made: string, pointer: string): string {
    this.#charactersMade += made.length;
    if (this.#charactersMade > RENDERING_LIMITS.bytes) throw tooLarge(pointer);
    return made;
  }

  #printed(path: string, value: JsonValue, pointer: string): string {
    try {
      return JSON.stringify(this.#exact(path, value));
    } catch {
      // Printing recurses, and a CDR may be nested without end.
      throw new TemplateError(pointer, `"${path}" is nested too deeply in this CDR to be sent`);
    }
  }

  /** The value of a path in which numbers of the CDR are opaque and print with the digits they came with. */
  #exact(path: string, value: JsonValue): JsonValue {
    const inCdr = pathInCdr(path);
    if (inCdr === undefined || (typeof value !== 'number' && !isContainer(value))) return value;
    return fieldOf((this.#exactCdr ??= keepingDigits(this.#context.cdr)), inCdr) ?? value;
  }
}

function keepingDigits(cdr: Cdr): Cdr {
  const record = parseKeepingDigits(cdr.raw) as JsonObject;
  return withRecord(cdr, record);
}

/** What is told of a result that is too large. */
export function tooLarge(pointer: string): TemplateError {
  return new TemplateError(pointer, `what is rendered would be larger than ${RENDERING_LIMITS.bytes} bytes`);
}
