import type { Accepted, Lease } from '../../src/store/records.ts';
import type { Store } from '../../src/store/store.ts';
import { WEBHOOK_IDS, type Command, type Write } from './store-commands.ts';
import type { TestClock } from './store-clock.ts';

/** More than a sequence makes of anything. */
const ALL = 10_000;

type Read = Exclude<Command, Write | { readonly verb: 'together' | 'reopen' | 'advance' }>;

/**
 * Plays commands on one store and tells its answers in a form that can be compared with another's: ids, which every
 * store makes up by itself, are replaced by names that count in the order in which the records were made.
 */
export class Player {
  store: Store;
  readonly #clock: TestClock;
  readonly #names = new Map<string, string>();
  readonly #cdrIds: string[] = [];
  readonly #deliveryIds: string[] = [];
  /** Every lease ever granted, whether or not it is still held. */
  readonly #leases: Lease[] = [];

  constructor(store: Store, clock: TestClock) {
    this.store = store;
    this.#clock = clock;
  }

  /** What the store answers to some calls made at the same time. */
  async writeTogether(writes: readonly Write[]): Promise<unknown> {
    const answers = await Promise.all(writes.map((one) => this.#write(one)));
    for (const [index, { verb }] of writes.entries()) {
      if (verb === 'accept') await this.#meet(answers[index] as Accepted[]);
      if (verb === 'lease') this.#leases.push(...(answers[index] as Lease[]));
    }
    return this.#told(answers);
  }

  /** What the store answers to a command that is not a write. */
  async read(command: Read): Promise<unknown> {
    return this.#told(await this.#read(command));
  }

  /** Everything that is counted. */
  async counts(): Promise<unknown> {
    const scopes = [undefined, ...WEBHOOK_IDS];
    return this.#told({
      pending: await this.store.pending(),
      stats: await this.store.stats(['never-hit', ...WEBHOOK_IDS]),
      hours: await Promise.all(scopes.map((webhookId) => this.store.hourly(webhookId, 0))),
    });
  }

  /** Every record. */
  async records(): Promise<unknown> {
    return this.#told({
      cdrs: await Promise.all(this.#cdrIds.map((id) => this.store.cdr(id))),
      deliveries: await Promise.all(this.#deliveryIds.map((id) => this.store.delivery(id))),
      listedCdrs: await this.store.cdrs({ limit: ALL }),
      listedDeliveries: await this.store.deliveries({ limit: ALL }),
    });
  }

  #write(write: Write): Promise<unknown> {
    switch (write.verb) {
      case 'accept':
        return this.store.accept(write.cdrs.map((cdr) => ({ ...cdr, receivedAtMs: this.#clock.nowMs })));
      case 'lease':
        return this.store.lease(new Map(write.rooms));
      case 'renew':
        return this.store.renew(write.picks.flatMap((pick) => this.#leaseAt(pick)));
      case 'settle':
        return this.store.settle(
          write.settlements.flatMap(({ pick, ...rest }) =>
            this.#leaseAt(pick).map((lease) => ({ lease, ...rest })),
          ),
        );
    }
  }

  #read(command: Read): Promise<unknown> {
    switch (command.verb) {
      case 'due':
        return this.store.due(command.after, command.limit);
      case 'purge':
        return this.store.purge(this.#clock.nowMs - command.ageMs);
      case 'cdrs':
        return this.store.cdrs({ ...command.filter, beforeId: fromEnd(this.#cdrIds, command.before) });
      case 'deliveries':
        return this.store.deliveries({
          ...command.filter,
          beforeId: fromEnd(this.#deliveryIds, command.before),
          cdrId: fromEnd(this.#cdrIds, command.ofCdr),
        });
    }
  }

  #leaseAt(pick: number): Lease[] {
    const lease = fromEnd(this.#leases, pick);
    return lease === undefined ? [] : [lease];
  }

  /** Names the records that were made. */
  async #meet(accepted: readonly Accepted[]): Promise<void> {
    for (const { id, duplicate, leases } of accepted) {
      this.#leases.push(...leases);
      if (duplicate) continue;
      this.#name(this.#cdrIds, id, 'cdr');
      const made = await this.store.deliveries({ cdrId: id, limit: ALL });
      for (const delivery of made.toReversed()) this.#name(this.#deliveryIds, delivery.id, 'delivery');
    }
  }

  #name(ids: string[], id: string, kind: string): void {
    ids.push(id);
    this.#names.set(id, `${kind} ${ids.length}`);
  }

  /** An answer with names for ids, without members that are undefined, and lists for maps. */
  #told(answer: unknown): unknown {
    const text = JSON.stringify({ answer }, (_key, value: unknown) => {
      if (value instanceof Map) return [...value].sort();
      return typeof value === 'string' ? (this.#names.get(value) ?? value) : value;
    });
    return JSON.parse(text);
  }
}

/** The item at a place counted from the end, round and round. */
function fromEnd<Item>(items: readonly Item[], place: number | undefined): Item | undefined {
  return place === undefined || items.length === 0 ? undefined : items.at(-1 - (place % items.length));
}
