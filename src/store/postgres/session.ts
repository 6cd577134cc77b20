import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { Row } from '../sql/columns.ts';
import { escaped } from './text.ts';

/** What a parameter of a statement may be: an array of `arrays.ts` as a Buffer; `undefined` is NULL. */
export type Parameter = string | number | Buffer | undefined;

/** A connection that somebody has for a while. */
export interface Session {
  /** The rows that a statement gives. It is prepared once in each connection, so its text must be one of few. */
  rows(sql: string, ...values: Parameter[]): Promise<Row[]>;
}

/** A little longer than `statement_timeout`: this one is for a server that does not even say so. */
export const ANSWER_TIMEOUT_MS = 5_000;

const names = new Map<string, string>();

/** The same name for the same text, also in other processes: a connection pooler may hand a connection to any of them. */
function nameOf(sql: string): string {
  const known = names.get(sql);
  if (known !== undefined) return known;
  const name = `hookswitch_${createHash('sha256').update(sql).digest('hex').slice(0, 24)}`;
  names.set(sql, name);
  return name;
}

/** A session over a client of the pool. */
export class ClientSession implements Session {
  readonly #client: PoolClient;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  async rows(sql: string, ...values: Parameter[]): Promise<Row[]> {
    const query = { name: nameOf(sql), text: sql, values: values.map(forDriver) };
    return (await answered(this.#client.query<Row>(query))).rows;
  }

  /** Runs statements without parameters, such as `BEGIN`. */
  async run(sql: string): Promise<void> {
    await answered(this.#client.query(sql));
  }
}

function forDriver(value: Parameter): string | number | Buffer | null {
  return typeof value === 'string' ? escaped(value) : (value ?? null);
}

/** Gives up on an answer that does not come; whoever holds the connection must then close it. */
async function answered<Result>(answer: Promise<Result>): Promise<Result> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`the database has not answered for ${ANSWER_TIMEOUT_MS} ms`));
  }, ANSWER_TIMEOUT_MS);
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
