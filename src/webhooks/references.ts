/** `${NAME}`: a value that is taken from the environment at the moment of use, never stored, logged or shown. */
const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Thrown when a `${NAME}` has no value. Tells the name, which is no secret. */
export class MissingReferenceError extends Error {
  constructor(name: string) {
    super(`\${${name}} is not set in the environment`);
    this.name = 'MissingReferenceError';
  }
}

/** Where references get their values. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Puts values in the place of each `${NAME}`.
 *
 * @throws MissingReferenceError
 */
export function resolveReferences(text: string, environment: Environment): string {
  if (!text.includes('${')) return text;
  return text.replaceAll(REFERENCE, (_, name: string) => {
    const value = valueOf(name, environment);
    if (value === undefined) throw new MissingReferenceError(name);
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

/** Puts `${NAME}` in the place of every value of a reference in some texts, wherever `shown` holds it. */
export function maskReferences(shown: string, texts: readonly string[], environment: Environment): string {
  return referencesIn(texts).reduce((masked, name) => {
    const value = valueOf(name, environment);
    if (value === undefined || value === '') return masked;
    // A target that was sent JSON sends it back as JSON writes it.
    const inJson = JSON.stringify(value).slice(1, -1);
    return masked.replaceAll(value, () => `\${${name}}`).replaceAll(inJson, () => `\${${name}}`);
  }, shown);
}

function referencesIn(texts: readonly string[]): string[] {
  const withAny = texts.filter((text) => text.includes('${'));
  return [...new Set(withAny.flatMap((text) => [...text.matchAll(REFERENCE)].map(([, name = '']) => name)))];
}

function valueOf(name: string, environment: Environment): string | undefined {
  return Object.hasOwn(environment, name) ? environment[name] : undefined;
}
