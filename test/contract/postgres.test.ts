import { PostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { createSchemaUrl, dropSchema } from '../support/postgres.ts';
import { describePostgres, withClock } from '../support/store-postgres.ts';
import { describeStore } from './store-contract.ts';

describePostgres('with PostgreSQL', (serverUrl) => {
  describeStore('the PostgreSQL store, two nodes in turn', {
    isDurable: true,
    open: async (place, settings, clock) => {
      const url = createSchemaUrl(serverUrl, place);
      const nodes = await Promise.all([PostgresStore.open(url, settings), PostgresStore.open(url, settings)]);
      return withClock(url, nodes, clock);
    },
    remove: (place) => dropSchema(createSchemaUrl(serverUrl, place)),
  });
});
