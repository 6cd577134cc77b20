import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { it } from 'vitest';
import type { StorePlace } from '../../src/store/open-store.ts';
import { PostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createSchemaUrl, dropSchema } from '../support/postgres.ts';
import { command, MODEL_SETTINGS, type Command } from '../support/store-commands.ts';
import { Pair } from '../support/store-pair.ts';
import { copy } from '../support/store-places.ts';
import { describePostgres, withClock } from '../support/store-postgres.ts';

/** Sequences played; a slow machine plays as many as it can in the time. */
const RUNS = 6;
/** Commands between two moves. */
const STRETCH = 25;
const TIME_LIMIT_MS = 3_000;

describePostgres('a store that is moved', (serverUrl) => {
  it('from SQLite to PostgreSQL and back agrees with one that stays', async () => {
    const stretch = fc.array(command, { minLength: 5, maxLength: STRETCH, size: 'max' });
    const moves = fc.tuple(stretch, stretch, stretch);
    const giveUpAtMs = Date.now() + TIME_LIMIT_MS;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...MODEL_SETTINGS), moves, async (settings, stretches) => {
        if (Date.now() > giveUpAtMs) return;
        const directory = mkdtempSync(join(tmpdir(), 'hookswitch-moved-'));
        const databaseUrl = createSchemaUrl(serverUrl);
        const places: StorePlace[] = [
          { dataDirectory: join(directory, 'before') },
          { dataDirectory: directory, databaseUrl },
          { dataDirectory: join(directory, 'after') },
        ];
        const openAt = async (place: StorePlace, clock: () => number): Promise<Store> => {
          if (place.databaseUrl === undefined) return new SqliteStore(place.dataDirectory, settings, clock);
          return withClock(databaseUrl, [await PostgresStore.open(databaseUrl, settings)], clock);
        };
        let at: StorePlace | undefined;
        const open = async (clock: () => number): Promise<Store> => {
          const next = places.shift() as StorePlace;
          if (at !== undefined) {
            // Leases that have run out wait again only when somebody looks.
            const before = await openAt(at, clock);
            await before.due('', 1);
            await before.close();
            await copy(at, next);
          }
          at = next;
          return openAt(next, clock);
        };
        const pair = await Pair.open({ settings, open, keepsOrder: false });
        try {
          for (const [index, commands] of stretches.entries()) {
            if (index > 0) await pair.play({ verb: 'reopen' });
            for (const one of commands.filter(isNoMove)) await pair.play(one);
          }
          await pair.compareRecords();
        } finally {
          await pair.close();
          await dropSchema(databaseUrl);
          rmSync(directory, { recursive: true });
        }
      }),
      { numRuns: RUNS },
    );
  }, 60_000);
});

function isNoMove({ verb }: Command): boolean {
  return verb !== 'reopen';
}
