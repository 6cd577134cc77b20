import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnySchema } from 'ajv';
import { makeVendor, Vendors, type VendorProfile } from './cdr/vendor.ts';
import { parseJson, type JsonObject } from './check/json-text.ts';
import { hasErrors, InvalidDocumentError } from './check/problem.ts';
import { documentCheck, type SchemaCheck } from './check/schema.ts';

/** The folder this package is installed in. */
export const PACKAGE_FOLDER = join(import.meta.dirname, '..');

const SCHEMAS = join(PACKAGE_FOLDER, 'schemas');

/** Where the vendors' folders are. */
export const VENDORS_FOLDER = join(SCHEMAS, 'vendors');

/** The configuration used when there is none. */
export const EXAMPLE_CONFIG = join(PACKAGE_FOLDER, 'config.example.json');

/** Reads one of the package's own JSON files. */
function readJsonFile(path: string): JsonObject {
  return parseJson(readFileSync(path, 'utf8')) as JsonObject;
}

/** The check for `config.json`. */
export function configSchemaCheck(): SchemaCheck {
  return documentCheck(schema('config'));
}

/** The check for a rules file. */
export function rulesSchemaCheck(): SchemaCheck {
  return documentCheck(schema('rules'), { 'webhook.schema.json': schema('webhook') });
}

/** The check for one webhook. */
export function webhookSchemaCheck(): SchemaCheck {
  return documentCheck(schema('webhook'));
}

/**
 * Loads every vendor there is a folder for.
 *
 * @throws InvalidDocumentError when a profile does not satisfy `schemas/vendor.schema.json`.
 */
export function loadVendors(folder: string = VENDORS_FOLDER): Vendors {
  const profileCheck = documentCheck(schema('vendor'));
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return new Vendors(
    names.map(({ name }) => {
      const path = join(folder, name, 'vendor.json');
      const profile = readJsonFile(path);
      const problems = profileCheck(profile);
      if (hasErrors(problems)) throw new InvalidDocumentError(path, problems);
      return makeVendor(
        profile as unknown as VendorProfile,
        readJsonFile(join(folder, name, 'cdr.schema.json')),
      );
    }),
  );
}

function schema(name: string): AnySchema {
  return readJsonFile(join(SCHEMAS, `${name}.schema.json`));
}
