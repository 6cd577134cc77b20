import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { refuseFilled, refuseOtherVersion, type StoreSource, type StoreTarget } from '../copy/copy.ts';
import { rowsOf, type Part } from '../copy/parts.ts';
import { readTotals, type Totals } from '../copy/totals.ts';
import type { Row } from '../sql/columns.ts';
import { VIEWS } from './copy-views.ts';
import { lockDirectory } from './lock.ts';
import { migrate, readVersion, SCHEMA_VERSION } from './schema.ts';
import { Statements } from './statements.ts';

/** What makes a page full, in rows and in characters of CDR. */
const PAGE_ROWS = 500;
const PAGE_CHARACTERS = 4_000_000;

/** The SQLite store of a directory, which no router can use until this is closed. All is one transaction. */
class CopiedDirectory {
  readonly database: DatabaseSync;
  readonly statements: Statements;
  readonly #unlock: () => void;

  constructor(directory: string, prepare: (database: DatabaseSync) => void) {
    this.#unlock = lockDirectory(directory);
    this.database = new DatabaseSync(join(directory, 'hookswitch.db'));
    try {
      prepare(this.database);
      this.statements = new Statements(this.database);
    } catch (error) {
      void this.close();
      throw error;
    }
  }

  totals(): Promise<Totals> {
    return readTotals(VIEWS, (sql) => this.statements.get(sql));
  }

  close(): Promise<void> {
    this.database.close();
    this.#unlock();
    return Promise.resolve();
  }
}

/** Reads the store of a directory. */
export class DirectorySource extends CopiedDirectory implements StoreSource {
  /** @throws Error when there is none, a router uses it or it has another version. */
  constructor(directory: string) {
    if (!existsSync(join(directory, 'hookswitch.db'))) throw new Error(`there is no store in ${directory}`);
    super(directory, (database) => {
      refuseOtherVersion(`the store in ${directory}`, readVersion(database), SCHEMA_VERSION);
      database.exec('BEGIN');
    });
  }

  async *pages(part: Part): AsyncGenerator<readonly Row[]> {
    let page: Row[] = [];
    let characters = 0;
    const rows = this.database
      .prepare(
        `SELECT ${Object.keys(part.columns).join(', ')} FROM (${rowsOf(part, VIEWS)}) part ORDER BY ${part.key.join(', ')}`,
      )
      .iterate();
    for (const row of rows) {
      page.push(row);
      characters += typeof row['raw'] === 'string' ? row['raw'].length : 0;
      if (page.length < PAGE_ROWS && characters < PAGE_CHARACTERS) continue;
      yield page;
      page = [];
      characters = 0;
    }
    if (page.length > 0) yield await Promise.resolve(page);
  }
}

/** Fills the store of a directory, which is made when it is not there. */
export class DirectoryTarget extends CopiedDirectory implements StoreTarget {
  private constructor(directory: string) {
    super(directory, (database) => {
      const version = readVersion(database);
      if (version > 0) refuseOtherVersion(`the store in ${directory}`, version, SCHEMA_VERSION);
      migrate(database);
      // What a process that dies leaves behind is undone when the database is opened again.
      database.exec('PRAGMA synchronous = FULL; BEGIN IMMEDIATE');
    });
  }

  /** @throws Error when there is anything in it, a router uses it or it has another version. */
  static async open(directory: string): Promise<DirectoryTarget> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const target = new DirectoryTarget(directory);
    try {
      refuseFilled(`the store in ${directory}`, await target.totals());
      return target;
    } catch (error) {
      await target.close();
      throw error;
    }
  }

  write({ name, columns }: Part, rows: readonly Row[]): Promise<void> {
    // The rows come in the order of their position, so SQLite's own row numbers say the same.
    const names = Object.keys(columns).filter((column) => column !== 'position');
    const sql = `INSERT INTO ${name} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
    for (const row of rows) this.statements.run(sql, ...names.map((column) => valueOf(row, column)));
    return Promise.resolve();
  }

  commit(): Promise<void> {
    this.database.exec('COMMIT');
    return Promise.resolve();
  }
}

function valueOf(row: Row, column: string): string | number | bigint | Uint8Array | null {
  const value = row[column] ?? null;
  return typeof value === 'boolean' ? Number(value) : value;
}
