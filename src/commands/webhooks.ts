import { readDocument } from '../documents.ts';
import { loadRecipes } from '../package-files.ts';
import { print, readOptions, tell, UsageError, type Command } from './command.ts';
import { filledIn, recipeOf, valuesOf } from './recipes.ts';
import { API_HELP, API_OPTIONS, RouterApi } from './router-api.ts';

const HELP = `hookswitch webhooks list [--json]
hookswitch webhooks create --recipe ID [--set NAME=VALUE]... [--json]
hookswitch webhooks create --file FILE [--json]

  list      the webhooks of a running router with their counters
  create    adds one, made of a recipe or read from a JSON file, and prints its id

--set writes a value into the recipe; secrets stay \${NAME} and are taken from the router's environment or secrets
file when sending. hookswitch recipes lists the recipes.

Both take --api URL and --config FILE. ${API_HELP}`;

const OPTIONS = {
  ...API_OPTIONS,
  recipe: { type: 'string' },
  set: { type: 'string', multiple: true },
  file: { type: 'string' },
  json: { type: 'boolean' },
} as const;

type Options = ReturnType<typeof readOptions<typeof OPTIONS>>['values'];

/** `hookswitch webhooks`. */
export const webhooks: Command = {
  name: 'webhooks',
  summary: 'list or create webhooks of a running router',
  help: HELP,
  async run(args) {
    const { values, positionals } = readOptions(args, OPTIONS);
    const [verb, ...others] = positionals;
    if (others.length > 0) throw new UsageError(`"${others.join(' ')}" is too much`);
    if (verb === 'create') await create(values);
    else if (verb === 'list') await list(values);
    else throw new UsageError('say what to do: list or create');
    return 0;
  },
};

/** What this command reads of a webhook. */
interface ShownWebhook {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly stats: Readonly<Record<'hits' | 'delivered' | 'failed' | 'pending', number>>;
  readonly warnings: readonly { readonly pointer: string; readonly detail: string }[];
}

interface Page {
  readonly data: readonly ShownWebhook[];
  readonly nextCursor: string | null;
}

async function create(options: Options): Promise<void> {
  const document = documentOf(options);
  const created = (await new RouterApi(options, process.env).call(
    'POST',
    '/webhooks',
    document,
  )) as ShownWebhook;
  print(options.json === true ? JSON.stringify(created, null, 2) : created.id);
  for (const { pointer, detail } of created.warnings) tell(`warning ${pointer}: ${detail}`);
}

function documentOf({ recipe, file, set = [] }: Options): unknown {
  if (recipe !== undefined && file === undefined) {
    return filledIn(recipeOf(recipe, loadRecipes()), valuesOf(set));
  }
  if (file === undefined || recipe !== undefined)
    throw new UsageError('create needs --recipe ID or --file FILE');
  if (set.length > 0) throw new UsageError('--set is for recipes');
  return readDocument(file).value;
}

async function list(options: Options): Promise<void> {
  const all = await readAll(new RouterApi(options, process.env));
  if (options.json === true) {
    print(JSON.stringify(all, null, 2));
    return;
  }
  const width = Math.max(0, ...all.map(({ id }) => id.length));
  for (const { id, name, enabled, stats } of all) {
    const { hits, delivered, failed, pending } = stats;
    const counters = `hits ${hits}, delivered ${delivered}, failed ${failed}, pending ${pending}`;
    print(`${id.padEnd(width)}  ${counters}  ${name}${enabled ? '' : ' (disabled)'}`);
  }
}

async function readAll(api: RouterApi): Promise<ShownWebhook[]> {
  const all: ShownWebhook[] = [];
  for (let query = ''; ;) {
    const { data, nextCursor } = (await api.call('GET', `/webhooks?limit=250${query}`)) as Page;
    all.push(...data);
    if (nextCursor === null) return all;
    query = `&cursor=${encodeURIComponent(nextCursor)}`;
  }
}
