import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cdrOfRead, readCdrs } from '../../src/cdr/read.ts';
import { loadVendors, VENDORS_FOLDER } from '../../src/package-files.ts';
import type { SampleContext } from './calls.ts';

const vendors = loadVendors();

function contextsOf(vendorName: string): [string, SampleContext][] {
  const vendor = vendors.get(vendorName);
  const folder = join(VENDORS_FOLDER, vendorName, 'samples');
  return readdirSync(folder).flatMap((sample) => {
    const source = { name: vendorName, vendor, zone: 'Europe/Berlin' };
    const read = readCdrs({ body: readFileSync(join(folder, sample)), query: '' }, source, vendors);
    return read.map((one, index): [string, SampleContext] => {
      const cdr = cdrOfRead(one, source, new Date('2026-11-21T14:05:00.000Z'));
      return [
        `${vendorName}, ${sample} ${index}`,
        (webhook) => ({ webhook, cdr, delivery: { id: `cdr_01M808A1PXQCVBJ2HC8V0VSDFQ_${webhook.id}` } }),
      ];
    });
  });
}

/** Every CDR of the vendors' samples as a template sees it, by vendor and file. */
export const SAMPLE_CALLS: Readonly<Record<string, SampleContext>> = Object.fromEntries(
  vendors.names.flatMap(contextsOf),
);
