import { onTestFinished } from 'vitest';
import type { JsonValue } from '../../src/check/json-text.ts';
import { rulesSchemaCheck } from '../../src/package-files.ts';
import { RulesTable } from '../../src/store/postgres/rules-table.ts';
import { migrate } from '../../src/store/postgres/migrate.ts';
import { readDatabaseUrl } from '../../src/store/postgres/database-url.ts';
import { Registry } from '../../src/webhooks/registry.ts';
import type { RulesStatus } from '../../src/webhooks/rules.ts';

/** One node's rules in a database, with everything that hangs on them. */
export interface RulesNode {
  readonly rules: RulesTable;
  readonly registry: Registry;
  /** What `onChange` was told, in order. */
  readonly statuses: RulesStatus[];
  /** Whether this node seeded the table, each time it was opened. */
  readonly seedings: boolean[];
}

const schemaCheck = rulesSchemaCheck();

/** Rules that are not open yet, in a schema that is migrated. */
export async function makeRulesNode(databaseUrl: string, seed?: object): Promise<RulesNode> {
  await migrate(readDatabaseUrl(databaseUrl));
  const registry = new Registry();
  const statuses: RulesStatus[] = [];
  const seedings: boolean[] = [];
  const rules = new RulesTable({
    databaseUrl,
    registry,
    schemaCheck,
    seed: { path: 'rules.json', read: () => seed as JsonValue | undefined },
    onChange: (status) => statuses.push(status),
    onOpen: (isSeeded) => seedings.push(isSeeded),
  });
  onTestFinished(() => rules.close());
  return { rules, registry, statuses, seedings };
}

/** The same, open. */
export async function openRulesNode(databaseUrl: string, seed?: object): Promise<RulesNode> {
  const node = await makeRulesNode(databaseUrl, seed);
  await node.rules.open();
  return node;
}
