import jsonLogic from 'json-logic-js';
import type { JsonObject } from '../../src/check/json-text.ts';
import type { Rule } from '../../src/match/matcher.ts';
import { TELEPHONY_OPERATIONS } from '../../src/match/telephony.ts';

for (const [name, operation] of Object.entries(TELEPHONY_OPERATIONS)) {
  jsonLogic.add_operation(name, operation);
}

/** What json-logic-js itself, with our operators put in, says of a condition; a throw is passed on. */
export function libraryHolds(condition: JsonObject, record: JsonObject): boolean {
  return jsonLogic.truthy(jsonLogic.apply(condition, record));
}

/** The value that json-logic-js gives. */
export function libraryValue(expression: JsonObject, record: JsonObject): unknown {
  return jsonLogic.apply(expression, record) as unknown;
}

/** Whether a rule matches by json-logic-js: all its conditions hold and none before that throws. */
export function libraryMatches(rule: Rule, record: JsonObject): boolean {
  try {
    return rule.conditions.every((condition) => libraryHolds(condition, record));
  } catch {
    return false;
  }
}
