import { Pool, type PoolConfig } from 'pg';
import { storeError, StoreUnavailableError } from '../store.ts';
import type { DatabaseUrl } from './database-url.ts';
import { isLostConnection, isTransient, told } from './failures.ts';
import { ClientSession, type Session } from './session.ts';
import { typeParser } from './type-parser.ts';

const CONNECT_TIMEOUT_MS = 3_000;
const STATEMENT_TIMEOUT_MS = 4_000;
const KEEP_ALIVE_MS = 10_000;
/** After a connection was lost nobody tries again for so long, however many ask: a database that starts is busy enough. */
const PAUSE_MS = 200;
/** What closing waits for connections that say no goodbye. */
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * What each connection begins with. The plan of a prepared statement is kept, and must be right for 100 million rows
 * though it was made when there were none: indexes always, and no compilation, which the planner would find worth while
 * because it takes a scan that cannot be avoided for very dear.
 */
const SESSION_OPTIONS = `-c enable_seqscan=off -c jit=off -c idle_in_transaction_session_timeout=10000`;

/** A pool of connections to one schema of a database. It mends itself: what fails now may be tried again at any time. */
export class Connections {
  readonly #config: PoolConfig;
  #pool: Pool;
  #pausedUntilMs = 0;
  #pauseCause: unknown;
  #lostAtMs = Number.NEGATIVE_INFINITY;
  readonly #underWay = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor({ connectionString, schema }: DatabaseUrl, max: number) {
    this.#config = {
      max,
      connectionString,
      options: `-c search_path=${schema} ${SESSION_OPTIONS}`,
      application_name: 'hookswitch',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
      types: { getTypeParser: typeParser },
    };
    this.#pool = this.#makePool();
  }

  #makePool(): Pool {
    const pool = new Pool(this.#config);
    // Whoever uses a lost connection hears of it by a rejected promise; without these listeners the process would end.
    const ignore = (): void => undefined;
    pool.on('error', ignore);
    pool.on('connect', (client) => client.on('error', ignore));
    return pool;
  }

  /**
   * Does work that is right statement by statement; once more after a deadlock.
   *
   * @throws StoreUnavailableError whatever the database says; its cause is what it said. And what the work itself throws.
   */
  use<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    return this.#watched(this.#tried(work));
  }

  /** Does work in one transaction; once more, from its beginning, after a deadlock. Rejects as `use` does. */
  transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    const inTransaction = async (client: ClientSession): Promise<Result> => {
      await client.run('BEGIN');
      const result = await work(client);
      await client.run('COMMIT');
      return result;
    };
    return this.#watched(this.#tried(inTransaction));
  }

  async #watched<Result>(work: Promise<Result>): Promise<Result> {
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }

  async #tried<Result>(work: (client: ClientSession) => Promise<Result>): Promise<Result> {
    try {
      return await this.#once(work).catch((error: unknown) => {
        if (isTransient(error)) return this.#once(work);
        throw error;
      });
    } catch (error) {
      throw storeError(told(error));
    }
  }

  async #once<Result>(work: (client: ClientSession) => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw new StoreUnavailableError('it is closed');
    if (performance.now() < this.#pausedUntilMs) throw new StoreUnavailableError(told(this.#pauseCause));
    const pool = this.#pool;
    try {
      const client = await pool.connect();
      try {
        const result = await work(new ClientSession(client));
        client.release();
        return result;
      } catch (error) {
        // Closed, whatever it was: that ends a transaction, and a statement nobody waits for any more.
        client.release(true);
        throw error;
      }
    } catch (error) {
      if (isLostConnection(error)) this.#lost(pool, error);
      throw error;
    }
  }

  /** How long ago a connection was lost, or not to be had, for the last time. */
  get sinceLossMs(): number {
    return performance.now() - this.#lostAtMs;
  }

  /** The connections of a pool that has lost one are dead too, or soon will be: each would be found out by a timeout. */
  #lost(pool: Pool, cause: unknown): void {
    this.#lostAtMs = performance.now();
    this.#pausedUntilMs = this.#lostAtMs + PAUSE_MS;
    this.#pauseCause = cause;
    if (pool !== this.#pool || this.#isClosed) return;
    this.#pool = this.#makePool();
    void pool.end();
  }

  /** Waits for what is under way, then closes the connections. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    this.#isClosed = true;
    const { promise: timeout, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, CLOSE_TIMEOUT_MS, undefined);
    await Promise.race([this.#pool.end(), timeout]);
    clearTimeout(timer);
  }
}
