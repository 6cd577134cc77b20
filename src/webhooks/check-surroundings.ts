import { CALL_PREFIX, isCallField, type CallField } from '../cdr/call-fields.ts';
import { neededFor } from '../cdr/given-call-fields.ts';
import { pointerTo, warningAt, type Problem } from '../check/problem.ts';
import { expressionOf } from '../match/operators.ts';
import { missingReferences, missingReferenceMessage, type Environment } from './references.ts';
import { textsWithReferences, type Webhook } from './webhook.ts';

/** What a router has around its webhooks. */
export interface RouterSurroundings {
  /** Where `${NAME}` gets its value. */
  readonly environment: Environment;
  /** The sources that are configured, with the fields of the overlay that their CDRs can have; not checked when `undefined`. */
  readonly sources?: ReadonlyMap<string, ReadonlySet<CallField>> | undefined;
}

/** Warns of what a webhook relies on and this router does not have. It may be there tomorrow, so nothing is an error. */
export function checkSurroundings(
  webhook: Webhook,
  pointer: string,
  { environment, sources }: RouterSurroundings,
): Problem[] {
  const missing = missingReferences(textsWithReferences(webhook), environment);
  return [
    ...missing.map((name) => warningAt(pointer, missingReferenceMessage(name))),
    ...(sources === undefined ? [] : checkSources(webhook, pointer, sources)),
  ];
}

function checkSources(
  { sources: names, conditions }: Webhook,
  pointer: string,
  sources: ReadonlyMap<string, ReadonlySet<CallField>>,
): Problem[] {
  const unknown = (names ?? []).filter((name) => !sources.has(name));
  const heard = [...sources].filter(([name]) => names?.includes(name) ?? true);
  const given = new Set(heard.flatMap(([, fields]) => [...fields]));
  const place = pointerTo(pointer, 'conditions');
  const lacking = conditions.flatMap((condition, index) =>
    [...new Set(callFieldsIn(condition))]
      .filter((field) => heard.length > 0 && !given.has(field))
      .map((field) => warningAt(pointerTo(place, index), neverGiven(field))),
  );
  return [
    ...unknown.map((name) => warningAt(pointerTo(pointer, 'sources'), `no source "${name}" is configured`)),
    ...lacking,
  ];
}

/** The fields of the overlay that an expression names. */
function callFieldsIn(value: unknown): CallField[] {
  if (Array.isArray(value)) return value.flatMap(callFieldsIn);
  const expression = expressionOf(value);
  if (expression === undefined) return [];
  const { operator, args } = expression;
  if (operator !== 'var') return args.flatMap(callFieldsIn);
  const [path] = args;
  const name = typeof path === 'string' && path.startsWith(CALL_PREFIX) ? path.slice(CALL_PREFIX.length) : '';
  return isCallField(name) ? [name] : [];
}

function neverGiven(field: CallField): string {
  const others = neededFor(field).map((name) => `${CALL_PREFIX}${name}`);
  const needs = others.length === 0 ? '' : `; it would follow from ${others.join(' and ')}`;
  return (
    `no source that this webhook listens to gives ${CALL_PREFIX}${field}: neither its vendor's profile nor its own ` +
    `"call" in the configuration maps it${needs}`
  );
}
