import { Client } from 'pg';
import { expect, it, vi } from 'vitest';
import { delivered, inTurn, leased } from '../support/store-samples.ts';
import { describePostgres, newCdr, openPostgres, temporarySchema } from '../support/store-postgres.ts';

const SENDERS = 32;
const CDRS_OF_EACH = 20;

describePostgres('the PostgreSQL store under load', (serverUrl) => {
  it('asks the database less than once for five relayed CDRs', async () => {
    const store = await openPostgres(temporarySchema(serverUrl));
    const query = vi.spyOn(Client.prototype, 'query');
    await Promise.all(
      Array.from({ length: SENDERS }, () =>
        inTurn(CDRS_OF_EACH, async () => {
          const accepted = await store.accept([newCdr({ hits: leased('crm') })]);
          const leases = accepted.flatMap((one) => one.leases);
          await store.settle(leases.map((lease) => delivered(lease)));
        }),
      ),
    );

    const relayed = SENDERS * CDRS_OF_EACH;
    expect(query.mock.calls.length).toBeGreaterThan(0);
    expect(query.mock.calls.length / relayed).toBeLessThan(0.2);
    expect((await store.stats(['crm'])).get('crm')).toMatchObject({ hits: relayed, delivered: relayed });
  });
});
