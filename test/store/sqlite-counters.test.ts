import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Accepted, Lease, Settlement } from '../../src/store/records.ts';
import { cancelled, delivered, failed, leased, only, retried, waiting } from '../support/store-samples.ts';
import {
  connectTo,
  drift,
  impossibleCdr,
  newCdr,
  openSqlite,
  type OpenedSqlite,
} from '../support/store-sqlite.ts';

/** What a caller does; those of one list do it in one commit, which one that cannot succeed makes fail at first. */
type Deed = 'accept' | 'accept what cannot be' | 'accept and then what cannot be' | 'lease' | 'settle';

const deed = fc.constantFrom<Deed>(
  'accept',
  'accept',
  'accept what cannot be',
  'accept and then what cannot be',
  'lease',
  'settle',
  'settle',
);

/** Does what it is told on one store and remembers the leases it was told of. */
class Doer {
  readonly #opened: OpenedSqlite;
  readonly #leases: Lease[] = [];
  #settled = 0;

  constructor(opened: OpenedSqlite) {
    this.#opened = opened;
  }

  async do(deed: Deed): Promise<void> {
    const { store, clock } = this.#opened;
    const cdr = newCdr(clock, { hits: [...leased('crm'), ...waiting('tickets')], errors: ['mail'] });
    if (deed === 'accept') this.#hold(await store.accept([cdr, newCdr(clock, { hits: leased('crm') })]));
    else if (deed === 'lease') this.#leases.push(...(await store.lease(new Map([['tickets', 2]]))));
    else if (deed === 'settle') await store.settle(this.#nextSettlements());
    else {
      const first = deed === 'accept what cannot be' ? [] : [cdr];
      await expect(store.accept([...first, impossibleCdr(clock, { hits: leased('crm') })])).rejects.toThrow();
    }
  }

  #hold(accepted: readonly Accepted[]): void {
    this.#leases.push(...accepted.flatMap(({ leases }) => leases));
  }

  /** The ends of two leases, of each kind in its turn, one of them settled again and so lost. */
  #nextSettlements(): Settlement[] {
    const [first, second] = this.#leases.splice(0, 2);
    if (first === undefined || second === undefined) return [];
    const kinds = [delivered, failed, cancelled, (lease: Lease): Settlement => retried(lease, 0)];
    const kind = kinds[(this.#settled += 1) % kinds.length] ?? delivered;
    return [kind(first), delivered(second), failed(second)];
  }
}

describe('the counters of an SQLite store', () => {
  it('say what the rows say, however much work was undone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(deed, { maxLength: 6 }), { maxLength: 12 }), async (groups) => {
        const opened = openSqlite();
        const doer = new Doer(opened);
        for (const group of groups) {
          opened.clock.advance(1_000_000);
          await Promise.all(group.map((one) => doer.do(one)));
          expect(drift(opened.directory)).toEqual([]);
        }
        await opened.store.close();
      }),
      { numRuns: 25 },
    );
  });

  it('are seen to drift when they do', async () => {
    const { store, directory, clock } = openSqlite();
    const { leases } = only(await store.accept([newCdr(clock, { hits: leased('crm') })]));
    await store.settle(leases.map((lease) => delivered(lease)));
    const other = connectTo(directory);
    const seen = (sql: string): unknown[] => {
      other.exec(`BEGIN; ${sql}; COMMIT`);
      return drift(directory).map(({ what }) => what);
    };

    expect(seen('UPDATE webhook_stats SET hits = 2')).toEqual(['hits crm']);
    expect(seen(`INSERT INTO hourly_counts VALUES ('crm', 0, 0, 0, 1, 0)`)).toEqual([
      'hits crm',
      'delivered in hours crm',
    ]);
    expect(seen('DELETE FROM attempts')).toHaveLength(3);
    expect(seen('UPDATE hourly_counts SET received = received + 1')).toHaveLength(5);
  });
});
