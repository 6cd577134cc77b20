import { describe, expect, test } from 'vitest';
import type { VendorProfile } from '../../src/cdr/vendor-profile.ts';
import { GENERIC_VENDOR, makeVendor, Vendors, type Vendor } from '../../src/cdr/vendor.ts';
import type { JsonObject } from '../../src/check/json-text.ts';

const PROFILE: VendorProfile = {
  vendor: 'acme',
  title: 'Acme',
  description: 'A phone system.',
  basis: 'inference',
  documents: [],
};

const IDENTIFY: JsonObject = {
  type: 'object',
  required: ['acmeId'],
  properties: { acmeId: { type: 'string' } },
};

const SHAPE: JsonObject = {
  type: 'object',
  required: ['acmeId', 'seconds'],
  properties: { acmeId: { type: 'string' }, seconds: { type: 'number' }, inner: { $ref: '#' } },
};

const acme = makeVendor({ ...PROFILE, identify: IDENTIFY }, SHAPE);
const generic = makeVendor({ ...PROFILE, vendor: GENERIC_VENDOR }, { type: 'object' });

function other(vendor: string, identify: JsonObject = IDENTIFY): Vendor {
  return makeVendor({ ...PROFILE, vendor, identify }, { type: 'object' });
}

describe('a vendor', () => {
  test('identifies its record, also one that departs from its shape', () => {
    expect(acme.identifies({ acmeId: 'x', seconds: 'seven' })).toBe(true);
    expect(acme.identifies({ acmeId: 7, seconds: 7 })).toBe(false);
  });

  test('without a way to identify identifies nothing', () => {
    expect(generic.identifies({})).toBe(false);
  });

  test('tells how a record departs from its shape, in one line', () => {
    expect(acme.violation({ acmeId: 'x', seconds: 7 })).toBeUndefined();
    expect(acme.violation({ acmeId: 'x', seconds: 'seven', more: 1 })).toBe('error /seconds: must be number');
    expect(acme.violation({})).toBe('error /: "acmeId" is missing');
  });

  test('redacts secrets where they stand in what is sent, and leaves the rest as it came', () => {
    const vendor = makeVendor(
      { ...PROFILE, split: { path: 'calls' }, redact: ['calls.*.key', 'key'] },
      SHAPE,
    );
    const raw = '{"calls":[{"key":"s3cret","n":1.0}, {"n":2}],"key":"s3cret"}';
    const taken = [...vendor.split({ raw, record: JSON.parse(raw) as JsonObject })];
    expect(taken.map((one) => one.raw)).toEqual(['{"key":"***","n":1.0}', '{"n":2}']);
    expect(taken[0]?.record).toEqual({ key: '***', n: 1 });
    const other = { raw: '{ "n": 1 }', record: { n: 1 } };
    expect(makeVendor({ ...PROFILE, redact: ['key'] }, SHAPE).split(other)).toEqual([other]);
  });

  test('that asks for recordings without an answer to ask in is refused when it is made', () => {
    const recordings = { list: 'files', file: 'name', ask: { list: 'upload', item: '{url}' } };
    const answer = { status: 200, contentType: 'text/plain', body: 'OK' };
    expect(() => makeVendor({ ...PROFILE, recordings, answer }, SHAPE)).toThrow(/body is an object/);
    expect(() => makeVendor({ ...PROFILE, recordings }, SHAPE)).toThrow(/body is an object/);
    expect(makeVendor({ ...PROFILE, recordings, answer: { ...answer, body: {} } }, SHAPE)).toBeDefined();
  });

  test('tells of an unknown keyword in the schema of its records instead of throwing', () => {
    const misspelt = makeVendor(PROFILE, { type: 'object', propertis: {} });
    expect(misspelt.violation({})).toMatch(/the schema of such records is wrong: .*propertis/);
  });

  test('tells of a record nested without end instead of throwing', () => {
    const link = '{"acmeId":"x","seconds":1,"inner":';
    const text = `${link.repeat(50_000)}{}${'}'.repeat(50_000)}`;
    expect(acme.violation(JSON.parse(text) as JsonObject)).toMatch(/nested too deeply|is missing/);
  });

  test('with a wrong schema is refused when it is made', () => {
    expect(() => makeVendor(PROFILE, { type: 'objekt' })).toThrow(/type/);
    expect(() => makeVendor({ ...PROFILE, identify: { requird: [] } }, SHAPE)).toThrow(/requird/);
  });
});

describe('a set of vendors', () => {
  const vendors = new Vendors([generic, acme, other('late')]);

  test('gives the vendor that identifies a record, the first of several', () => {
    expect(vendors.identify({ acmeId: 'x' }).profile.vendor).toBe('acme');
  });

  test('gives generic when none does', () => {
    expect(vendors.identify({ some: 'thing' })).toBe(generic);
  });

  test('gives vendors by name, and none for a name that JavaScript knows', () => {
    expect(vendors.get('acme')).toBe(acme);
    expect(vendors.get('constructor')).toBeUndefined();
    expect(vendors.names).toEqual(['generic', 'acme', 'late']);
  });

  test('without generic is refused', () => {
    expect(() => new Vendors([acme])).toThrow('the vendor "generic" is missing');
  });
});
