import { PostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { describePostgres, SchemaStock, withClock } from '../support/store-postgres.ts';
import { describeStore } from './store-contract.ts';

describePostgres('with PostgreSQL', (serverUrl) => {
  const schemas = new SchemaStock(serverUrl);
  describeStore('the PostgreSQL store, two nodes in turn', {
    isDurable: true,
    open: async (place, settings, clock) => {
      const url = schemas.take(place);
      const nodes = await Promise.all([PostgresStore.open(url, settings), PostgresStore.open(url, settings)]);
      return withClock(url, nodes, clock);
    },
    remove: (place) => schemas.giveBack(place),
  });
});
