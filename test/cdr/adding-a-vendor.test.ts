import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { InvalidDocumentError } from '../../src/check/problem.ts';
import { loadVendors, VENDORS_FOLDER } from '../../src/package-files.ts';
import { temporaryFolder } from '../support/rules.ts';

const PROFILE = {
  $schema: '../../vendor.schema.json',
  vendor: 'acme',
  title: 'Acme Phones',
  description: 'Let the system post its records to /cdr/<source>.',
  basis: 'inference',
  documents: [],
  identify: {
    type: 'object',
    required: ['acmeId'],
    properties: { acmeId: { type: 'string' } },
  },
};

const SHAPE = { type: 'object', properties: { acmeId: { type: 'string' }, seconds: { type: 'integer' } } };

/** The bundled vendors with one more folder. */
function vendorsWith(folderName: string, profile: object | string, shape: object = SHAPE): string {
  const folder = temporaryFolder();
  cpSync(VENDORS_FOLDER, folder, {
    recursive: true,
    filter: (path) => !['samples', 'golden'].includes(basename(path)),
  });
  mkdirSync(join(folder, folderName));
  const text = typeof profile === 'string' ? profile : JSON.stringify(profile);
  writeFileSync(join(folder, folderName, 'vendor.json'), text);
  writeFileSync(join(folder, folderName, 'cdr.schema.json'), JSON.stringify(shape));
  return folder;
}

function errorOf(folder: string): Error {
  try {
    loadVendors(folder);
  } catch (error) {
    return error as Error;
  }
  throw new Error('these vendors can be loaded');
}

describe('adding a folder adds a vendor', () => {
  test('that is known by name, identifies its records and tells of their departures', () => {
    const vendors = loadVendors(vendorsWith('acme', PROFILE));
    expect(vendors.names).toContain('acme');
    expect(vendors.get('acme')?.profile.title).toBe('Acme Phones');
    expect(vendors.identify({ acmeId: '7', seconds: 3 }).profile.vendor).toBe('acme');
    expect(vendors.identify({ seconds: 3 }).profile.vendor).toBe('generic');
    expect(vendors.get('acme')?.violation({ acmeId: '7', seconds: 'three' })).toMatch(/\/seconds/);
  });

  test('and takes nothing from the others', () => {
    const names = loadVendors(vendorsWith('acme', PROFILE)).names;
    expect(names).toEqual(expect.arrayContaining(loadVendors().names));
    expect(names).toHaveLength(loadVendors().names.length + 1);
  });

  test('that is known by names of members alone, as the schema of profiles advises', () => {
    const identify = { type: 'object', required: ['acmeId', 'acmeTrunk'] };
    const vendors = loadVendors(vendorsWith('acme', { ...PROFILE, identify }));
    expect(vendors.identify({ acmeId: 1, acmeTrunk: 2 }).profile.vendor).toBe('acme');
  });

  test('with an answer of its own', () => {
    const answer = { status: 200, contentType: 'application/json', body: { ok: true } };
    expect(loadVendors(vendorsWith('acme', { ...PROFILE, answer })).get('acme')?.profile.answer).toEqual(
      answer,
    );
  });
});

describe('a folder with a mistake is refused', () => {
  test('with the file and the member', () => {
    const error = errorOf(vendorsWith('acme', { ...PROFILE, basis: 'hearsay', titel: 'x' }));
    expect(error).toBeInstanceOf(InvalidDocumentError);
    expect(error.message).toContain(join('acme', 'vendor.json'));
    expect(error.message).toContain('/titel: unknown member "titel"');
    expect(error.message).toContain('/basis: must be one of');
  });

  test('when it says that it rests on documents and names none', () => {
    const error = errorOf(vendorsWith('acme', { ...PROFILE, basis: 'document' }));
    expect(error.message).toContain('/documents');
  });

  test('with the file when that is not JSON', () => {
    const error = errorOf(vendorsWith('acme', '{\n"vendor": acme }'));
    expect(error.message).toMatch(/at line 2, column 11/);
    expect(error.message).toContain(join('acme', 'vendor.json'));
  });

  test('with the file when a schema in it is wrong', () => {
    const error = errorOf(vendorsWith('acme', PROFILE, { type: 'objekt' }));
    expect(error.message).toContain('acme');
  });

  test('when it is named otherwise than its folder, so that none takes the place of another', () => {
    const error = errorOf(vendorsWith('vodia-copy', { ...PROFILE, vendor: 'vodia' }));
    expect(error).toBeInstanceOf(InvalidDocumentError);
    expect(error.message).toContain('/vendor');
  });
});
