/** One thing a check found wrong, told for the person who has to mend it. */
export interface Problem {
  /** An `error` keeps the document from being used; a `warning` tells of something that often surprises. */
  readonly severity: 'error' | 'warning';
  /** Where, as a JSON Pointer (RFC 6901) into the checked document; `''` is the whole document. */
  readonly pointer: string;
  /** What is wrong and what to do about it, as one sentence without the place. */
  readonly message: string;
  /** The line in the checked file, 1-indexed, where it is known. */
  readonly line?: number;
}

/** Makes an error at `pointer`. */
export function errorAt(pointer: string, message: string): Problem {
  return { severity: 'error', pointer, message };
}

/** Makes a warning at `pointer`. */
export function warningAt(pointer: string, message: string): Problem {
  return { severity: 'warning', pointer, message };
}

/** Whether any of the problems keeps the document from being used. */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === 'error');
}

/** Appends one reference token to a JSON Pointer, escaping `~` and `/` (RFC 6901 §3). */
export function pointerTo(pointer: string, token: string | number): string {
  return `${pointer}/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Splits a JSON Pointer into its reference tokens, unescaped. */
export function pointerTokens(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** One line for a terminal or a log: `error /webhooks/0/url (line 7): …`. */
export function problemLine(problem: Problem): string {
  const line = problem.line === undefined ? '' : ` (line ${problem.line})`;
  return `${problem.severity} ${problem.pointer === '' ? '/' : problem.pointer}${line}: ${problem.message}`;
}

/** Thrown where a document that somebody wrote cannot be used; carries every problem found. */
export class InvalidDocumentError extends Error {
  readonly problems: readonly Problem[];

  constructor(what: string, problems: readonly Problem[]) {
    super(`${what}: ${problems.map(problemLine).join('; ')}`);
    this.name = 'InvalidDocumentError';
    this.problems = problems;
  }
}
