import { errorAt } from '../check/problem.ts';
import { urlEncoded } from './helpers.ts';
import { partsOf, type TextParts } from './placeholders.ts';
import { Rendering } from './rendering.ts';
import { TemplateError } from './template-error.ts';
import { unresolved, type CompiledTemplate } from './template.ts';

/**
 * What comes before the first placeholder: scheme, host and port written out, and then the path, query or fragment.
 * A reference may be some of that or all of it.
 */
const ORIGIN = /^(?:https?:\/\/[^/?#\\]+|\$\{\w+\}(?::\d+)?)[/?#](?!\/)/i;

const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i;

const NOT_BEFORE_PLACEHOLDER =
  'scheme, host and port must be written out; {{…}} may stand in path and query only';

/**
 * Compiles the url of a webhook. Each `{{path}}` gives one segment of the path, a part of one, or a value of the query:
 * it is percent-encoded, and can neither end its segment nor climb out of it. It cannot be in scheme, host or port.
 *
 * @param pointer where the url stands in the checked document.
 */
export function compileUrlTemplate(url: string, pointer: string): CompiledTemplate {
  const { parts, complaints } = partsOf(url);
  const problems = complaints.map((complaint) => errorAt(pointer, complaint));
  const isTemplated = parts.some((part) => typeof part === 'object');
  if (isTemplated && !ORIGIN.test(typeof parts[0] === 'string' ? parts[0] : '')) {
    problems.push(errorAt(pointer, NOT_BEFORE_PLACEHOLDER));
  }
  if (problems.length > 0) return { problems, template: undefined };
  return {
    problems,
    template: {
      render(context, resolve = unresolved) {
        const rendering = new Rendering(context, resolve);
        const text = joined(parts, rendering, pointer);
        if (isTemplated) checkPath(text, pointer);
        return text;
      },
    },
  };
}

function joined(parts: TextParts, rendering: Rendering, pointer: string): string {
  let text = '';
  for (const part of parts) {
    if (typeof part === 'string') {
      text += rendering.written(part);
    } else {
      if (!URL.canParse(text)) throw new TemplateError(pointer, NOT_BEFORE_PLACEHOLDER);
      const value = rendering.plainText(part, pointer);
      if (value === '' && !text.includes('?')) {
        throw new TemplateError(pointer, `"${part.path}" is empty in this CDR, so the url would be another`);
      }
      text += urlEncoded(value);
    }
  }
  return text;
}

/** `..` and `.` need no encoding and would still name another folder. */
function checkPath(url: string, pointer: string): void {
  const [path = ''] = url.split(/[?#]/, 1);
  if (path.split(/[/\\]/).some((segment) => DOT_SEGMENT.test(segment))) {
    throw new TemplateError(pointer, 'a part of the path would be "." or "..", so the url would be another');
  }
}
