import { expect, test } from 'vitest';
import { shownStore } from '../src/config-store.ts';
import { loadDocument, problemsOf } from './support/config.ts';

test('a database url gets its password from the environment, and is shown without', () => {
  const url = 'postgres://hookswitch:${DB_PASSWORD}@db.example.com:5433/calls?schema=pbx&sslmode=require';
  const config = loadDocument({ store: { kind: 'postgres', url } }, { DB_PASSWORD: 'hush' });

  expect(config.databaseUrl).toBe(url.replace('${DB_PASSWORD}', 'hush'));
  expect(shownStore(config)).toBe('postgres://db.example.com:5433/calls?schema=pbx');
});

test('a store without a database is shown as its directory', () => {
  expect(shownStore(loadDocument({ store: { directory: 'kept' } }))).toBe('the directory kept');
});

test('a database url of the environment that cannot be used is told with the variable, and without its password', () => {
  const told = problemsOf({}, { HOOKSWITCH_STORE: 'mysql://user:hush@localhost/calls' }).join();
  expect(told).toContain('is not a database URL');
  expect(told).toContain('set by HOOKSWITCH_STORE');
  expect(told).not.toContain('hush');
});
