import { mkdirSync } from 'node:fs';
import { SqliteStore } from './sqlite/sqlite-store.ts';
import type { Store, StoreSettings } from './store.ts';

/** Where CDRs are to be kept. */
export interface StorePlace {
  /** A PostgreSQL; without it, SQLite in the directory. */
  readonly databaseUrl?: string | undefined;
  /** Made if it is not there. */
  readonly dataDirectory: string;
}

/** Opens the store of a router; it throws what the store throws that cannot be had. */
export async function openStore(
  { databaseUrl, dataDirectory }: StorePlace,
  settings: StoreSettings,
): Promise<Store> {
  if (databaseUrl === undefined) return new SqliteStore(dataDirectory, settings);
  // Loaded only where it is used: the driver would make every start slower.
  const { PostgresStore } = await import('./postgres/postgres-store.ts');
  // What is only kept here is the last good rules; without a database, the store makes the directory.
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  return PostgresStore.open(databaseUrl, settings);
}
