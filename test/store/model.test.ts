import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { StoreSettings } from '../../src/store/store.ts';
import { TestClock } from '../support/store-clock.ts';
import { command, MODEL_SETTINGS, type Command } from '../support/store-commands.ts';
import { Player } from '../support/store-player.ts';

/** Sequences played, of up to as many commands; a slow machine plays as many as it can in the time. */
const RUNS = 200;
const LENGTH = 100;
const TIME_LIMIT_MS = 9_000;

/** In memory where the system has that: this is about what a store answers, not about what a disk keeps. */
const DIRECTORIES = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Two stores that are told the same, by the same clock. */
class Pair {
  readonly #settings: StoreSettings;
  readonly #directory = mkdtempSync(join(DIRECTORIES, 'hookswitch-model-'));
  readonly #clock = new TestClock();
  readonly #memory: Player;
  readonly #sqlite: Player;

  constructor(settings: StoreSettings) {
    this.#settings = settings;
    this.#memory = new Player(new MemoryStore(settings, this.#clock.read), this.#clock);
    this.#sqlite = new Player(this.#openSqlite(), this.#clock);
  }

  #openSqlite(): SqliteStore {
    return new SqliteStore(this.#directory, this.#settings, this.#clock.read);
  }

  /** Plays a command on both; fails when they do not agree on its answer or on the counts after it. */
  async play(command: Command): Promise<void> {
    if (command.verb === 'advance') this.#clock.advance(command.ms);
    else if (command.verb === 'reopen') await this.#reopen();
    else await this.#compare((player) => answerTo(player, command));
    await this.#compare((player) => player.counts());
  }

  /**
   * Opens the SQLite store again. Opening ends every lease, which the memory store cannot do; so first the leases of both
   * are left to run out, and `due` makes the memory store see it at the time at which the other is opened.
   */
  async #reopen(): Promise<void> {
    this.#clock.advance(this.#settings.leaseMs);
    await this.#sqlite.store.close();
    this.#sqlite.store = this.#openSqlite();
    await this.#memory.store.due('', 1);
    await this.compareRecords();
  }

  /** Fails when they do not have the same records. */
  async compareRecords(): Promise<void> {
    await this.#compare((player) => player.records());
  }

  async #compare(ask: (player: Player) => Promise<unknown>): Promise<void> {
    expect(await ask(this.#sqlite)).toEqual(await ask(this.#memory));
  }

  async close(): Promise<void> {
    await this.#sqlite.store.close();
    rmSync(this.#directory, { recursive: true });
  }
}

function answerTo(
  player: Player,
  command: Exclude<Command, { verb: 'advance' | 'reopen' }>,
): Promise<unknown> {
  switch (command.verb) {
    case 'accept':
    case 'lease':
    case 'renew':
    case 'settle':
    case 'redeliver':
    case 'replay':
    case 'cancelRun':
    case 'cancel':
      return player.writeTogether([command]);
    case 'together':
      return player.writeTogether(command.writes);
    default:
      return player.read(command);
  }
}

it('the SQLite store agrees with the memory store over any sequence of commands', async () => {
  const sequence = fc.array(command, { minLength: 1, maxLength: LENGTH, size: 'max' });
  // Not fast-check's own limit: that leaves a sequence in its middle, with its database.
  const giveUpAtMs = Date.now() + TIME_LIMIT_MS;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...MODEL_SETTINGS), sequence, async (settings, commands) => {
      if (Date.now() > giveUpAtMs) return;
      const pair = new Pair(settings);
      try {
        for (const one of commands) await pair.play(one);
        await pair.compareRecords();
      } finally {
        await pair.close();
      }
    }),
    { numRuns: RUNS },
  );
}, 60_000);
