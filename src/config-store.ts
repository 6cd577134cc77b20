import { errorAt, type Problem } from './check/problem.ts';
import type { StorePlace } from './store/open-store.ts';
import { readDatabaseUrl, shownDatabaseUrl } from './store/postgres/database-url.ts';

/** The store as a user writes it. */
export interface StoreDocument {
  readonly kind?: 'sqlite' | 'postgres';
  readonly url?: string;
  readonly directory?: string;
}

/** What is wrong with a store that satisfies the schema, secrets left aside. */
export function checkStore({ kind, url }: StoreDocument = {}): Problem[] {
  if (kind === 'postgres' && url === undefined) {
    return [errorAt('/store', 'of kind postgres needs a "url", or HOOKSWITCH_STORE in the environment')];
  }
  if (kind !== 'postgres' && url !== undefined) {
    return [errorAt('/store/url', 'is for "kind": "postgres"; write that too, or leave the url out')];
  }
  return [];
}

/** What is wrong with a database URL whose references are filled in. No message repeats it. */
export function checkDatabaseUrl(url: string | undefined): Problem[] {
  try {
    if (url !== undefined) readDatabaseUrl(url);
    return [];
  } catch (error) {
    if (error instanceof Error) return [errorAt('/store/url', error.message)];
    throw error;
  }
}

/** Where everything is kept, for people: without a password. */
export function shownStore({ databaseUrl, dataDirectory }: StorePlace): string {
  return databaseUrl === undefined ? `the directory ${dataDirectory}` : shownDatabaseUrl(databaseUrl);
}
