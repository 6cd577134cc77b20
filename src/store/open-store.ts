import { mkdirSync } from 'node:fs';
import { awaitStore, type Waiting } from './await-store.ts';
import { mayCome } from './postgres/failures.ts';
import { SqliteStore } from './sqlite/sqlite-store.ts';
import type { Store, StoreSettings } from './store.ts';

/** Where CDRs are to be kept. */
export interface StorePlace {
  /** A PostgreSQL; without it, SQLite in the directory. */
  readonly databaseUrl?: string | undefined;
  /** Made if it is not there. */
  readonly dataDirectory: string;
}

/**
 * Opens the store of a router.
 *
 * @param waiting for a database that is not there yet; without it, that is not waited for.
 * @throws what the store throws that cannot be had.
 */
export async function openStore(
  { databaseUrl, dataDirectory }: StorePlace,
  settings: StoreSettings,
  waiting?: Waiting,
): Promise<Store> {
  if (databaseUrl === undefined) return new SqliteStore(dataDirectory, settings);
  // Loaded only where it is used: the driver would make every start slower.
  const { PostgresStore } = await import('./postgres/postgres-store.ts');
  // What is only kept here is the last good rules; without a database, the store makes the directory.
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const open = (): Promise<Store> => PostgresStore.open(databaseUrl, settings);
  return waiting === undefined ? open() : awaitStore(open, mayCome, waiting);
}
