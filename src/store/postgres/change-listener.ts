import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import type { Connections } from './connections.ts';
import type { DatabaseUrl } from './database-url.ts';

/** One channel for a whole database; what it carries is the schema. */
const CHANNEL = 'hookswitch_rules';

const CONNECT_TIMEOUT_MS = 3_000;
const KEEP_ALIVE_MS = 10_000;
const CLOSE_TIMEOUT_MS = 1_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

/** Tells the listeners of all nodes that the rules have changed. What cannot be told they find out by looking. */
export async function tellOfChange(connections: Connections, { schema }: DatabaseUrl): Promise<void> {
  // Not within the transaction of the change, which must succeed in databases without this function too.
  await connections
    .use((session) => session.rows('SELECT pg_notify($1, $2)', CHANNEL, schema))
    .catch(() => undefined);
}

/**
 * Hears of changes of the rules on a connection of its own, made again with growing pauses when it is lost. It only makes
 * nodes faster: nobody may rely on hearing of every change, and in a database that cannot listen it hears of none.
 */
export class ChangeListener {
  readonly #database: DatabaseUrl;
  readonly #onChange: () => void;
  #client: Client | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(database: DatabaseUrl, onChange: () => void) {
    this.#database = database;
    this.#onChange = onChange;
  }

  /** Connects, now and whenever the connection is lost. */
  start(): void {
    if (this.#isClosed) return;
    const client = new Client({
      connectionString: this.#database.connectionString,
      application_name: 'hookswitch rules',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    });
    this.#client = client;
    client.on('error', () => {
      this.#lost(client);
    });
    client.on('end', () => {
      this.#lost(client);
    });
    client.on('notification', ({ payload }) => {
      if (payload === this.#database.schema) this.#onChange();
    });
    this.#listen(client).catch(() => {
      this.#lost(client);
    });
  }

  async #listen(client: Client): Promise<void> {
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
    this.#pauseMs = FIRST_PAUSE_MS;
    // What was changed before is only seen by looking.
    this.#onChange();
  }

  #lost(client: Client): void {
    if (client !== this.#client) return;
    this.#client = undefined;
    void client.end().catch(() => undefined);
    if (this.#isClosed) return;
    this.#retry = setTimeout(() => {
      this.start();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
  }

  /** Ends the connection; nothing is heard any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    const client = this.#client;
    this.#client = undefined;
    const ended = client?.end().catch(() => undefined);
    // A server that is gone or frozen says no goodbye.
    const waiting = new AbortController();
    const patience = wait(CLOSE_TIMEOUT_MS, undefined, { signal: waiting.signal }).catch(() => undefined);
    await Promise.race([ended, patience]);
    waiting.abort();
  }
}
