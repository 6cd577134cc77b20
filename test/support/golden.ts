import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cdr } from '../../src/cdr/cdr.ts';
import { Call } from '../../src/cdr/call.ts';
import { cdrOfRead, readCdrs, type SourceReading } from '../../src/cdr/read.ts';
import type { Vendor } from '../../src/cdr/vendor.ts';
import { loadVendors, VENDORS_FOLDER } from '../../src/package-files.ts';

/** One sample request of a vendor, as it comes over the wire. */
export interface Sample {
  readonly vendor: string;
  /** The file's name; its ending says how the CDR travels. */
  readonly name: string;
  readonly body: Buffer;
  readonly query: string;
  /** Where its flattened CDRs and their overlays are kept. */
  readonly goldenPath: string;
}

/** Every sample of every vendor, found by walking the folders. */
export function samples(): Sample[] {
  return readdirSync(VENDORS_FOLDER).flatMap((vendor) => {
    const folder = join(VENDORS_FOLDER, vendor);
    return readdirSync(join(folder, 'samples')).map((name) => {
      const bytes = readFileSync(join(folder, 'samples', name));
      const isQuery = name.endsWith('.query');
      return {
        vendor,
        name,
        body: isQuery ? Buffer.alloc(0) : bytes,
        query: isQuery ? bytes.toString('utf8') : '',
        goldenPath: join(folder, 'golden', `${name}.json`),
      };
    });
  });
}

/** The zone of the site that the samples are from, for vendors whose times have none. */
export const SITE_ZONE = 'Europe/Berlin';

const vendors = loadVendors();

/** The vendor of a sample. */
export function vendorOf({ vendor: name }: Sample): Vendor {
  const vendor = vendors.get(name);
  if (vendor === undefined) throw new Error(`there is no vendor "${name}"`);
  return vendor;
}

/** The CDRs of a sample, as a source of its vendor reads them. */
export function cdrsOf(sample: Sample): Cdr[] {
  const vendor = vendorOf(sample);
  const source: SourceReading = {
    name: sample.vendor,
    vendor,
    zone: vendor.profile.zone === undefined ? SITE_ZONE : undefined,
  };
  return readCdrs(sample, source, vendors).map((read) => cdrOfRead(read, source, new Date(0)));
}

/** The text of a sample's golden file: of each of its CDRs the flattened fields, the overlay and the identity. */
export function goldenText(sample: Sample): string {
  const cdrs = cdrsOf(sample).map((cdr) => ({
    fields: Object.fromEntries(cdr.fields),
    ...(cdr.call instanceof Call ? { call: cdr.call.all() } : {}),
    identity: vendorOf(sample).identityOf(cdr),
  }));
  return `${JSON.stringify(cdrs, null, 2)}\n`;
}

if (import.meta.main) {
  for (const sample of samples()) {
    mkdirSync(join(sample.goldenPath, '..'), { recursive: true });
    writeFileSync(sample.goldenPath, goldenText(sample));
  }
}
