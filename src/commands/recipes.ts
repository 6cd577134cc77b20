import { loadRecipes } from '../package-files.ts';
import { fillIn, FillInError, type Recipe } from '../webhooks/recipes.ts';
import { print, readOptions, UsageError, type Command } from './command.ts';

const HELP = `hookswitch recipes [ID] [--set NAME=VALUE]... [--json]

Lists the ready webhooks for CRM, ticketing and messaging systems. With ID it tells what there is to fill in and
prints the webhook, to be copied into the rules file. --set writes a value in; secrets stay \${NAME} and are taken
from the environment when sending. --json prints all of them, or the webhook alone.`;

/** `hookswitch recipes`. */
export const recipes: Command = {
  help: HELP,
  run(args) {
    const { values, positionals } = readOptions(args, {
      set: { type: 'string', multiple: true },
      json: { type: 'boolean' },
    });
    const [id, ...others] = positionals;
    if (others.length > 0) throw new UsageError('one recipe at a time');
    const all = loadRecipes();
    if (id !== undefined) {
      printRecipe(recipeOf(id, all), valuesOf(values.set ?? []), values.json === true);
    } else if (values.json === true) {
      print(JSON.stringify(all, null, 2));
    } else {
      printList(all);
    }
    return Promise.resolve(0);
  },
};

/**
 * The recipe of an id.
 *
 * @throws UsageError when there is none.
 */
export function recipeOf(id: string, all: readonly Recipe[]): Recipe {
  const recipe = all.find((candidate) => candidate.id === id);
  if (recipe !== undefined) return recipe;
  throw new UsageError(`there is no recipe "${id}"; known are ${all.map((known) => known.id).join(', ')}`);
}

/**
 * Reads `NAME=VALUE` as `--set` has it.
 *
 * @throws UsageError for anything else.
 */
export function valuesOf(settings: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    settings.map((setting) => {
      const equals = setting.indexOf('=');
      if (equals <= 0) throw new UsageError('--set takes NAME=VALUE');
      return [setting.slice(0, equals), setting.slice(equals + 1)];
    }),
  );
}

function printList(all: readonly Recipe[]): void {
  const width = Math.max(...all.map(({ id }) => id.length));
  for (const { id, description } of all) print(`${id.padEnd(width)}  ${description}`);
}

function printRecipe(recipe: Recipe, values: Readonly<Record<string, string>>, webhookOnly: boolean): void {
  const webhook = JSON.stringify(filledIn(recipe, values), null, 2);
  if (!webhookOnly) {
    print(`${recipe.title}: ${recipe.description}`);
    print('\nto fill in');
    for (const { name, description, example, secret } of recipe.fillIn) {
      print(`  ${name}: ${description}${secret === true ? ' (secret)' : ''}, such as ${example}`);
    }
    print('\nworth knowing');
    for (const note of recipe.notes) print(`  ${note}`);
    for (const document of recipe.documents) print(`  ${document}`);
    print('');
  }
  print(webhook);
}

/**
 * The webhook of a recipe with values written in.
 *
 * @throws UsageError for a value that it has no place for.
 */
export function filledIn(recipe: Recipe, values: Readonly<Record<string, string>>): unknown {
  try {
    return fillIn(recipe, values);
  } catch (error) {
    if (error instanceof FillInError) throw new UsageError(error.message);
    throw error;
  }
}
