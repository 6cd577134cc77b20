import { writeFileSync } from 'node:fs';
import { isJsonObject, type JsonValue } from '../check/json-text.ts';
import { withLines } from '../check/lines.ts';
import { hasErrors, pointerTo, problemLine, type Problem } from '../check/problem.ts';
import { readDocument } from '../documents.ts';
import type { RulesDocument } from '../webhooks/check-webhooks.ts';
import { differenceOf, isNoDifference, type RulesDifference } from '../webhooks/rules-difference.ts';
import { MASK } from '../webhooks/secrets.ts';
import { print, readOptions, tell, UsageError, type Command } from './command.ts';
import { API_HELP, API_OPTIONS, RefusedError, RouterApi } from './router-api.ts';

const HELP = `hookswitch rules export [FILE]
hookswitch rules import FILE [--dry-run] [--if-match ETAG]

  export    prints the rules of a running router, or writes them to FILE, and tells their ETag
  import    puts the rules of FILE in the place of a running router's and prints what that changes

Both work whether the router keeps its rules in a file or in its database. Webhooks that are not in FILE are removed.
--dry-run prints what would change and what is wrong with FILE, and changes nothing. With the ETag that export told,
import is refused when somebody has changed the rules since.

Secrets that are written out in the rules are exported as ${MASK}. Imported into the same rules, a mask leaves the secret
of that webhook as it is; where there is none, import is refused. Write secrets as \${NAME} to take rules elsewhere;
hookswitch migrate takes them along as they are.

Both take --api URL and --config FILE. ${API_HELP}`;

const OPTIONS = {
  ...API_OPTIONS,
  'dry-run': { type: 'boolean' },
  'if-match': { type: 'string' },
} as const;

type Options = ReturnType<typeof readOptions<typeof OPTIONS>>['values'];

/** `hookswitch rules`. */
export const rules: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals } = readOptions(args, OPTIONS);
    const [verb, file, ...others] = positionals;
    if (others.length > 0) throw new UsageError(`"${others.join(' ')}" is too much`);
    const api = new RouterApi(values, process.env);
    if (verb === 'export') return exportRules(api, file);
    if (verb !== 'import') throw new UsageError('say what to do: export or import');
    if (file === undefined) throw new UsageError('import needs a FILE');
    return importRules(api, file, values);
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
  if (!isUsable(file, text, problems)) return 1;
  const difference = differenceOf(before.value as RulesDocument, value as unknown as RulesDocument);
  printDifference(difference);
  const { path, errors, refused } = (await api.call('GET', '/rules/status')) as Status;
  if (refused !== undefined) tellRefused(path, errors, refused.difference);
  if (options['dry-run'] === true || (isNoDifference(difference) && refused === undefined)) return 0;
  await api.replace('/rules', value, refused?.etag ?? asked).catch((error: unknown) => {
    throw error instanceof RefusedError && error.status === 412 ? new Error(conflict(undefined)) : error;
  });
  return 0;
}

/** Tells what is wrong or surprising in a file; whether nothing is wrong. */
function isUsable(file: string, text: string, problems: Validated['problems']): boolean {
  const told = problems.map(({ detail, severity, pointer }) => ({ severity, pointer, message: detail }));
  for (const problem of withLines(text, told)) tell(`${file}: ${problemLine(problem)}`);
  return !hasErrors(told);
}

/** What is wrong or surprising, as the API answers it. */
interface Validated {
  readonly problems: readonly {
    readonly severity: Problem['severity'];
    readonly pointer: string;
    readonly detail: string;
  }[];
}

/** How it stands with the rules, as the API answers it. */
interface Status {
  readonly path: string;
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
  /** Rules that are kept, and that the router cannot use. */
  readonly refused?: { readonly etag: string; readonly difference: RulesDifference };
}

/** Tells which rules are lost that nobody can see in the export. */
function tellRefused(path: string, errors: Status['errors'], difference: RulesDifference): void {
  tell(`The rules in ${path} are others than those in force, and this Hookswitch cannot use them:`);
  for (const { pointer, detail } of errors) tell(`  ${pointer} ${detail}`);
  tell('They are replaced as a whole. What they have that the rules in force have not is lost:');
  for (const line of linesOf(difference)) tell(`  ${line}`);
}

function conflict(etag: string | undefined): string {
  const now = etag === undefined ? '' : `; their ETag is ${etag} now`;
  return `somebody else has changed the rules, so nothing was imported${now}: export them again, and put your changes into that`;
}

function printDifference(difference: RulesDifference): void {
  for (const line of linesOf(difference)) print(line);
  if (isNoDifference(difference)) print('nothing changes');
}

function linesOf({ added, removed, changed, members, isReordered }: RulesDifference): string[] {
  return [
    ...added.map((id) => `added    ${id}`),
    ...changed.map((one) => `changed  ${one.id} (${one.members.join(', ')})`),
    ...removed.map((id) => `removed  ${id}`),
    ...members.map((name) => `changed  /${name}`),
    ...(isReordered ? ['changed  the order of webhooks'] : []),
  ];
}
