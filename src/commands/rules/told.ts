import { withLines } from '../../check/lines.ts';
import { hasErrors, problemLine, type Problem } from '../../check/problem.ts';
import { isNoDifference, type RulesDifference } from '../../webhooks/rules-difference.ts';
import { print, tell } from '../command.ts';

/** Tells what is wrong or surprising in a file; whether nothing is wrong. */
export function isUsable(file: string, text: string, problems: readonly Problem[]): boolean {
  for (const problem of withLines(text, problems)) tell(`${file}: ${problemLine(problem)}`);
  return !hasErrors(problems);
}

/** Rules that are kept in a database, and that this Hookswitch cannot use. */
export interface RefusedRules {
  /** The database. */
  readonly path: string;
  readonly errors: readonly Pick<Problem, 'pointer' | 'message'>[];
  /** What they have that the rules in force have not, or nothing has if there are none in force. */
  readonly difference: RulesDifference;
}

/** Tells which rules are lost that nobody can see in an export. */
export function tellRefused({ path, errors, difference }: RefusedRules): void {
  tell(`The rules in ${path} are not in force, because this Hookswitch cannot use them:`);
  for (const { pointer, message } of errors) tell(`  ${pointer} ${message}`);
  tell('They are replaced as a whole. This is lost, as against what is in force:');
  for (const line of linesOf(difference)) tell(`  ${line}`);
}

/** Prints what an import does, a line for each webhook. */
export function printDifference(difference: RulesDifference): void {
  for (const line of linesOf(difference)) print(line);
  if (isNoDifference(difference)) print('nothing changes');
}

function linesOf({ added, removed, changed, members, isReordered }: RulesDifference): string[] {
  return [
    ...added.map((id) => `added    ${id}`),
    ...changed.map((one) => `changed  ${one.id} (${one.members.join(', ')})`),
    ...removed.map((id) => `removed  ${id}`),
    ...members.map((name) => `changed  /${name}`),
    ...(isReordered ? ['changed  the order of webhooks'] : []),
  ];
}
