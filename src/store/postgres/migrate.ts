import { Client } from 'pg';
import { StoreUnavailableError } from '../store.ts';
import type { DatabaseUrl } from './database-url.ts';
import { told } from './failures.ts';
import { MIGRATIONS, type Migration } from './schema.ts';

/** How long a connection that is made once may take. */
export const CONNECT_TIMEOUT_MS = 5_000;

/** What stands for a schema among the advisory locks of its database: whoever holds it lets no router start. */
export function lockKey(schema: string): string {
  return `hookswitch ${schema}`;
}

/**
 * Brings a schema to the newest version, making it when it is missing, all in one transaction. Of nodes that start at
 * the same time one does it and the others wait for it; the lock is the transaction's, so a node that dies lets go of it.
 *
 * @throws Error when the schema is of a newer version that this one cannot work with, StoreUnavailableError when the
 *   database cannot be had.
 */
export async function migrate(
  { connectionString, schema }: DatabaseUrl,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const client = new Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [lockKey(schema)]);
    // Not IF NOT EXISTS alone: that needs the right to make schemas also where there is nothing to make.
    const { rows } = await client.query('SELECT 1 WHERE to_regnamespace($1) IS NULL', [schema]);
    if (rows.length > 0) await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await client.query(`SET LOCAL search_path = ${schema}`);
    await migrateLocked(client, schema, migrations);
    await client.query('COMMIT');
  } catch (error) {
    throw error instanceof NewerSchemaError ? error : new StoreUnavailableError(told(error));
  } finally {
    // Nothing is lost when this fails; what went wrong was told.
    await client.end().catch(() => undefined);
  }
}

async function migrateLocked(
  client: Client,
  schema: string,
  migrations: readonly Migration[],
): Promise<void> {
  await client.query(
    'CREATE TABLE IF NOT EXISTS schema_version (version bigint NOT NULL, oldest_version bigint NOT NULL)',
  );
  const { rows } = await client.query<{ version: string; oldest_version: string }>(
    'SELECT version, oldest_version FROM schema_version',
  );
  const version = Number(rows[0]?.version ?? 0);
  const oldestVersion = Number(rows[0]?.oldest_version ?? 0);
  if (oldestVersion > migrations.length) throw new NewerSchemaError(schema, version, migrations.length);
  const due = migrations.slice(version);
  if (due.length === 0) return;
  for (const { sql } of due) await client.query(sql);
  const oldest = Math.max(oldestVersion, ...due.map((step) => step.oldestVersion ?? 0));
  await client.query('DELETE FROM schema_version');
  await client.query('INSERT INTO schema_version VALUES ($1, $2)', [migrations.length, oldest]);
}

/** Thrown when a newer Hookswitch has changed the schema in a way that this one does not know. */
export class NewerSchemaError extends Error {
  constructor(schema: string, version: number, known: number) {
    super(
      `the schema "${schema}" has version ${version} and this Hookswitch knows ${known}: use the newer Hookswitch that migrated it`,
    );
    this.name = 'NewerSchemaError';
  }
}
