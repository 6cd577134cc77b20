import type { Problem } from '../check/problem.ts';
import type { TemplateContext } from './context.ts';
import type { Resolve } from './rendering.ts';

/** A template that was checked and can be rendered any number of times, always giving the same for the same. */
export interface Template {
  /**
   * @param resolve puts values in the place of each `${NAME}` that the author wrote; without it they stay as they are.
   * @throws TemplateError when this CDR lacks what the template wants; then there is nothing to send.
   *   And whatever `resolve` throws.
   */
  readonly render: (context: TemplateContext, resolve?: Resolve) => string;
}

/** What compiling a template gives: the template when there is no error, and all problems. */
export interface CompiledTemplate {
  readonly problems: readonly Problem[];
  readonly template: Template | undefined;
}

/** Leaves `${NAME}` as it is. */
export function unresolved(written: string): string {
  return written;
}
