import { readFileSync } from 'node:fs';
import { Call } from '../cdr/call.ts';
import type { Cdr } from '../cdr/cdr.ts';
import { lineCounts, type LineCount } from '../cdr/line-counts.ts';
import { isTimeZone } from '../cdr/mapping/time-zone.ts';
import { cdrOfRead, readCdrs, type ReadCdr } from '../cdr/read.ts';
import type { Vendor, Vendors } from '../cdr/vendor.ts';
import { gunzipped } from '../intake/gunzip.ts';
import { loadVendors } from '../package-files.ts';
import { print, readOptions, UsageError, type Command } from './command.ts';

const HELP = `hookswitch vendors [--json]
hookswitch vendors test FILE... [--vendor NAME] [--zone ZONE] [--query] [--json]

Lists the vendors, or reads files as if they came in over the network and tells of each CDR which vendor it
is of, how it departs from that vendor's shape, its fields, its $call fields, and how often each line of the
mapping gave a value: a line that never does is probably misspelt. Without --vendor each record tells it.
--zone is the zone of times that are written without one; --query reads the files as query strings.
Exits with 0 when every CDR is known and has its vendor's shape, with 1 otherwise.`;

/** What there is to tell of one CDR. */
interface Told {
  readonly vendor: string;
  readonly violation?: string | undefined;
  readonly ignored?: string | undefined;
  readonly identity?: object | undefined;
  readonly recordings: readonly string[];
  readonly fields: object;
  readonly call: object;
}

/** `hookswitch vendors`. */
export const vendors: Command = {
  name: 'vendors',
  summary: 'list vendors, or test how a file of CDRs is read',
  help: HELP,
  run(args) {
    const { values, positionals } = readOptions(args, {
      vendor: { type: 'string' },
      zone: { type: 'string' },
      query: { type: 'boolean' },
      json: { type: 'boolean' },
    });
    const [action, ...files] = positionals;
    const known = loadVendors();
    if (action === undefined) return Promise.resolve(list(known, values.json === true));
    if (action !== 'test') throw new UsageError(`there is no "vendors ${action}"`);
    if (files.length === 0) throw new UsageError('the file with the CDRs is missing');
    if (values.zone !== undefined && !isTimeZone(values.zone)) {
      throw new UsageError(`there is no time zone "${values.zone}"; write it as Europe/Berlin`);
    }
    const source = { name: 'test', vendor: vendorNamed(values.vendor, known), zone: values.zone };
    const read = files.flatMap((file) => readCdrs(requestOf(file, values.query === true), source, known));
    const cdrs = read.map((one) => ({ read: one, cdr: cdrOfRead(one, source, new Date()) }));
    const told = cdrs.map(({ read: one, cdr }) => tell(one, cdr));
    const lines = countedLines(cdrs, values.zone);
    if (values.json === true) print(JSON.stringify({ cdrs: told, lines }, null, 2));
    else printAll(told, lines);
    const isGood = read.every(
      ({ vendor }) => vendor === source.vendor || vendor.profile.identify !== undefined,
    );
    return Promise.resolve(isGood && told.every(({ violation }) => violation === undefined) ? 0 : 1);
  },
};

function list(known: Vendors, asJson: boolean): number {
  const profiles = known.names.flatMap((name) => known.get(name)?.profile ?? []);
  if (asJson) print(JSON.stringify(profiles, null, 2));
  else
    for (const { vendor, title, basis } of profiles)
      print(`${vendor.padEnd(16)} ${basis.padEnd(10)} ${title}`);
  return 0;
}

function vendorNamed(name: string | undefined, known: Vendors): Vendor | undefined {
  const vendor = name === undefined ? undefined : known.get(name);
  if (name === undefined || vendor !== undefined) return vendor;
  throw new UsageError(`there is no vendor "${name}"; known are ${known.names.join(', ')}`);
}

function requestOf(file: string, isQuery: boolean): { body: Uint8Array; query: string } {
  const bytes = readFileSync(file);
  if (isQuery) return { body: new Uint8Array(), query: bytes.toString('utf8').trim() };
  return { body: gunzipped(bytes), query: '' };
}

function tell({ vendor, record }: ReadCdr, cdr: Cdr): Told {
  return {
    vendor: vendor.profile.vendor,
    violation: vendor.violation(record),
    ignored: vendor.ignores(cdr),
    identity: vendor.identityOf(cdr),
    recordings: vendor.recordingsOf(cdr),
    fields: Object.fromEntries(cdr.fields),
    call: cdr.call instanceof Call ? cdr.call.all() : {},
  };
}

/** The lines of each vendor that was met, over its own CDRs. */
function countedLines(
  all: readonly { readonly read: ReadCdr; readonly cdr: Cdr }[],
  zone: string | undefined,
): (LineCount & { vendor: string; of: number })[] {
  const met = new Set(all.map(({ read }) => read.vendor));
  return [...met].flatMap((vendor) => {
    const own = all.filter(({ read }) => read.vendor === vendor).map(({ cdr }) => cdr);
    const counts = lineCounts(vendor.lines, own, zone ?? vendor.profile.zone);
    return counts.map((count) => ({ vendor: vendor.profile.vendor, ...count, of: own.length }));
  });
}

function printAll(told: readonly Told[], lines: readonly ReturnType<typeof countedLines>[number][]): void {
  for (const [index, one] of told.entries()) {
    print(`CDR ${index + 1} of ${told.length}: ${one.vendor}`);
    for (const line of linesOf(one)) print(`  ${line}`);
  }
  if (lines.length > 0) print('Lines of the mapping, and for how many CDRs each gave a value:');
  for (const { vendor, pointer, given, of } of lines) {
    print(`  ${given === 0 ? 'never' : `${given} of ${of}`}`.padEnd(14) + `${vendor}${pointer}`);
  }
}

function linesOf({ violation, ignored, identity, recordings, fields, call }: Told): string[] {
  return [
    ...(violation === undefined ? [] : [`departs from its shape: ${violation}`]),
    ...(ignored === undefined ? [] : [`is stored and matched with nothing: ${ignored}`]),
    ...(identity === undefined ? [] : [`identity ${JSON.stringify(identity)}`]),
    ...recordings.map((recording) => `recording ${recording}`),
    ...Object.entries(fields).map(([path, value]) => `${path} = ${JSON.stringify(value)}`),
    ...Object.entries(call).map(([name, value]) => `$call.${name} = ${JSON.stringify(value)}`),
  ];
}
