import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCdrs } from '../src/cdr/read.ts';
import { GENERIC_VENDOR } from '../src/cdr/vendor.ts';
import { parseJson, type JsonObject } from '../src/check/json-text.ts';
import { loadVendors, VENDORS_FOLDER, vendorSchemaCheck } from '../src/package-files.ts';
import { cdrsOf, goldenText, samples, SITE_ZONE, vendorOf, type Sample } from './support/golden.ts';
import { lineCounts } from '../src/cdr/line-counts.ts';

const vendors = loadVendors();
const folders = readdirSync(VENDORS_FOLDER);
const allSamples = samples();

function readJson(...path: string[]): JsonObject {
  return parseJson(readFileSync(join(...path), 'utf8')) as JsonObject;
}

function recordsOf(sample: Sample): JsonObject[] {
  return cdrsOf(sample).map(({ record }) => record);
}

describe.each(folders)('the vendor %s', (name) => {
  const ownSamples = allSamples.filter(({ vendor }) => vendor === name);

  test('has a profile that satisfies the schema and is named like its folder', () => {
    const profile = readJson(VENDORS_FOLDER, name, 'vendor.json');
    expect(vendorSchemaCheck()(profile)).toEqual([]);
    expect(profile['vendor']).toBe(name);
  });

  test('has samples, and a golden file for each and for nothing else', () => {
    expect(ownSamples).not.toEqual([]);
    expect(readdirSync(join(VENDORS_FOLDER, name, 'golden')).toSorted()).toEqual(
      ownSamples.map((sample) => `${sample.name}.json`).toSorted(),
    );
  });
});

/** Lines of mappings, as vendor and place. */
const lines = vendors.names.flatMap((name) =>
  lineCounts(
    vendors.get(name)?.lines ?? [],
    allSamples.filter(({ vendor }) => vendor === name).flatMap(cdrsOf),
    SITE_ZONE,
  ).map((count) => ({ name, ...count })),
);

test.each(lines)('the line $pointer of $name gives a value for some of its samples', ({ given }) => {
  expect(given).toBeGreaterThan(0);
});

test.each(allSamples)(
  "what $vendor/$name sends is told to be its vendor's when the source does not say",
  (sample) => {
    const vendor = vendorOf(sample);
    if (vendor.profile.identify === undefined) return;
    const read = readCdrs(sample, { name: 'default' }, vendors);
    expect(read.map((one) => one.vendor.profile.vendor)).toEqual(read.map(() => sample.vendor));
    expect(read.map(({ raw }) => raw)).toEqual(cdrsOf(sample).map(({ raw }) => raw));
  },
);

/** Vendors whose records can be told; the others are only used by sources that name them. */
const identifying = vendors.names.filter((name) => vendors.get(name)?.profile.identify !== undefined);

test.each(identifying)(
  'the vendor %s still knows a record that departs from its shape, and tells of it',
  (name) => {
    const vendor = vendors.get(name);
    const records = allSamples.filter((sample) => sample.vendor === name).flatMap(recordsOf);
    const told = records.flatMap((record) =>
      Object.keys(record).filter((member) => {
        const deviating = { ...record, [member]: { unexpected: true } };
        const violation = vendor?.violation(deviating) ?? '';
        return vendors.identify(deviating) === vendor && violation.startsWith(`error /${member}: `);
      }),
    );
    expect(told).not.toEqual([]);
  },
);

test('generic is not among the vendors that claim records', () => {
  expect(identifying).not.toContain(GENERIC_VENDOR);
});

describe.each(allSamples)('the sample $vendor/$name', (sample) => {
  const records = recordsOf(sample);

  test('holds at least one CDR', () => {
    expect(records).not.toEqual([]);
  });

  test('is identified as its vendor and by no other', () => {
    for (const record of records) {
      const claiming = vendors.names.filter((name) => vendors.get(name)?.identifies(record));
      expect(claiming).toEqual(identifying.filter((name) => name === sample.vendor));
      expect(vendors.identify(record).profile.vendor).toBe(claiming[0] ?? GENERIC_VENDOR);
    }
  });

  test('satisfies the schema of its vendor', () => {
    const violations = records.map((record) => vendors.get(sample.vendor)?.violation(record));
    expect(violations).toEqual(records.map(() => undefined));
  });

  test('has the fields of its golden file, to the letter', () => {
    expect(goldenText(sample)).toBe(readFileSync(sample.goldenPath, 'utf8'));
  });
});
