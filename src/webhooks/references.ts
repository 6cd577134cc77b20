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
    const value = environment[name];
    if (value === undefined) throw new MissingReferenceError(name);
    return value;
  });
}

/** A text with every reference replaced by a neutral letter, so that what surrounds it can be checked. */
export function withoutReferences(text: string): string {
  return text.replaceAll(REFERENCE, 'x');
}

/** The names among the references in some texts that have no value. */
export function missingReferences(texts: readonly string[], environment: Environment): string[] {
  const names = texts.flatMap((text) => [...text.matchAll(REFERENCE)].map(([, name = '']) => name));
  return [...new Set(names)].filter((name) => environment[name] === undefined);
}
