import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Row } from '../sql/columns.ts';

/** What a parameter of a statement may be; `undefined` is NULL. */
export type Value = string | number | undefined;

/** A WHERE clause of those conditions whose value is given. */
export function where(conditions: readonly (readonly [sql: string, value: Value])[]): {
  clause: string;
  values: Value[];
} {
  const given = conditions.filter(([, value]) => value !== undefined);
  return {
    clause: given.length === 0 ? '' : `WHERE ${given.map(([sql]) => sql).join(' AND ')}`,
    values: given.flatMap(([sql, value]) => (sql.includes('?') ? [value] : [])),
  };
}

/** Prepares each statement once and runs it by its text. */
export class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Runs a statement that changes rows; returns how many it changed. */
  run(sql: string, ...values: (SQLInputValue | undefined)[]): number {
    return Number(this.#prepare(sql).run(...values.map(orNull)).changes);
  }

  /** The first row, `undefined` when there is none. */
  get(sql: string, ...values: (SQLInputValue | undefined)[]): Row | undefined {
    return this.#prepare(sql).get(...values.map(orNull));
  }

  /** All rows. */
  all(sql: string, ...values: (SQLInputValue | undefined)[]): Row[] {
    return this.#prepare(sql).all(...values.map(orNull));
  }

  #prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}

function orNull(value: SQLInputValue | undefined): SQLInputValue {
  return value ?? null;
}
