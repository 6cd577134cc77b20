import type { Problem } from '../check/problem.ts';
import { CONDITION_LIMITS } from '../match/condition-limits.ts';
import { checkCondition } from '../match/conditions.ts';
import type { Language } from '../match/expression-check.ts';
import { OPERATORS } from '../match/operators.ts';

/** What a condition over a target's answer can ask for. */
const ANSWER_FIELDS = ['status', 'headers', 'body'];

const ANSWER_LANGUAGE: Language = {
  operators: OPERATORS,
  depth: CONDITION_LIMITS.depth,
  complaintAbout: complaintAboutField,
};

/**
 * Checks a condition over a target's answer, `successWhen` or `retry.when`. It may ask for `status`, `headers.…` and
 * `body…`; a header's name stands in lower case there, so any other spelling would never be found.
 */
export function checkAnswerCondition(condition: unknown, pointer: string): Problem[] {
  return condition === undefined ? [] : checkCondition(condition, pointer, ANSWER_LANGUAGE);
}

function complaintAboutField(path: string): string | undefined {
  const [field = ''] = path.split('.');
  if (path !== '' && !ANSWER_FIELDS.includes(field))
    return `an answer has no "${field}"; it has ${ANSWER_FIELDS.join(', ')}`;
  if (field === 'headers' && path !== path.toLowerCase())
    return `the name of a header stands in lower case here: "${path.toLowerCase()}"`;
  return undefined;
}
