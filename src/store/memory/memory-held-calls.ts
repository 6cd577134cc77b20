import {
  dueWithLeg,
  type Held,
  type HeldCall,
  type HeldCallStore,
  type NewLeg,
  type WaitingCall,
} from '../held-calls.ts';
import { fingerprintOf, newLegId } from '../identity.ts';
import type { Accepted, NewCdr } from '../records.ts';
import type { LegRow, Tables } from './tables.ts';

/** The held calls of a memory store. */
export class MemoryHeldCalls implements HeldCallStore {
  readonly #tables: Tables;
  readonly #accept: (cdr: NewCdr) => Accepted;

  constructor(tables: Tables, accept: (cdr: NewCdr) => Accepted) {
    this.#tables = tables;
    this.#accept = accept;
  }

  hold(legs: readonly NewLeg[]): Promise<Held[]> {
    return Promise.resolve(legs.map((leg) => this.#holdOne(leg)));
  }

  #holdOne(leg: NewLeg): Held {
    const { legs, dueCalls, clock } = this.#tables;
    const fingerprint = fingerprintOf(leg).toString('hex');
    const earlier = this.#findEarlier(fingerprint, leg.receivedAtMs);
    if (earlier !== undefined) return { id: earlier.id, duplicate: true };
    const { source, groupKey, vendor, receivedAtMs, raw, violation } = leg;
    const id = newLegId(receivedAtMs);
    legs.set(id, {
      id,
      source,
      groupKey,
      vendor,
      receivedAtMs,
      raw,
      violation,
      fingerprint,
      cdrId: undefined,
    });
    const key = keyOf(leg);
    const due = dueWithLeg(dueCalls.get(key), this.#heldOf(leg).length, leg, clock());
    dueCalls.set(key, due);
    return { id, duplicate: false };
  }

  #findEarlier(fingerprint: string, receivedAtMs: number): LegRow | undefined {
    const { dedupeWindowMs } = this.#tables.settings;
    if (dedupeWindowMs === 0) return undefined;
    return [...this.#tables.legs.values()].findLast(
      (leg) => leg.fingerprint === fingerprint && leg.receivedAtMs > receivedAtMs - dedupeWindowMs,
    );
  }

  due(limit: number): Promise<HeldCall[]> {
    const nowMs = this.#tables.clock();
    const due = this.#inOrder().filter(({ dueAtMs }) => dueAtMs <= nowMs);
    return Promise.resolve(
      due.slice(0, limit).map(({ source, groupKey }) => {
        return { source, groupKey, legs: this.#heldOf({ source, groupKey }).map(shownLeg) };
      }),
    );
  }

  waiting(limit: number): Promise<WaitingCall[]> {
    const calls = this.#inOrder().slice(0, limit);
    return Promise.resolve(calls.map((call) => ({ ...call, legs: this.#heldOf(call).length })));
  }

  count(): Promise<number> {
    return Promise.resolve(this.#tables.dueCalls.size);
  }

  /** All that are held, those that are due first in front. */
  #inOrder(): Omit<WaitingCall, 'legs'>[] {
    const inOrder = [...this.#tables.dueCalls].sort(([, a], [, b]) => a - b);
    return inOrder.map(([key, dueAtMs]) => {
      const [source = '', groupKey = ''] = JSON.parse(key) as string[];
      return { source, groupKey, dueAtMs };
    });
  }

  release(call: HeldCall, cdr: NewCdr): Promise<Accepted | undefined> {
    const held = this.#heldOf(call);
    const isSame =
      held.length > 0 && held.map(({ id }) => id).join() === call.legs.map(({ id }) => id).join();
    if (!isSame) return Promise.resolve(undefined);
    const accepted = this.#accept(cdr);
    for (const leg of held) leg.cdrId = accepted.id;
    this.#tables.dueCalls.delete(keyOf(call));
    return Promise.resolve(accepted);
  }

  #heldOf({ source, groupKey }: Pick<HeldCall, 'source' | 'groupKey'>): LegRow[] {
    return [...this.#tables.legs.values()].filter(
      (leg) => leg.source === source && leg.groupKey === groupKey && leg.cdrId === undefined,
    );
  }
}

function keyOf({ source, groupKey }: Pick<HeldCall, 'source' | 'groupKey'>): string {
  return JSON.stringify([source, groupKey]);
}

function shownLeg({ id, vendor, receivedAtMs, raw, violation }: LegRow): HeldCall['legs'][number] {
  return { id, vendor, receivedAtMs, raw, violation };
}
