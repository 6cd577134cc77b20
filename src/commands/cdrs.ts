import { parseKeepingDigits } from '../check/json-text.ts';
import { print, readOptions, UsageError, type Command } from './command.ts';
import { limitOf, readPages } from './pages.ts';
import { API_HELP, API_OPTIONS, RouterApi } from './router-api.ts';

const HELP = `hookswitch cdrs list [--source NAME] [--vendor NAME] [--matched | --unmatched] [--limit N] [--json]
hookswitch cdrs get ID [--json]

  list   the newest CDRs of a running router, 50 unless --limit says otherwise
  get    one with what it hit, what became of that, and its fields as conditions name them; with --json all of it,
         the record as it was sent too

Both take --api URL and --config FILE. ${API_HELP}`;

const OPTIONS = {
  ...API_OPTIONS,
  source: { type: 'string' },
  vendor: { type: 'string' },
  matched: { type: 'boolean' },
  unmatched: { type: 'boolean' },
  limit: { type: 'string' },
  json: { type: 'boolean' },
} as const;

type Options = ReturnType<typeof readOptions<typeof OPTIONS>>['values'];

/** What this command reads of a CDR in a list. */
interface ShownCdr {
  readonly id: string;
  readonly source: string;
  readonly vendor: string;
  readonly receivedAt: string;
  readonly hits: number;
  readonly violation: string | null;
  readonly call: { readonly from?: string; readonly to?: string; readonly status?: string };
}

/** What it reads of one that it gets. */
interface CdrWithRecord extends ShownCdr {
  readonly deliveries: readonly { readonly id: string; readonly webhookId: string; readonly state: string }[];
  readonly fields: Readonly<Record<string, unknown>>;
}

/** `hookswitch cdrs`. */
export const cdrs: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals } = readOptions(args, OPTIONS);
    const [verb, id, ...others] = positionals;
    if (verb === 'list' && id === undefined) await list(values);
    else if (verb === 'get' && id !== undefined && others.length === 0) await get(id, values);
    else throw new UsageError('say what to do: list, or get and the id of a CDR');
    return 0;
  },
};

async function list(options: Options): Promise<void> {
  const [filter, limit] = [filterOf(options), limitOf(options)];
  const found = await readPages<ShownCdr>(new RouterApi(options, process.env), '/cdrs', filter, limit);
  if (options.json === true) {
    print(JSON.stringify(found, null, 2));
    return;
  }
  for (const cdr of found) print(lineOf(cdr));
}

function filterOf({ source, vendor, matched, unmatched }: Options): Record<string, string | undefined> {
  if (matched === true && unmatched === true) throw new UsageError('--matched and --unmatched are opposites');
  const isChosen = matched === true || unmatched === true;
  return { source, vendor, matched: isChosen ? String(matched === true) : undefined };
}

async function get(id: string, options: Options): Promise<void> {
  const api = new RouterApi(options, process.env);
  const path = `/cdrs/${encodeURIComponent(id)}`;
  const text = await api.text(path);
  if (options.json === true) {
    print(text);
    return;
  }
  const cdr = JSON.parse(text) as CdrWithRecord;
  // What is printed of the record has all its digits.
  const { fields } = parseKeepingDigits(text) as unknown as CdrWithRecord;
  print(lineOf(cdr));
  for (const delivery of cdr.deliveries) print(`  ${delivery.id}  ${delivery.webhookId}  ${delivery.state}`);
  for (const [name, value] of Object.entries(fields)) print(`  ${name} = ${JSON.stringify(value)}`);
}

function lineOf({ id, receivedAt, source, vendor, hits, violation, call }: ShownCdr): string {
  const note = violation === null ? '' : `  (${violation})`;
  return `${id}  ${receivedAt}  ${source}  ${vendor}  ${lineOfCall(call)}hits ${hits}${note}`;
}

function lineOfCall({ from, to, status }: ShownCdr['call']): string {
  if (from === undefined && to === undefined) return '';
  return `${from ?? '?'} -> ${to ?? '?'}  ${status === undefined ? '' : `${status}  `}`;
}
