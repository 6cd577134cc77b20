import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { copyStore, type Compared } from '../../src/store/copy/copy.ts';
import { openSource, openTarget } from '../../src/store/open-copy.ts';
import { openStore, type StorePlace } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { SETTINGS, temporarySchema } from './store-postgres.ts';
import { temporaryDirectory } from './store-sqlite.ts';

/** A directory for SQLite, nothing in it yet. */
export function sqlitePlace(): StorePlace {
  return { dataDirectory: join(temporaryDirectory(), 'data') };
}

/** A schema, not made yet. */
export function postgresPlace(serverUrl: string): StorePlace {
  return { dataDirectory: temporaryDirectory(), databaseUrl: temporarySchema(serverUrl) };
}

/** Works with the store of a place, and closes it. */
export async function using<Result>(
  place: StorePlace,
  work: (store: Store) => Promise<Result>,
): Promise<Result> {
  const store = await openStore(place, SETTINGS);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Opens the store of a place until the test has ended. */
export async function open(place: StorePlace): Promise<Store> {
  const store = await openStore(place, SETTINGS);
  onTestFinished(() => store.close());
  return store;
}

/** Copies one place to another. */
export async function copy(from: StorePlace, to: StorePlace): Promise<readonly Compared[]> {
  const source = await openSource(from);
  try {
    const target = await openTarget(to);
    try {
      return await copyStore(source, target, () => undefined);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}
