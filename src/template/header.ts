import { errorAt } from '../check/problem.ts';
import { partsOf } from './placeholders.ts';
import { Rendering, type Resolve } from './rendering.ts';
import { TemplateError } from './template-error.ts';
import { unresolved, type CompiledTemplate } from './template.ts';
import type { TemplateContext } from './context.ts';

/** What RFC 9110 §5.5 keeps out of a field's value: every control character but the tab. */
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/** A header is read as ASCII everywhere and as nothing else anywhere. */
const NOT_ASCII = /[^\t\u0020-\u007e]+/g;

/**
 * Compiles the value of a header. What a `{{path}}` gives is put in as it is if it is ASCII; other characters are
 * percent-encoded in UTF-8. With a line break or another control character in it the header is not sent at all.
 *
 * @param pointer where the value stands in the checked document.
 */
export function compileHeaderTemplate(value: string, pointer: string): CompiledTemplate {
  const { parts, complaints } = partsOf(value);
  if (complaints.length > 0) {
    return { problems: complaints.map((complaint) => errorAt(pointer, complaint)), template: undefined };
  }
  const render = (context: TemplateContext, resolve: Resolve = unresolved): string => {
    const rendering = new Rendering(context, resolve);
    return parts
      .map((part) => {
        if (typeof part === 'string') return rendering.written(part);
        const text = rendering.plainText(part, pointer);
        if (!CONTROL.test(text)) return text.toWellFormed().replaceAll(NOT_ASCII, encodeURIComponent);
        throw new TemplateError(
          pointer,
          `"${part.path}" holds a line break or control character in this CDR, which no header may hold`,
        );
      })
      .join('');
  };
  return { problems: [], template: { render } };
}
