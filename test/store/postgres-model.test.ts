import fc from 'fast-check';
import { it } from 'vitest';
import { PostgresStore } from '../../src/store/postgres/postgres-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createSchemaUrl, dropSchema } from '../support/postgres.ts';
import { command, MODEL_SETTINGS } from '../support/store-commands.ts';
import { Pair } from '../support/store-pair.ts';
import { describePostgres, withClock } from '../support/store-postgres.ts';

/** Sequences played, of up to as many commands; a slow machine plays as many as it can in the time. */
const RUNS = 30;
const LENGTH = 60;
const TIME_LIMIT_MS = 6_000;

describePostgres('the PostgreSQL store', (serverUrl) => {
  it('agrees with the memory store over any sequence of commands', async () => {
    const sequence = fc.array(command, { minLength: 1, maxLength: LENGTH, size: 'max' });
    const giveUpAtMs = Date.now() + TIME_LIMIT_MS;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...MODEL_SETTINGS), sequence, async (settings, commands) => {
        if (Date.now() > giveUpAtMs) return;
        const url = createSchemaUrl(serverUrl);
        const open = async (clock: () => number): Promise<Store> =>
          withClock(url, [await PostgresStore.open(url, settings)], clock);
        const pair = await Pair.open({ settings, open, keepsOrder: false });
        try {
          for (const one of commands) await pair.play(one);
          await pair.compareRecords();
        } finally {
          await pair.close();
          await dropSchema(url);
        }
      }),
      { numRuns: RUNS },
    );
  }, 60_000);
});
