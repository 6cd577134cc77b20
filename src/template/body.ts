import type { JsonObject, JsonValue } from '../check/json-text.ts';
import { errorAt, hasErrors, pointerTo, warningAt, type Problem } from '../check/problem.ts';
import { compileExpression, jsonOfResult, onlyPathOf } from './expression.ts';
import { isNothing } from './helpers.ts';
import { partsOf } from './placeholders.ts';
import { Rendering, RENDERING_LIMITS, tooLarge } from './rendering.ts';
import { TemplateError } from './template-error.ts';
import { unresolved, type CompiledTemplate } from './template.ts';

/** What a template may be. */
export const TEMPLATE_LIMITS = {
  /** Characters of it printed as JSON. */
  characters: 65_536,
  /** Arrays and objects inside one another. */
  depth: 20,
} as const;

/** Gives JSON text, `undefined` when the value is left out. */
type Node = (rendering: Rendering) => string | undefined;

/**
 * Compiles a body template: JSON in which
 * - a text that is exactly one `{{path}}` stands for the value at the path, of whatever type, digit by digit;
 * - any other text has each `{{path}}` or `{{path|default}}` in it replaced;
 * - `{"$": expression}` stands for the value of a JSON-Logic expression, and with `"$omit": true` for nothing at all
 *   when that is null or an empty text.
 *
 * The template alone makes the structure: rendering puts values into it and never reads them as template, reference
 * or JSON. A path or expression that gives nothing ends the rendering, unless a default or `$omit` says what then.
 *
 * @param pointer where the template stands in the checked document.
 */
export function compileTemplate(template: JsonValue, pointer: string): CompiledTemplate {
  const compiler = new Compiler();
  const node = compiler.node(template, pointer, 0);
  const { problems } = compiler;
  if (isExpression(template) && template['$omit'] === true) {
    problems.push(errorAt(pointer, 'the whole body cannot be left out'));
  }
  if (!hasErrors(problems) && JSON.stringify(template).length > TEMPLATE_LIMITS.characters) {
    problems.push(errorAt(pointer, `longer than ${TEMPLATE_LIMITS.characters} characters`));
  }
  if (hasErrors(problems)) return { problems, template: undefined };
  return {
    problems,
    template: {
      render(context, resolve = unresolved) {
        const text = node(new Rendering(context, resolve)) ?? '';
        if (Buffer.byteLength(text) > RENDERING_LIMITS.bytes) throw tooLarge(pointer);
        return text;
      },
    },
  };
}

class Compiler {
  readonly problems: Problem[] = [];

  node(value: JsonValue, pointer: string, depth: number): Node {
    if (typeof value === 'string') return this.#text(value, pointer);
    if (typeof value !== 'object' || value === null) return this.#literal(value, pointer);
    if (depth >= TEMPLATE_LIMITS.depth) {
      this.problems.push(errorAt(pointer, `nested more than ${TEMPLATE_LIMITS.depth} deep`));
      return constant('null');
    }
    if (Array.isArray(value)) return this.#array(value, pointer, depth);
    return isExpression(value) ? this.#expression(value, pointer) : this.#object(value, pointer, depth);
  }

  #literal(value: number | boolean | null, pointer: string): Node {
    if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
      this.problems.push(errorAt(pointer, 'a number of this size loses digits; write it as a text'));
    }
    return constant(JSON.stringify(value));
  }

  #text(text: string, pointer: string): Node {
    const { parts, complaints } = partsOf(text);
    this.problems.push(...complaints.map((complaint) => errorAt(pointer, complaint)));
    const [only] = parts;
    if (parts.length === 1 && typeof only === 'object') {
      const { path, otherwise } = only;
      return otherwise === undefined ? copyOf(path, pointer) : copyOrDefault(only, pointer);
    }
    if (parts.every((part) => typeof part === 'string') && !text.includes('${')) {
      return constant(JSON.stringify(text));
    }
    return (rendering) =>
      JSON.stringify(
        parts
          .map((part) => (typeof part === 'string' ? rendering.written(part) : rendering.text(part, pointer)))
          .join(''),
      );
  }

  #array(items: readonly JsonValue[], pointer: string, depth: number): Node {
    const nodes = items.map((item, index) => this.node(item, pointerTo(pointer, index), depth + 1));
    return (rendering) => {
      const texts = nodes.map((node) => node(rendering)).filter((text) => text !== undefined);
      return `[${texts.join(',')}]`;
    };
  }

  #object(object: JsonObject, pointer: string, depth: number): Node {
    if (Object.hasOwn(object, '$')) {
      this.problems.push(
        warningAt(pointer, '"$" has other members beside it, so it is no expression and is sent as it is'),
      );
    }
    const members = Object.entries(object).map(([key, value]) => {
      const place = pointerTo(pointer, key);
      if (key.includes('{{') || key.includes('${')) {
        this.problems.push(errorAt(place, "a member's name is sent as it is; {{…}} and ${…} go into values"));
      }
      return { key: `${JSON.stringify(key)}:`, node: this.node(value, place, depth + 1) };
    });
    return (rendering) => {
      const texts = members.flatMap(({ key, node }) => {
        const text = node(rendering);
        return text === undefined ? [] : [key + text];
      });
      return `{${texts.join(',')}}`;
    };
  }

  #expression(object: JsonObject, pointer: string): Node {
    const expression = object['$'] ?? null;
    const place = pointerTo(pointer, '$');
    const canBeOmitted = object['$omit'] === true;
    if (!canBeOmitted && Object.hasOwn(object, '$omit')) {
      this.problems.push(errorAt(pointerTo(pointer, '$omit'), 'is true or left out'));
    }
    const { problems, resultFor } = compileExpression(expression, place);
    this.problems.push(...problems);
    const path = onlyPathOf(expression);
    return (rendering) => {
      const result = path === undefined ? resultFor(rendering) : rendering.value(path);
      if (canBeOmitted && isNothing(result)) return undefined;
      if (path !== undefined) return copyOf(path, place)(rendering);
      if (result === undefined) throw nothingFrom(place);
      return rendering.counted(jsonOfResult(result, place), place);
    };
  }
}

function constant(text: string): Node {
  return () => text;
}

/** The value at a path as it is, null included. */
function copyOf(path: string, pointer: string): Node {
  return (rendering) => {
    const text = rendering.json(path, pointer);
    if (text !== undefined) return text;
    throw new TemplateError(
      pointer,
      `"${path}" is absent in this CDR; write {{${path}|…}} with what to send then, or {"$": …, "$omit": true} to leave it out`,
    );
  };
}

function copyOrDefault(placeholder: Parameters<Rendering['text']>[0], pointer: string): Node {
  return (rendering) =>
    isNothing(rendering.value(placeholder.path))
      ? JSON.stringify(rendering.text(placeholder, pointer))
      : rendering.json(placeholder.path, pointer);
}

function nothingFrom(pointer: string): TemplateError {
  return new TemplateError(
    pointer,
    'the expression gives nothing for this CDR; "coalesce" can give something instead, "$omit": true leaves it out',
  );
}

/** Whether an object stands for the value of an expression: it has `$`, perhaps `$omit`, and nothing else. */
function isExpression(value: JsonValue): value is JsonObject {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, '$')) return false;
  const count = Object.keys(value).length;
  return count === 1 || (count === 2 && Object.hasOwn(value, '$omit'));
}
