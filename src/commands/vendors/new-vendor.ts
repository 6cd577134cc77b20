import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { Call } from '../../cdr/call.ts';
import { CALL_FIELDS } from '../../cdr/call-fields.ts';
import type { DecodedCdr } from '../../cdr/cdr.ts';
import { decode } from '../../cdr/decode/decode.ts';
import { cdrOfRead } from '../../cdr/read.ts';
import { compileSplit } from '../../cdr/split.ts';
import { makeVendor } from '../../cdr/vendor.ts';
import { isJsonObject, type JsonObject } from '../../check/json-text.ts';
import { loadVendors, VENDORS_FOLDER } from '../../package-files.ts';
import { print, UsageError } from '../command.ts';
import { draftVendor, type VendorDraft } from './draft.ts';
import { readRequestFile, type RequestContent } from './request-file.ts';

/** What `hookswitch vendors new` begins with. */
export interface NewVendorOptions {
  readonly from?: readonly string[] | undefined;
  readonly split?: string | undefined;
  readonly query?: boolean | undefined;
  readonly folder?: string | undefined;
}

interface Request extends RequestContent {
  readonly file: string;
}

/**
 * `hookswitch vendors new`: writes the draft of a vendor's folder and tells what is left to do.
 *
 * @throws UnreadableBodyError when a request holds no record, Error when a file cannot be read or written.
 */
export function newVendor(args: readonly string[], options: NewVendorOptions): number {
  const [name, ...others] = args;
  const { from = [], split, query = false, folder: parent = VENDORS_FOLDER } = options;
  if (name === undefined || others.length > 0) throw new UsageError('give one name for the vendor');
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    throw new UsageError(`"${name}" cannot be a vendor's name: small letters, digits and dashes make one`);
  }
  if (from.length === 0) throw new UsageError('name a request with --from; "vendors capture" gets you one');
  const folder = join(parent, name);
  if (existsSync(folder)) throw new Error(`there is a folder ${folder} already`);
  const requests = from.map((file): Request => ({ file, ...readRequestFile(file, query) }));
  const sent = requests.flatMap(({ body, query: text }) => decode(body, text));
  const records = split === undefined ? sent : sent.flatMap((one) => recordsAt(one, split));
  const draft = draftVendor(
    name,
    records.map(({ record }) => record),
    split,
  );
  writeFolder(folder, draft, requests);
  print(`${folder} is a draft. What it gives of the first CDR:`);
  tellMapping(draft, records);
  tellKnown(sent, split);
  tellNext(folder, requests);
  return 0;
}

function recordsAt(sent: DecodedCdr, path: string): DecodedCdr[] {
  const found = [...compileSplit([{ path }])(sent)];
  if (found[0]?.record !== sent.record) return found;
  const lists = listsIn(sent.record);
  throw new Error(`there is nothing at "${path}"; lists of objects: ${lists.join(', ') || 'none'}`);
}

/** The paths of lists of objects that stand in objects alone. */
function listsIn(record: JsonObject, before = ''): string[] {
  return Object.entries(record).flatMap(([name, value]) => {
    if (isJsonObject(value)) return listsIn(value, `${before}${name}.`);
    const isList = Array.isArray(value) && value.length > 0 && value.every(isJsonObject);
    return isList ? [before + name] : [];
  });
}

function writeFolder(
  folder: string,
  { profile, cdrSchema }: VendorDraft,
  requests: readonly Request[],
): void {
  mkdirSync(join(folder, 'samples'), { recursive: true });
  const write = (name: string, document: object): void => {
    writeFileSync(join(folder, name), `${JSON.stringify(document, null, 2)}\n`);
  };
  write('vendor.json', { $schema: '../../vendor.schema.json', ...profile });
  write('cdr.schema.json', cdrSchema);
  for (const request of requests) {
    writeFileSync(join(folder, 'samples', sampleName(request)), contentOf(request));
  }
}

function contentOf({ body, query }: RequestContent): Uint8Array | string {
  return body.length > 0 ? body : query;
}

function sampleName(request: Request): string {
  const name = basename(request.file, extname(request.file));
  if (request.body.length === 0) return `${name}.query`;
  const start = Buffer.from(request.body.subarray(0, 64)).toString('latin1').trimStart();
  if (/^[{[]/.test(start)) return `${name}.json`;
  if (start.startsWith('<')) return `${name}.xml`;
  return `${name}.${/^[^\s=]+=/.test(start) ? 'form' : 'txt'}`;
}

function tellMapping({ profile, cdrSchema }: VendorDraft, records: readonly DecodedCdr[]): void {
  const vendor = makeVendor(profile, cdrSchema);
  // The zone only stands in: times without one are in the draft, and the source's zone makes them right.
  const source = { name: 'draft', vendor, zone: 'UTC' };
  const calls = records.map((one) => cdrOfRead({ ...one, vendor }, source, new Date(0)).call);
  const given = calls.map((call) => (call instanceof Call ? call.all() : {}));
  for (const [field, value] of Object.entries(given[0] ?? {})) {
    print(`  $call.${field} = ${JSON.stringify(value)}`);
  }
  const missing = Object.keys(CALL_FIELDS).filter((field) => given.every((all) => !(field in all)));
  if (missing.length > 0) print(`Not mapped: ${missing.join(', ')}.`);
}

function tellKnown(sent: readonly DecodedCdr[], split: string | undefined): void {
  const known = loadVendors();
  const claiming = new Set(sent.map((one) => known.identifySent(one)));
  for (const { profile } of claiming) {
    if (profile.identify !== undefined)
      print(`Take care: "${profile.vendor}" knows these records as its own.`);
  }
  const lists = split === undefined && sent[0] !== undefined ? listsIn(sent[0].record) : [];
  if (lists.length > 0) {
    print(
      `If each CDR stands in a list, remove the folder and name the list with --split: ${lists.join(', ')}.`,
    );
  }
}

function tellNext(folder: string, requests: readonly Request[]): void {
  const samples = requests.map((request) => join(folder, 'samples', sampleName(request)));
  print(`Next:
  1. Put invented numbers and names into ${samples.join(', ')}: they hold a real call.
  2. Read vendor.json: each guess may be wrong. docs/vendors.md tells what it can say.
  3. hookswitch vendors test ${samples.join(' ')}`);
}
