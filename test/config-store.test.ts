import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { InvalidDocumentError } from '../src/check/problem.ts';
import { shownStore } from '../src/config-store.ts';
import { loadConfig, type Config } from '../src/config.ts';
import { configSchemaCheck, loadVendors } from '../src/package-files.ts';
import type { Environment } from '../src/webhooks/references.ts';
import { temporaryFolder } from './support/rules.ts';

const schemaCheck = configSchemaCheck();
const vendors = loadVendors();

function load(store: object, environment: Environment = {}): Config {
  const path = join(temporaryFolder(), 'config.json');
  writeFileSync(path, JSON.stringify({ store }));
  return loadConfig(path, environment, schemaCheck, vendors);
}

test('a database url gets its password from the environment, and is shown without', () => {
  const url = 'postgres://hookswitch:${DB_PASSWORD}@db.example.com:5433/calls?schema=pbx&sslmode=require';
  const config = load({ kind: 'postgres', url }, { DB_PASSWORD: 'hush' });

  expect(config.databaseUrl).toBe(url.replace('${DB_PASSWORD}', 'hush'));
  expect(shownStore(config)).toBe('postgres://db.example.com:5433/calls?schema=pbx');
});

test('a store without a database is shown as its directory', () => {
  expect(shownStore(load({ directory: 'kept' }))).toBe('the directory kept');
});

test('a database url of the environment that cannot be used is told with the variable, and without its password', () => {
  const environment = { HOOKSWITCH_STORE: 'mysql://user:hush@localhost/calls' };
  const told = (): string => {
    try {
      load({}, environment);
      return 'nothing';
    } catch (error) {
      if (error instanceof InvalidDocumentError) return error.problems.map(({ message }) => message).join();
      throw error;
    }
  };

  expect(told()).toContain('is not a database URL');
  expect(told()).toContain('set by HOOKSWITCH_STORE');
  expect(told()).not.toContain('hush');
});
