import { describePostgres, temporarySchema } from '../support/store-postgres.ts';
import { openRulesNode } from '../support/rules-table.ts';
import { describeRules } from './rules-contract.ts';

describePostgres('with PostgreSQL', (serverUrl) => {
  describeRules('rules in a table', {
    kind: 'table',
    place: (document) => {
      const url = temporarySchema(serverUrl);
      return () => openRulesNode(url, document);
    },
  });
});
