import { InvalidDocumentError, type Problem } from '../check/problem.ts';

/** Thrown when an edit finds that the rules as they are kept have an error that somebody has to mend first. */
export class BrokenRulesError extends InvalidDocumentError {
  constructor(path: string, problems: readonly Problem[]) {
    super(path, problems);
    this.name = 'BrokenRulesError';
  }
}

/** Thrown when an edit cannot be written; nothing has changed then. */
export class RulesFileNotWritableError extends Error {
  constructor(path: string, cause: unknown) {
    super(`${path} cannot be written: ${(cause as Error).message}`, { cause });
    this.name = 'RulesFileNotWritableError';
  }
}
