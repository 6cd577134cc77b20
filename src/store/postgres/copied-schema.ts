import { Client } from 'pg';
import { refuseFilled, refuseOtherVersion, type StoreSource, type StoreTarget } from '../copy/copy.ts';
import type { Part } from '../copy/parts.ts';
import { readTotals, type Totals } from '../copy/totals.ts';
import { integer, type Row } from '../sql/columns.ts';
import { VIEWS } from './copy-views.ts';
import { readPage } from './copy-reads.ts';
import { writeRows } from './copy-writes.ts';
import { readDatabaseUrl, shownDatabaseUrl } from './database-url.ts';
import { told } from './failures.ts';
import { CONNECT_TIMEOUT_MS, lockKey, migrate } from './migrate.ts';
import { MIGRATIONS } from './schema.ts';
import { ClientSession, type Session } from './session.ts';
import { typeParser } from './type-parser.ts';

/** Counting all rows of a large store takes minutes. */
const ANSWER_TIMEOUT_MS = 3_600_000;

/** As for a router's connections, but with all the time there is: one side waits while the other one counts. */
const OPTIONS =
  '-c enable_seqscan=off -c jit=off -c statement_timeout=0 -c idle_in_transaction_session_timeout=0';

/** A schema that no router uses until this is closed. All is one transaction. */
class CopiedSchema {
  protected readonly place: string;
  protected readonly client: Client;
  protected readonly session: Session;
  readonly #schema: string;

  protected constructor(url: string) {
    const { connectionString, schema } = readDatabaseUrl(url);
    this.#schema = schema;
    this.place = shownDatabaseUrl(url);
    this.client = new Client({
      connectionString,
      options: `-c search_path=${schema} ${OPTIONS}`,
      application_name: 'hookswitch migrate',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      types: { getTypeParser: typeParser },
    });
    // Whoever uses a lost connection hears of it.
    this.client.on('error', () => undefined);
    this.session = new ClientSession(this.client, ANSWER_TIMEOUT_MS);
  }

  /** The version of the schema; `undefined` when there is none. */
  protected async connect(): Promise<number | undefined> {
    try {
      await this.client.connect();
    } catch (error) {
      const { message } = told(error) as Error;
      throw new Error(`${this.place} cannot be had: ${message}`, { cause: error });
    }
    const [found] = await this.session.rows(
      'SELECT to_regclass($1) IS NOT NULL AS is_there',
      `${this.#schema}.schema_version`,
    );
    if (found?.['is_there'] !== true) return undefined;
    const [row] = await this.session.rows('SELECT version FROM schema_version');
    return integer(row?.['version']);
  }

  /** Keeps routers from starting, and refuses when there is one. */
  protected async takeForUs(): Promise<void> {
    const [lock] = await this.session.rows(
      'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS is_ours',
      lockKey(this.#schema),
    );
    if (lock?.['is_ours'] !== true) {
      throw new Error(`a router is starting on ${this.place}, or it is being migrated by somebody else`);
    }
    const [live] = await this.session.rows(
      `SELECT count(*) AS nodes, coalesce(max(lives_until_ms) - now_ms(), 0) AS for_ms
       FROM nodes WHERE lives_until_ms > now_ms()`,
    );
    const nodes = integer(live?.['nodes']);
    if (nodes === 0) return;
    const seconds = Math.ceil(integer(live?.['for_ms']) / 1_000);
    throw new Error(
      `${this.place} is used by ${nodes === 1 ? 'a router' : `${nodes} routers`}: stop all (one that was killed counts for ${seconds} s more)`,
    );
  }

  totals(): Promise<Totals> {
    return readTotals(VIEWS, async (sql) => (await this.session.rows(sql))[0]);
  }

  /** Ends what was not committed, too. */
  async close(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }
}

/** Reads a schema. */
export class SchemaSource extends CopiedSchema implements StoreSource {
  /** @throws Error when there is none, routers use it or it has another version. */
  static async open(url: string): Promise<SchemaSource> {
    const source = new SchemaSource(url);
    try {
      const version = await source.connect();
      if (version === undefined) throw new Error(`there is no store in ${source.place}`);
      refuseOtherVersion(source.place, version, MIGRATIONS.length);
      await source.takeForUs();
      await source.client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      return source;
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  async *pages(part: Part): AsyncGenerator<readonly Row[]> {
    let page = await readPage(this.session, part, undefined);
    while (page.length > 0) {
      yield page;
      page = await readPage(this.session, part, page.at(-1));
    }
  }
}

/** Fills a schema, which is made when it is not there. */
export class SchemaTarget extends CopiedSchema implements StoreTarget {
  /** @throws Error when there is anything in it, routers use it or it has another version. */
  static async open(url: string): Promise<SchemaTarget> {
    const target = new SchemaTarget(url);
    try {
      const version = await target.connect();
      if (version === undefined) await migrate(readDatabaseUrl(url));
      else refuseOtherVersion(target.place, version, MIGRATIONS.length);
      await target.takeForUs();
      refuseFilled(target.place, await target.totals());
      await target.client.query('BEGIN');
      return target;
    } catch (error) {
      await target.close();
      throw error;
    }
  }

  write(part: Part, rows: readonly Row[]): Promise<void> {
    return writeRows(this.session, part, rows);
  }

  async commit(): Promise<void> {
    await this.client.query('COMMIT');
  }
}
