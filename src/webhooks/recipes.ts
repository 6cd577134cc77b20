import type { JsonObject, JsonValue } from '../check/json-text.ts';
import { textsIn, withTexts } from '../check/json-texts.ts';
import { errorAt, hasErrors, InvalidDocumentError, pointerTo, type Problem } from '../check/problem.ts';
import type { SchemaCheck } from '../check/schema.ts';
import { missingReferences, resolveReferences } from './references.ts';

/** Something to fill in: a `${NAME}` in a recipe's webhook. */
export interface FillIn {
  readonly name: string;
  readonly description: string;
  readonly example: string;
  /** Its value is never written into a rules file. */
  readonly secret?: true;
}

/** A recipe as `rules/recipes/<id>.json` holds it; `schemas/recipe.schema.json` explains it. */
export interface Recipe {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly documents: readonly string[];
  readonly basis: 'document' | 'inference';
  readonly fillIn: readonly FillIn[];
  readonly notes: readonly string[];
  /** The webhook's document, each thing to fill in as `${NAME}`. */
  readonly webhook: JsonObject;
}

/** Thrown when a recipe is filled in with something it has no place for. */
export class FillInError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FillInError';
  }
}

/**
 * Makes a recipe of its document.
 *
 * @param id the name of its file, without the ending.
 * @param schemaCheck `schemas/recipe.schema.json`, compiled.
 * @throws InvalidDocumentError when it cannot be used.
 */
export function makeRecipe(id: string, document: JsonValue, schemaCheck: SchemaCheck): Recipe {
  const problems = schemaCheck(document);
  if (hasErrors(problems)) throw new InvalidDocumentError(id, problems);
  const { recipe, webhook } = document as unknown as { recipe: Omit<Recipe, 'webhook'>; webhook: JsonObject };
  const made = { ...recipe, webhook };
  const mismatches = mismatchesOf(made, id);
  if (mismatches.length > 0) throw new InvalidDocumentError(id, mismatches);
  return made;
}

function mismatchesOf({ id, fillIn, webhook }: Recipe, fileName: string): Problem[] {
  const texts = textsIn(webhook);
  const declared = fillIn.map(({ name }) => name);
  const known = Object.fromEntries(declared.map((name) => [name, name]));
  return [
    ...(id === fileName ? [] : [errorAt('/recipe/id', `must be "${fileName}", the name of its file`)]),
    ...missingReferences(texts, known).map((name) =>
      errorAt('/webhook', `\${${name}} is not among what is filled in`),
    ),
    ...declared.flatMap((name, index) =>
      texts.some((text) => text.includes(`\${${name}}`))
        ? []
        : [errorAt(pointerTo('/recipe/fillIn', index), `\${${name}} is nowhere in the webhook`)],
    ),
  ];
}

/**
 * Makes a webhook's document of a recipe. What is no secret and has a value is written in; the rest stays `${NAME}`
 * and is taken from the environment when sending.
 *
 * @throws FillInError for a name that the recipe does not have, a secret, and a value that would be read as more
 *   than a value.
 */
export function fillIn(recipe: Recipe, values: Readonly<Record<string, string>>): JsonObject {
  for (const [name, value] of Object.entries(values)) checkValue(recipe, name, value);
  const environment = Object.fromEntries(
    recipe.fillIn.map(({ name }) => [name, Object.hasOwn(values, name) ? values[name] : `\${${name}}`]),
  );
  return withTexts(recipe.webhook, (text) => resolveReferences(text, environment)) as JsonObject;
}

function checkValue(recipe: Recipe, name: string, value: string): void {
  const known = recipe.fillIn.find((candidate) => candidate.name === name);
  if (known === undefined) {
    const names = recipe.fillIn.map((candidate) => candidate.name).join(', ');
    throw new FillInError(`the recipe "${recipe.id}" has nothing called ${name}; it has ${names}`);
  }
  if (known.secret === true) {
    throw new FillInError(
      `${name} is a secret and is not written into the rules file; set it in the environment`,
    );
  }
  if (value.trim() === '') throw new FillInError(`${name} is empty`);
  if (/\$\{|\{\{/.test(value))
    throw new FillInError(`${name} holds "\${" or "{{", which would be read as more`);
}
