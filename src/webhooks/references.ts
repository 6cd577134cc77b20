import { basicOfUserinfo, userinfoOf, withReplaced, writtenForms } from './written-forms.ts';

/** `${NAME}`: a value that is taken from the environment at the moment of use, never stored, logged or shown. */
const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** What is wrong with a `${NAME}` that has no value. */
export function missingReferenceMessage(name: string): string {
  return `\${${name}} is set neither in the environment nor in a secrets file, or relay.allowVariables keeps it from webhooks`;
}

/** Thrown when a `${NAME}` has no value. Tells the name, which is no secret. */
export class MissingReferenceError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MissingReferenceError';
  }
}

/** Where references get their values. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Puts values in the place of each `${NAME}`.
 *
 * @param complaint what is said of a name without a value.
 * @throws MissingReferenceError
 */
export function resolveReferences(
  text: string,
  environment: Environment,
  complaint: (name: string) => string = missingReferenceMessage,
): string {
  if (!text.includes('${')) return text;
  return text.replaceAll(REFERENCE, (_, name: string) => {
    const value = valueOf(name, environment);
    if (value === undefined) throw new MissingReferenceError(complaint(name));
    return value;
  });
}

/** A text with every reference replaced by some harmless text, so that what surrounds it can be checked. */
export function withoutReferences(text: string, replacement = 'x'): string {
  return text.replaceAll(REFERENCE, replacement);
}

/** What is filled in when sending: references, and the placeholders of templates. */
const FILLED_IN = new RegExp(`${REFERENCE.source}|\\{\\{[^{}]*\\}\\}`, 'g');

/** Changes what stands before, between and behind what is filled in when sending, and leaves that. */
export function mapAroundFilledIn(text: string, change: (literal: string) => string): string {
  let end = 0;
  const changed = [...text.matchAll(FILLED_IN)].map(({ 0: filledIn, index }) => {
    const before = text.slice(end, index);
    end = index + filledIn.length;
    return `${change(before)}${filledIn}`;
  });
  return `${changed.join('')}${change(text.slice(end))}`;
}

/** Whether something is filled into a text when sending. */
export function holdsFilledIn(text: string): boolean {
  return text.search(FILLED_IN) >= 0;
}

/** Whether a text holds a reference. */
export function holdsReference(text: string): boolean {
  return text.search(REFERENCE) >= 0;
}

/** Whether a text begins with a reference. */
export function beginsWithReference(text: string): boolean {
  return text.search(REFERENCE) === 0;
}

/** The names among the references in some texts that have no value. */
export function missingReferences(texts: readonly string[], environment: Environment): string[] {
  return referencesIn(texts).filter((name) => valueOf(name, environment) === undefined);
}

/**
 * Puts `${NAME}` in the place of every value of a reference in some texts, wherever `shown` holds it, however it is written. What
 * a url among them has before its host is also found as the header that is sent for it.
 */
export function maskReferences(shown: string, texts: readonly string[], environment: Environment): string {
  if (shown === '') return shown;
  const values = referencesIn(texts).flatMap((name) =>
    writtenForms(valueOf(name, environment) ?? '').map((form) => [form, `\${${name}}`] as const),
  );
  return withReplaced(shown, [...values, ...texts.flatMap((text) => basicValues(text, environment))]);
}

function basicValues(text: string, environment: Environment): (readonly [string, string])[] {
  const userinfo = userinfoOf(text);
  if (userinfo === undefined || !holdsReference(userinfo)) return [];
  if (missingReferences([userinfo], environment).length > 0) return [];
  const [user = '', ...password] = userinfo.split(':');
  const named = [user, ...password].filter(holdsReference).join(':');
  return [[basicOfUserinfo(resolveReferences(userinfo, environment)), named]];
}

function referencesIn(texts: readonly string[]): string[] {
  const withAny = texts.filter((text) => text.includes('${'));
  return [...new Set(withAny.flatMap((text) => [...text.matchAll(REFERENCE)].map(([, name = '']) => name)))];
}

function valueOf(name: string, environment: Environment): string | undefined {
  return Object.hasOwn(environment, name) ? environment[name] : undefined;
}
