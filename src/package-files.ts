import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { WrongExpressionError } from './cdr/mapping/expression.ts';
import type { VendorProfile } from './cdr/vendor-profile.ts';
import { makeVendor, Vendors, type Vendor } from './cdr/vendor.ts';
import type { JsonObject } from './check/json-text.ts';
import { errorAt, hasErrors, InvalidDocumentError } from './check/problem.ts';
import { documentCheck, type SchemaCheck } from './check/schema.ts';
import { readDocument } from './documents.ts';
import type { PackageContents } from './http/api/package-contents.ts';
import type { ApiSchemas } from './http/openapi/document.ts';
import { makeRecipe, type Recipe } from './webhooks/recipes.ts';

/** The folder this package is installed in. */
export const PACKAGE_FOLDER = join(import.meta.dirname, '..');

const SCHEMAS = join(PACKAGE_FOLDER, 'schemas');

/** Where the vendors' folders are. */
export const VENDORS_FOLDER = join(SCHEMAS, 'vendors');

/** Where the recipes are. */
export const RECIPES_FOLDER = join(PACKAGE_FOLDER, 'rules', 'recipes');

/** The configuration used when there is none. */
export const EXAMPLE_CONFIG = join(PACKAGE_FOLDER, 'config.example.json');

function readJsonFile(path: string): JsonObject {
  return readDocument(path).value as JsonObject;
}

/** The check for `config.json`. */
export function configSchemaCheck(): SchemaCheck {
  return documentCheck(schema('config'), { 'mapping.schema.json': schema('mapping') });
}

/** The check for a rules file. */
export function rulesSchemaCheck(): SchemaCheck {
  return documentCheck(schema('rules'), { 'webhook.schema.json': schema('webhook') });
}

/** The check for one webhook. */
export function webhookSchemaCheck(): SchemaCheck {
  return documentCheck(schema('webhook'));
}

/** The check for a vendor's profile. */
export function vendorSchemaCheck(): SchemaCheck {
  return documentCheck(schema('vendor'), { 'mapping.schema.json': schema('mapping') });
}

/**
 * Loads every vendor there is a folder for.
 *
 * @throws InvalidDocumentError with the name of the file that cannot be used.
 */
export function loadVendors(folder: string = VENDORS_FOLDER): Vendors {
  const profileCheck = vendorSchemaCheck();
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return new Vendors(entries.map(({ name }) => loadVendor(join(folder, name), name, profileCheck)));
}

function loadVendor(folder: string, name: string, profileCheck: SchemaCheck): Vendor {
  const path = join(folder, 'vendor.json');
  const profile = readJsonFile(path);
  const problems = profileCheck(profile);
  if (profile['vendor'] !== name)
    problems.push(errorAt('/vendor', `must be "${name}", the name of its folder`));
  if (hasErrors(problems)) throw new InvalidDocumentError(path, problems);
  try {
    return makeVendor(profile as unknown as VendorProfile, readJsonFile(join(folder, 'cdr.schema.json')));
  } catch (error) {
    if (error instanceof InvalidDocumentError) throw error;
    if (error instanceof WrongExpressionError) {
      throw new InvalidDocumentError(path, [errorAt(error.pointer, error.message)]);
    }
    throw new InvalidDocumentError(folder, [errorAt('', `a schema is wrong: ${(error as Error).message}`)]);
  }
}

/**
 * Loads every recipe there is a file for, in the order of their names.
 *
 * @throws InvalidDocumentError with the name of the file that cannot be used.
 */
export function loadRecipes(folder: string = RECIPES_FOLDER): Recipe[] {
  const recipeCheck = documentCheck(schema('recipe'), { 'webhook.schema.json': schema('webhook') });
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names
    .sort()
    .map((name) => makeRecipe(basename(name, '.json'), readJsonFile(join(folder, name)), recipeCheck));
}

/** The schemas that the document of the API shares with what checks bodies. */
export function apiSchemas(): ApiSchemas {
  return { webhook: schema('webhook'), rules: schema('rules') };
}

/** The package's version. */
export function packageVersion(): string {
  const { version } = readJsonFile(join(PACKAGE_FOLDER, 'package.json'));
  return typeof version === 'string' ? version : '';
}

/** What comes with the package and the API tells of. */
export function packageContents(): PackageContents {
  const { properties } = (schema('mapping') as unknown as CallMapSchema).$defs.callMap;
  const callDescriptions = Object.entries(properties).map(([name, { description }]) => [name, description]);
  return {
    version: packageVersion(),
    recipes: loadRecipes(),
    callDescriptions: Object.fromEntries(callDescriptions) as Record<string, string>,
  };
}

/** The part of `schemas/mapping.schema.json` that explains the overlay. */
interface CallMapSchema {
  readonly $defs: {
    readonly callMap: { readonly properties: Readonly<Record<string, { readonly description: string }>> };
  };
}

function schema(name: string): JsonObject {
  return readJsonFile(join(SCHEMAS, `${name}.schema.json`));
}
