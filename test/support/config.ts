import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonValue } from '../../src/check/json-text.ts';
import { InvalidDocumentError, type Problem } from '../../src/check/problem.ts';
import { loadConfig, type Config } from '../../src/config.ts';
import { configSchemaCheck, loadVendors } from '../../src/package-files.ts';
import type { Environment } from '../../src/webhooks/references.ts';
import { temporaryFolder } from './rules.ts';

const schemaCheck = configSchemaCheck();
const vendors = loadVendors();

/** Loads a configuration that is written as a document, or as text. */
export function loadDocument(document: JsonValue, environment: Environment = {}): Config {
  const path = join(temporaryFolder(), 'config.json');
  writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document, null, 2));
  return loadConfig(path, environment, schemaCheck, vendors);
}

/** What is wrong with a configuration. */
export function problemsIn(document: JsonValue, environment: Environment = {}): readonly Problem[] {
  try {
    loadDocument(document, environment);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidDocumentError)) throw error;
    return error.problems;
  }
}

/** The same as texts: where, and what. */
export function problemsOf(document: JsonValue, environment: Environment = {}): string[] {
  return problemsIn(document, environment).map(({ pointer, message }) => `${pointer} ${message}`);
}
