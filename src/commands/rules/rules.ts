import { writeFileSync } from 'node:fs';
import { isJsonObject, type JsonValue } from '../../check/json-text.ts';
import { pointerTo, type Problem } from '../../check/problem.ts';
import { readDocument } from '../../documents.ts';
import type { RulesDocument } from '../../webhooks/check-webhooks.ts';
import { differenceOf, isNoDifference, type RulesDifference } from '../../webhooks/rules-difference.ts';
import { MASK } from '../../webhooks/secrets.ts';
import { print, readOptions, tell, UsageError, type Command } from '../command.ts';
import { API_HELP, API_OPTIONS, RefusedError, RouterApi } from '../router-api.ts';
import { isUsable, printDifference, tellRefused } from './told.ts';

const HELP = `hookswitch rules export [FILE]
hookswitch rules import FILE [--dry-run] [--if-match ETAG]
hookswitch rules import FILE --store URL [--dry-run]

  export    prints the rules of a running router, or writes them to FILE, and tells their ETag
  import    puts the rules of FILE in the place of a running router's and prints what that changes

Both work whether the router keeps its rules in a file or in its database. Webhooks that are not in FILE are removed.
--dry-run prints what would change and what is wrong with FILE, and changes nothing. With the ETag that export told,
import is refused when somebody has changed the rules since.

Secrets that are written out in the rules are exported as ${MASK}. Imported into the same rules, a mask leaves the secret
of that webhook as it is; where there is none, import is refused. Write secrets as \${NAME} to take rules elsewhere;
hookswitch migrate takes them along as they are.

Rules in a database that this version cannot use, as a newer one may have written them, are replaced as well; what is lost
of them is told before. With --store, the URL of the database, import needs no router: none starts with such rules.

Both take --api URL and --config FILE. ${API_HELP}`;

const OPTIONS = {
  ...API_OPTIONS,
  'dry-run': { type: 'boolean' },
  'if-match': { type: 'string' },
  store: { type: 'string' },
} as const;

type Options = ReturnType<typeof readOptions<typeof OPTIONS>>['values'];

/** `hookswitch rules`. */
export const rules: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals } = readOptions(args, OPTIONS);
    const [verb, file, ...others] = positionals;
    if (others.length > 0) throw new UsageError(`"${others.join(' ')}" is too much`);
    if (verb === 'export') return exportRules(new RouterApi(values, process.env), file);
    if (verb !== 'import') throw new UsageError('say what to do: export or import');
    if (file === undefined) throw new UsageError('import needs a FILE');
    const { store, 'dry-run': isDry = false } = values;
    if (store === undefined) return importRules(new RouterApi(values, process.env), file, values);
    if (values['if-match'] !== undefined) throw new UsageError('--store and --if-match do not go together');
    const { importIntoDatabase } = await import('./database-import.ts');
    return importIntoDatabase(store, file, isDry);
  },
};

async function exportRules(api: RouterApi, file: string | undefined): Promise<number> {
  const { value, etag } = await api.document('/rules');
  const text = JSON.stringify(value, null, 2);
  if (file === undefined) print(text);
  else writeFileSync(file, `${text}\n`);
  tell(`ETag ${etag}`);
  const places = masksIn(value as JsonValue, '');
  if (places.length > 0) {
    tell(`${places.length} secrets are written as ${MASK}, which means something to this router only:`);
    for (const place of places) tell(`  ${place}`);
  }
  return 0;
}

/** The places of masked secrets, as JSON Pointers. */
function masksIn(value: JsonValue, pointer: string): string[] {
  if (typeof value === 'string') return value.includes(MASK) ? [pointer] : [];
  if (Array.isArray(value)) return value.flatMap((item, index) => masksIn(item, pointerTo(pointer, index)));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => masksIn(member, pointerTo(pointer, name)));
}

async function importRules(api: RouterApi, file: string, options: Options): Promise<number> {
  const { text, value } = readDocument(file);
  const before = await api.document('/rules');
  const asked = options['if-match'] ?? before.etag;
  if (asked !== before.etag) throw new Error(conflict(before.etag));
  const { problems } = (await api.call('POST', '/rules:validate', value)) as Validated;
  if (!isUsable(file, text, problems.map(asProblem))) return 1;
  const difference = differenceOf(before.value as RulesDocument, value as unknown as RulesDocument);
  printDifference(difference);
  const { path, errors, refused } = (await api.call('GET', '/rules/status')) as Status;
  if (refused !== undefined) {
    tellRefused({ path, errors: errors.map(asProblem), difference: refused.difference });
  }
  if (options['dry-run'] === true || (isNoDifference(difference) && refused === undefined)) return 0;
  await api.replace('/rules', value, refused?.etag ?? asked).catch((error: unknown) => {
    throw error instanceof RefusedError && error.status === 412 ? new Error(conflict(undefined)) : error;
  });
  return 0;
}

/** A problem of rules as the API answers it; those that keep them from being in force are errors without saying so. */
interface ShownProblem {
  readonly severity?: Problem['severity'];
  readonly pointer: string;
  readonly detail: string;
}

function asProblem({ severity = 'error', pointer, detail }: ShownProblem): Problem {
  return { severity, pointer, message: detail };
}

/** What is wrong or surprising, as the API answers it. */
interface Validated {
  readonly problems: readonly ShownProblem[];
}

/** How it stands with the rules, as the API answers it. */
interface Status {
  readonly path: string;
  readonly errors: readonly ShownProblem[];
  /** Rules that are kept, and that the router cannot use. */
  readonly refused?: { readonly etag: string; readonly difference: RulesDifference };
}

function conflict(etag: string | undefined): string {
  const now = etag === undefined ? '' : `; their ETag is ${etag} now`;
  return `somebody else has changed the rules, so nothing was imported${now}: export them again, and put your changes into that`;
}
