import type { JsonObject } from '../check/json-text.ts';
import type { DecodedCdr } from './cdr.ts';
import { itemPlaces, memberPlaces, type Place } from './decode/json-slices.ts';
import { pathKeys } from './flatten.ts';

/** What is taken out of CDRs, by flattened paths in which `*` stands for any name or place in a list. */
export interface Redaction {
  /** Taken out with their names. */
  readonly drop?: readonly string[] | undefined;
  /** Kept with `REDACTED` for a value. */
  readonly redact?: readonly string[] | undefined;
}

/** Takes out of a CDR's text what is to be taken out; the rest stays byte for byte. The text must be a JSON object. */
export type Redact = (raw: string) => string;

/** The JSON text that stands for a redacted value. */
export const REDACTED = '"***"';

/** What becomes of the values at the end of a path, and of those further inside. */
interface Rule {
  action?: 'drop' | 'redact';
  readonly inner: Map<string, Rule>;
}

/** Makes what redacts of its paths; `undefined` when there are none. */
export function compileRedaction({ drop = [], redact = [] }: Redaction): Redact | undefined {
  if (drop.length === 0 && redact.length === 0) return undefined;
  const root: Rule = { inner: new Map() };
  for (const path of redact) ruleAt(root, path).action = 'redact';
  // Of two that name the same, what takes more out.
  for (const path of drop) ruleAt(root, path).action = 'drop';
  return (raw) => {
    const start = raw.indexOf('{');
    return raw.slice(0, start) + redacted(raw, { start, end: raw.length }, [root]);
  };
}

function ruleAt(root: Rule, path: string): Rule {
  let rule = root;
  for (const key of pathKeys(path)) {
    const inner = rule.inner.get(key) ?? { inner: new Map() };
    rule.inner.set(key, inner);
    rule = inner;
  }
  return rule;
}

/** A member or an item, with what stands between it and the one before. */
interface Part {
  readonly name: string;
  readonly separator: string;
  /** Its name up to its value; nothing for an item. */
  readonly label: string;
  readonly value: Place;
}

/** The text at a place after rules, which recurse no deeper than the longest path. */
function redacted(text: string, place: Place, rules: readonly Rule[]): string {
  const parts = partsAt(text, place);
  const [first, last] = [parts[0], parts.at(-1)];
  if (first === undefined || last === undefined) return text.slice(place.start, place.end);
  const kept = parts
    .map((part) => ({ ...part, rules: rulesFor(part.name, rules) }))
    .filter((part) => !part.rules.some(({ action }) => action === 'drop'));
  const inside = kept.map(({ separator, label, value, rules: own }, index) => {
    const before = index === 0 ? '' : separator;
    return before + label + redactedValue(text, value, own);
  });
  const opening = text.slice(place.start, first.value.start - first.label.length);
  return opening + inside.join('') + text.slice(last.value.end, place.end);
}

function partsAt(text: string, { start }: Place): Part[] {
  const opening = text.charAt(start);
  const places =
    opening === '{'
      ? memberPlaces(text, start)
      : opening === '['
        ? itemPlaces(text, start).map((item, index) => ({
            ...item,
            name: String(index),
            nameStart: item.start,
          }))
        : [];
  return places.map(({ name, nameStart, ...value }, index) => ({
    name,
    separator: text.slice(places[index - 1]?.end ?? nameStart, nameStart),
    label: text.slice(nameStart, value.start),
    value,
  }));
}

function redactedValue(text: string, value: Place, rules: readonly Rule[]): string {
  if (rules.some(({ action }) => action === 'redact')) return REDACTED;
  return rules.length === 0 ? text.slice(value.start, value.end) : redacted(text, value, rules);
}

/** The rules for what has a name inside of what other rules are for. */
function rulesFor(name: string, rules: readonly Rule[]): Rule[] {
  return rules.flatMap(({ inner }) => {
    const exact = [inner.get(name), inner.get('*')].filter((rule) => rule !== undefined);
    return name.includes('.') ? [...exact, ...rulesForDotted(name, inner)] : exact;
  });
}

/** A key with dots in it is found without escapes, too: a path that is misread must not let a name through. */
function rulesForDotted(name: string, inner: ReadonlyMap<string, Rule>): Rule[] {
  const [head = '', ...others] = name.split('.');
  let rule = inner.get(head);
  for (const key of others) rule = rule?.inner.get(key);
  return rule === undefined ? [] : [rule];
}

/** What is left of a decoded CDR where its source has something taken out. */
export function withoutRedacted<Decoded extends DecodedCdr>(
  decoded: Decoded,
  { redact }: { readonly redact?: Redact | undefined },
): Decoded {
  if (redact === undefined) return decoded;
  const raw = redact(decoded.raw);
  return { ...decoded, raw, record: JSON.parse(raw) as JsonObject };
}
