import { expect } from 'vitest';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { Store, StoreSettings } from '../../src/store/store.ts';
import { TestClock } from './store-clock.ts';
import type { Command } from './store-commands.ts';
import { Player } from './store-player.ts';

/** How a pair gets at the store that is compared with the memory store. */
export interface PairOptions {
  readonly settings: StoreSettings;
  /** Opens the store, at each call the same. */
  open(clock: () => number): Store | Promise<Store>;
  /** Whether what is called at the same time is done in the order of the calls. */
  readonly keepsOrder: boolean;
}

/** A memory store and another one that are told the same, by the same clock. */
export class Pair {
  readonly #options: PairOptions;
  readonly #clock: TestClock;
  readonly #memory: Player;
  readonly #other: Player;

  private constructor(options: PairOptions, clock: TestClock, other: Store) {
    this.#options = options;
    this.#clock = clock;
    this.#memory = new Player(new MemoryStore(options.settings, clock.read), clock);
    this.#other = new Player(other, clock);
  }

  static async open(options: PairOptions): Promise<Pair> {
    const clock = new TestClock();
    return new Pair(options, clock, await options.open(clock.read));
  }

  /** Plays a command on both; fails when they do not agree on its answer or on the counts after it. */
  async play(command: Command): Promise<void> {
    if (command.verb === 'advance') this.#clock.advance(command.ms);
    else if (command.verb === 'reopen') await this.#reopen();
    else if (command.verb === 'together' && !this.#options.keepsOrder) {
      for (const write of command.writes) await this.#compare((player) => player.writeTogether([write]));
    } else await this.#compare((player) => answerTo(player, command));
    await this.#compare((player) => player.counts());
  }

  /**
   * Opens the other store again. Opening may end every lease, which the memory store cannot do; so first the leases of
   * both are left to run out, and `due` makes them see it at the time at which the other is opened.
   */
  async #reopen(): Promise<void> {
    this.#clock.advance(this.#options.settings.leaseMs);
    await this.#other.store.close();
    this.#other.store = await this.#options.open(this.#clock.read);
    for (const { store } of [this.#memory, this.#other]) await store.due('', 1);
    await this.compareRecords();
  }

  /** Fails when they do not have the same records. */
  async compareRecords(): Promise<void> {
    await this.#compare((player) => player.records());
  }

  async #compare(ask: (player: Player) => Promise<unknown>): Promise<void> {
    expect(await ask(this.#other)).toEqual(await ask(this.#memory));
  }

  async close(): Promise<void> {
    await this.#other.store.close();
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
    case 'hold':
    case 'release':
    case 'cancel':
      return player.writeTogether([command]);
    case 'together':
      return player.writeTogether(command.writes);
    default:
      return player.read(command);
  }
}
