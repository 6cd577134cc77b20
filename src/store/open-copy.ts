import type { StoreSource, StoreTarget } from './copy/copy.ts';
import type { StorePlace } from './open-store.ts';
import { DirectorySource, DirectoryTarget } from './sqlite/copied-directory.ts';

/**
 * Opens a store to be copied.
 *
 * @throws Error when there is none, a router uses it or it has another version.
 */
export async function openSource({ databaseUrl, dataDirectory }: StorePlace): Promise<StoreSource> {
  if (databaseUrl === undefined) return new DirectorySource(dataDirectory);
  const { SchemaSource } = await import('./postgres/copied-schema.ts');
  return SchemaSource.open(databaseUrl);
}

/**
 * Opens a store to be filled, making it if it is not there.
 *
 * @throws Error when there is anything in it, a router uses it or it has another version.
 */
export async function openTarget({ databaseUrl, dataDirectory }: StorePlace): Promise<StoreTarget> {
  if (databaseUrl === undefined) return DirectoryTarget.open(dataDirectory);
  const { SchemaTarget } = await import('./postgres/copied-schema.ts');
  return SchemaTarget.open(databaseUrl);
}
