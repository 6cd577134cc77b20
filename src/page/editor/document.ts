import type { CdrDetail, Json, JsonObject, Problem } from '../api/types.ts';
import { isSameJson } from '../conditions/equal.ts';

/** Members that the API shows and nobody writes. */
const READ_ONLY = new Set(['stats', 'breaker', 'warnings', 'indexable', 'backlog', 'offReason']);

/** What an editor writes of a webhook that the API showed. */
export function documentOf(shown: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(shown).filter(([name]) => !READ_ONLY.has(name)));
}

/** A webhook to begin with. */
export const EMPTY_DOCUMENT: JsonObject = { name: '', url: '', conditions: [] };

/** A document with a member changed, or without it. */
export function withMember(document: JsonObject, name: string, value: Json | undefined): JsonObject {
  if (value !== undefined) return { ...document, [name]: value };
  return Object.fromEntries(Object.entries(document).filter(([other]) => other !== name));
}

/** What is wrong at a place, and at all places inside it. */
export function problemsAt(problems: readonly Problem[], pointer: string): string[] {
  return problems
    .filter((problem) => problem.pointer === pointer || problem.pointer.startsWith(`${pointer}/`))
    .map((problem) => problem.detail);
}

/** A member that two versions of a document have differently. */
export interface Difference {
  readonly member: string;
  readonly theirs: Json | undefined;
  readonly mine: Json | undefined;
}

/** Where two versions differ, member by member. */
export function differencesOf(theirs: JsonObject, mine: JsonObject): Difference[] {
  const members = [...new Set([...Object.keys(theirs), ...Object.keys(mine)])];
  return members
    .map((member) => ({ member, theirs: theirs[member], mine: mine[member] }))
    .filter((difference) => !isSameJson(difference.theirs, difference.mine));
}

/** `saved`, with every member that was changed since `sent` as it is in `typed`: nothing typed while it was saved is lost. */
export function rebased(saved: JsonObject, sent: JsonObject, typed: JsonObject): JsonObject {
  return differencesOf(sent, typed).reduce(
    (document, { member, mine }) => withMember(document, member, mine),
    saved,
  );
}

/** Writes values into the `${NAME}` of a recipe's webhook; what has none stays to be filled in when sending. */
export function filledIn(value: Json, values: Readonly<Record<string, string>>): Json {
  if (typeof value === 'string') {
    return value.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (reference, name: string) =>
      Object.hasOwn(values, name) && values[name] !== '' ? (values[name] ?? reference) : reference,
    );
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => filledIn(item, values));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, filledIn(inner, values)]));
}

/** Conditions that a CDR's fields equal what they are in it. */
export function conditionsFor(names: readonly string[], fields: JsonObject): Json[] {
  return names.flatMap((name) => {
    const value = fields[name];
    return value === undefined || (typeof value === 'object' && value !== null)
      ? []
      : [{ '==': [{ var: name }, value] }];
  });
}

/** Everything of a CDR that a condition can name: its overlay, then its own fields. */
export function allFields({ call, fields }: Pick<CdrDetail, 'call' | 'fields'>): JsonObject {
  const overlay = Object.entries(call).map(([name, value]) => [`$call.${name}`, value] as const);
  return { ...Object.fromEntries(overlay), ...fields };
}
