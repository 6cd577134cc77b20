import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { it } from 'vitest';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { command, MODEL_SETTINGS } from '../support/store-commands.ts';
import { Pair } from '../support/store-pair.ts';

/** Sequences played, of up to as many commands; a slow machine plays as many as it can in the time. */
const RUNS = 200;
const LENGTH = 100;
const TIME_LIMIT_MS = 9_000;

/** In memory where the system has that: this is about what a store answers, not about what a disk keeps. */
const DIRECTORIES = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

it('the SQLite store agrees with the memory store over any sequence of commands', async () => {
  const sequence = fc.array(command, { minLength: 1, maxLength: LENGTH, size: 'max' });
  // Not fast-check's own limit: that leaves a sequence in its middle, with its database.
  const giveUpAtMs = Date.now() + TIME_LIMIT_MS;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...MODEL_SETTINGS), sequence, async (settings, commands) => {
      if (Date.now() > giveUpAtMs) return;
      const directory = mkdtempSync(join(DIRECTORIES, 'hookswitch-model-'));
      const open = (clock: () => number): SqliteStore => new SqliteStore(directory, settings, clock);
      const pair = await Pair.open({ settings, open, keepsOrder: true });
      try {
        for (const one of commands) await pair.play(one);
        await pair.compareRecords();
      } finally {
        await pair.close();
        rmSync(directory, { recursive: true });
      }
    }),
    { numRuns: RUNS },
  );
}, 60_000);
