import { Call } from '../../cdr/call.ts';
import type { Cdr } from '../../cdr/cdr.ts';
import { lineCounts, type LineCount } from '../../cdr/line-counts.ts';
import { isTimeZone } from '../../cdr/mapping/time-zone.ts';
import { cdrOfRead, readCdrs, type SentCdr } from '../../cdr/read.ts';
import type { Vendor, Vendors } from '../../cdr/vendor.ts';
import { loadVendors } from '../../package-files.ts';
import { print, UsageError } from '../command.ts';
import { readRequestFile } from './request-file.ts';

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

/** How `hookswitch vendors test` reads its files. */
export interface TestOptions {
  readonly vendor?: string | undefined;
  readonly zone?: string | undefined;
  readonly query?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/**
 * `hookswitch vendors test`: reads files as if they came in over the network and tells what comes of them.
 *
 * @returns 0 when every CDR is known and has its vendor's shape, else 1.
 */
export function testVendors(files: readonly string[], options: TestOptions): number {
  if (files.length === 0) throw new UsageError('the file with the CDRs is missing');
  const { zone, query = false, json = false } = options;
  if (zone !== undefined && !isTimeZone(zone)) {
    throw new UsageError(`there is no time zone "${zone}"; write it as Europe/Berlin`);
  }
  const known = loadVendors();
  const source = { name: 'test', vendor: vendorNamed(options.vendor, known), zone };
  const read = files.flatMap((file) => readCdrs(readRequestFile(file, query), source, known));
  const cdrs = read.map((one) => ({ read: one, cdr: cdrOfRead(one, source, new Date()) }));
  const told = cdrs.map(({ read: one, cdr }) => tell(one, cdr));
  const lines = countedLines(cdrs, zone);
  if (json) print(JSON.stringify({ cdrs: told, lines }, null, 2));
  else printAll(told, lines);
  const isGood = read.every(
    ({ vendor }) => vendor === source.vendor || vendor.profile.identify !== undefined,
  );
  return isGood && told.every(({ violation }) => violation === undefined) ? 0 : 1;
}

function vendorNamed(name: string | undefined, known: Vendors): Vendor | undefined {
  const vendor = name === undefined ? undefined : known.get(name);
  if (name === undefined || vendor !== undefined) return vendor;
  throw new UsageError(`there is no vendor "${name}"; known are ${known.names.join(', ')}`);
}

function tell({ vendor, record }: SentCdr, cdr: Cdr): Told {
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
  all: readonly { readonly read: SentCdr; readonly cdr: Cdr }[],
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
