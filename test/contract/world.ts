import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type {
  Accepted,
  Attempt,
  Delivery,
  HourlyCounts,
  Lease,
  NewCdr,
  WebhookStats,
} from '../../src/store/records.ts';
import type { Store, StoreSettings } from '../../src/store/store.ts';
import { TestClock } from '../support/store-clock.ts';
import { leased, only, waiting } from '../support/store-samples.ts';

/** How the contract gets at a kind of store. */
export interface StoreHarness {
  /**
   * Opens the store of a place, a new one when there is none. The place is a name of its own for each test, made of
   * small letters, digits and `_`: a directory, a database, a schema. Where many nodes share a store, what is opened may
   * hand each call to another of them, so that the contract sees what they do together.
   *
   * @param clock gives epoch milliseconds.
   */
  open(place: string, settings: StoreSettings, clock: () => number): Store | Promise<Store>;
  /** Whether what a store kept when it was closed is there when its place is opened again. */
  readonly isDurable: boolean;
  /** Removes what a closed store kept. */
  remove?(place: string): void | Promise<void>;
}

/** The settings of every test that does not say otherwise. */
export const SETTINGS: StoreSettings = { dedupeWindowMs: 60_000, leaseMs: 10_000 };

let cdrsMade = 0;

/** A store of a test's own, with its clock and the few steps that most tests begin with. */
export class World {
  readonly clock = new TestClock();
  readonly #harness: StoreHarness;
  readonly #settings: StoreSettings;
  readonly #place = `hookswitch_${randomUUID().replaceAll('-', '')}`;
  #store: Store | undefined;

  private constructor(harness: StoreHarness, settings: StoreSettings) {
    this.#harness = harness;
    this.#settings = settings;
  }

  /** Opens a store with nothing in it; it is removed when the test has ended. */
  static async open(harness: StoreHarness, settings: Partial<StoreSettings> = {}): Promise<World> {
    const world = new World(harness, { ...SETTINGS, ...settings });
    onTestFinished(async () => {
      await world.close();
      await harness.remove?.(world.#place);
    });
    await world.reopen();
    return world;
  }

  get store(): Store {
    if (this.#store === undefined) throw new Error('the store is closed');
    return this.#store;
  }

  async close(): Promise<void> {
    const store = this.#store;
    this.#store = undefined;
    await store?.close();
  }

  /** Closes the store and opens its place again. */
  async reopen(): Promise<void> {
    await this.close();
    this.#store = await this.#harness.open(this.#place, this.#settings, this.clock.read);
  }

  /** A CDR that came just now and is like no other. */
  cdr(changes: Partial<NewCdr> = {}): NewCdr {
    cdrsMade += 1;
    const raw = `{"call":${cdrsMade}}`;
    return {
      source: 'pbx',
      vendor: 'vodia',
      receivedAtMs: this.clock.nowMs,
      raw,
      hits: [],
      errors: [],
      ...changes,
    };
  }

  /** Accepts one CDR. */
  async accept(changes: Partial<NewCdr> = {}): Promise<Accepted> {
    return only(await this.store.accept([this.cdr(changes)]));
  }

  /** Accepts a CDR that hits one webhook; the delivery waits. Returns its id. */
  async wait(webhookId: string): Promise<string> {
    const { id } = await this.accept({ hits: waiting(webhookId) });
    return only(await this.store.deliveries({ cdrId: id, limit: 2 })).id;
  }

  /** Accepts a CDR that hits one webhook and takes the lease of the delivery. */
  async take(webhookId: string): Promise<Lease> {
    return only((await this.accept({ hits: leased(webhookId) })).leases);
  }

  /** Leases deliveries of one webhook. */
  lease(webhookId: string, room = 100): Promise<Lease[]> {
    return this.store.lease(new Map([[webhookId, room]]));
  }

  /** The webhooks of all pages of `due`. */
  async dueWebhooks(): Promise<string[]> {
    const { webhooks, next } = await this.store.due('', 1_000);
    if (next !== '') throw new Error('there are more pages than this helper reads');
    return webhooks.map(({ webhookId }) => webhookId);
  }

  /** A delivery that has to be there, with its attempts. */
  async delivery(id: string): Promise<Delivery & { readonly made: Attempt[] }> {
    const found = await this.store.delivery(id);
    if (found === undefined) throw new Error(`there is no delivery ${id}`);
    return { ...found.delivery, made: found.attempts };
  }

  /** The counters of a webhook that has to have some. */
  async stats(webhookId: string): Promise<WebhookStats> {
    const stats = (await this.store.stats([webhookId])).get(webhookId);
    if (stats === undefined) throw new Error(`${webhookId} has no counters`);
    return stats;
  }

  /** Everything that is counted, of the whole router and of some webhooks. */
  async counted(...webhookIds: string[]): Promise<Counted> {
    const hours = await Promise.all(
      [undefined, ...webhookIds].map((webhookId) => this.store.hourly(webhookId, 0)),
    );
    return { pending: await this.store.pending(), stats: await this.store.stats(webhookIds), hours };
  }
}

/** What `World.counted` gives. */
export interface Counted {
  readonly pending: number;
  readonly stats: Map<string, WebhookStats>;
  readonly hours: HourlyCounts[][];
}
