import { readDocument } from '../documents.ts';
import { loadRecipes } from '../package-files.ts';
import { print, readOptions, tell, UsageError, type Command } from './command.ts';
import { readPages } from './pages.ts';
import { filledIn, recipeOf, valuesOf } from './recipes.ts';
import { API_HELP, API_OPTIONS, RouterApi } from './router-api.ts';

const HELP = `hookswitch webhooks list [--json]
hookswitch webhooks get ID [--json]
hookswitch webhooks enable ID...
hookswitch webhooks disable ID...
hookswitch webhooks create --recipe ID [--set NAME=VALUE]... [--json]
hookswitch webhooks create --file FILE [--json]

  list      the webhooks of a running router with their counters
  get       one with all that its editors wrote, secrets masked, and how it stands with its target
  enable    switches webhooks on and prints their ids; it ends at the first that is not there
  disable   switches them off: what hits them waits
  create    adds one, made of a recipe or read from a JSON file, and prints its id

--set writes a value into the recipe; secrets stay \${NAME} and are taken from the router's environment or secrets
file when sending. hookswitch recipes lists the recipes.

All take --api URL and --config FILE. ${API_HELP}`;

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
  help: HELP,
  async run(args) {
    const { values, positionals } = readOptions(args, OPTIONS);
    const [verb = '', ...ids] = positionals;
    const run = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
    if (run === undefined) throw new UsageError(`say what to do: ${Object.keys(VERBS).join(', ')}`);
    const tooMuch = ids.slice(run.mostIds);
    if (tooMuch.length > 0) throw new UsageError(`"${tooMuch.join(' ')}" is too much`);
    if (run.mostIds > 0 && ids.length === 0) throw new UsageError('the id of a webhook is missing');
    await run.with(values, ids);
    return 0;
  },
};

interface Verb {
  /** How many ids it takes; one at least, if any. */
  readonly mostIds: number;
  readonly with: (options: Options, ids: readonly string[]) => Promise<void>;
}

const VERBS: Readonly<Record<string, Verb>> = {
  list: { mostIds: 0, with: list },
  get: { mostIds: 1, with: (options, [id = '']) => get(id, options) },
  create: { mostIds: 0, with: create },
  enable: { mostIds: Infinity, with: (options, ids) => flip('enable', ids, options) },
  disable: { mostIds: Infinity, with: (options, ids) => flip('disable', ids, options) },
};

/** What this command reads of a webhook. */
interface ShownWebhook {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly stats: Readonly<Record<'hits' | 'delivered' | 'failed' | 'cancelled' | 'pending', number>>;
  readonly warnings: readonly { readonly pointer: string; readonly detail: string }[];
}

async function create(options: Options): Promise<void> {
  const document = documentOf(options);
  const created = (await new RouterApi(options, process.env).call(
    'POST',
    '/webhooks',
    document,
  )) as ShownWebhook;
  print(options.json === true ? JSON.stringify(created, null, 2) : created.id);
  for (const warning of created.warnings) tell(warningLine(warning));
}

function warningLine({ pointer, detail }: ShownWebhook['warnings'][number]): string {
  return pointer === '' ? `warning: ${detail}` : `warning ${pointer}: ${detail}`;
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
  const all = await readPages<ShownWebhook>(new RouterApi(options, process.env), '/webhooks', {}, Infinity);
  if (options.json === true) {
    print(JSON.stringify(all, null, 2));
    return;
  }
  const width = Math.max(0, ...all.map(({ id }) => id.length));
  for (const webhook of all) print(lineOf({ ...webhook, id: webhook.id.padEnd(width) }));
}

function lineOf({ id, name, enabled, stats }: ShownWebhook): string {
  const { hits, delivered, failed, cancelled, pending } = stats;
  const final = `delivered ${delivered}, failed ${failed}${cancelled === 0 ? '' : `, cancelled ${cancelled}`}`;
  const counters = `hits ${hits}, ${final}, pending ${pending}`;
  return `${id}  ${counters}  ${name}${enabled ? '' : ' (disabled)'}`;
}

async function get(id: string, options: Options): Promise<void> {
  const shown = await new RouterApi(options, process.env).call('GET', pathOf(id));
  if (options.json === true) {
    print(JSON.stringify(shown, null, 2));
    return;
  }
  const { warnings, ...webhook } = shown as ShownWebhook;
  print(lineOf({ ...webhook, warnings }));
  for (const [name, value] of Object.entries(webhook)) {
    if (!IN_LINE.includes(name)) print(`  ${name} = ${JSON.stringify(value)}`);
  }
  for (const warning of warnings) print(`  ${warningLine(warning)}`);
}

/** What the first line has, or what says nothing that it does not. */
const IN_LINE = ['id', 'name', 'enabled', 'backlog'];

/** Switches webhooks on or off. What hits those that are off waits. */
async function flip(verb: 'enable' | 'disable', ids: readonly string[], options: Options): Promise<void> {
  const api = new RouterApi(options, process.env);
  for (const id of ids) {
    await api.call('POST', `${pathOf(id)}/${verb}`);
    print(id);
  }
}

function pathOf(id: string): string {
  return `/webhooks/${encodeURIComponent(id)}`;
}
