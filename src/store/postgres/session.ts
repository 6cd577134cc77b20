import { createHash } from 'node:crypto';
import type { ClientBase } from 'pg';
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
const ANSWER_TIMEOUT_MS = 5_000;

const names = new Map<string, string>();

/** The same name for the same text, also in other processes: a connection pooler may hand a connection to any of them. */
function nameOf(sql: string): string {
  const known = names.get(sql);
  if (known !== undefined) return known;
  const name = `hookswitch_${createHash('sha256').update(sql).digest('hex').slice(0, 24)}`;
  names.set(sql, name);
  return name;
}

/** A session over a client of the driver. */
export class ClientSession implements Session {
  readonly #client: ClientBase;
  readonly #answerTimeoutMs: number;

  constructor(client: ClientBase, answerTimeoutMs = ANSWER_TIMEOUT_MS) {
    this.#client = client;
    this.#answerTimeoutMs = answerTimeoutMs;
  }

  async rows(sql: string, ...values: Parameter[]): Promise<Row[]> {
    const query = { name: nameOf(sql), text: sql, values: values.map(forDriver) };
    return (await answered(this.#client.query<Row>(query), this.#answerTimeoutMs)).rows;
  }

  /** Runs statements without parameters, such as `BEGIN`. */
  async run(sql: string): Promise<void> {
    await answered(this.#client.query(sql), this.#answerTimeoutMs);
  }
}

function forDriver(value: Parameter): string | number | Buffer | null {
  return typeof value === 'string' ? escaped(value) : (value ?? null);
}

/** Gives up on an answer that does not come; whoever holds the connection must then close it. */
async function answered<Result>(answer: Promise<Result>, timeoutMs: number): Promise<Result> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`the database has not answered for ${timeoutMs} ms`));
  }, timeoutMs);
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
