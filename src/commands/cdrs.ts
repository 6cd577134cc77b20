import { parseKeepingDigits } from '../check/json-text.ts';
import { print, readOptions, UsageError, type Command } from './command.ts';
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
}

/** What it reads of one that it gets. */
interface CdrWithRecord extends ShownCdr {
  readonly deliveries: readonly { readonly id: string; readonly webhookId: string; readonly state: string }[];
  readonly fields: Readonly<Record<string, unknown>>;
}

interface Page {
  readonly data: readonly ShownCdr[];
  readonly nextCursor: string | null;
}

const MAX_PAGE = 250;

/** `hookswitch cdrs`. */
export const cdrs: Command = {
  name: 'cdrs',
  summary: 'list what came in, or look at one CDR',
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
  const found = await readNewest(new RouterApi(options, process.env), filterOf(options), limitOf(options));
  if (options.json === true) {
    print(JSON.stringify(found, null, 2));
    return;
  }
  for (const cdr of found) print(lineOf(cdr));
}

function filterOf({ source, vendor, matched, unmatched }: Options): URLSearchParams {
  if (matched === true && unmatched === true) throw new UsageError('--matched and --unmatched are opposites');
  const filter = new URLSearchParams();
  if (source !== undefined) filter.set('source', source);
  if (vendor !== undefined) filter.set('vendor', vendor);
  if (matched === true || unmatched === true) filter.set('matched', String(matched === true));
  return filter;
}

function limitOf({ limit = '50' }: Options): number {
  if (/^[1-9]\d{0,5}$/.test(limit)) return Number(limit);
  throw new UsageError('--limit must be a number from 1 to 999999');
}

/** Goes through as many pages as there are up to a number of CDRs. */
async function readNewest(api: RouterApi, filter: URLSearchParams, wanted: number): Promise<ShownCdr[]> {
  const found: ShownCdr[] = [];
  for (;;) {
    filter.set('limit', String(Math.min(MAX_PAGE, wanted - found.length)));
    const { data, nextCursor } = (await api.call('GET', `/cdrs?${filter.toString()}`)) as Page;
    found.push(...data);
    if (nextCursor === null || found.length >= wanted) return found;
    filter.set('cursor', nextCursor);
  }
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

function lineOf({ id, receivedAt, source, vendor, hits, violation }: ShownCdr): string {
  const note = violation === null ? '' : `  (${violation})`;
  return `${id}  ${receivedAt}  ${source}  ${vendor}  hits ${hits}${note}`;
}
