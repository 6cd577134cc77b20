import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfig } from '../../config.ts';
import { shownStore } from '../../config-store.ts';
import { configSchemaCheck, loadVendors } from '../../package-files.ts';
import type { StorePlace } from '../../store/open-store.ts';
import { readDatabaseUrl } from '../../store/postgres/database-url.ts';
import { UsageError } from '../command.ts';
import type { Environment } from '../../webhooks/references.ts';

/** Where a router keeps everything. */
export interface Place extends StorePlace {
  /** The rules file, if the rules are not in the database. */
  readonly rulesPath: string;
}

/**
 * What `--from` and `--to` can say: a database URL, a configuration file or a data directory.
 *
 * @throws UsageError when nobody says which rules file belongs to a data directory: with another one's, what waits would
 *   be cancelled.
 */
export function placeOf(given: string, rules: string | undefined, environment: Environment): Place {
  if (/^postgres(?:ql)?:/.test(given)) {
    readDatabaseUrl(given);
    return { databaseUrl: given, dataDirectory: '', rulesPath: '' };
  }
  const rulesPath = rules ?? environment['HOOKSWITCH_RULES'];
  if (statSync(given, { throwIfNoEntry: false })?.isFile() !== true) {
    if (rulesPath === undefined) {
      throw new UsageError(
        `say with --rules which rules file belongs to "${given}", or name its configuration file instead`,
      );
    }
    return { dataDirectory: given, rulesPath };
  }
  // These say where a router keeps its things now; here the two sides say it themselves.
  const own = { ...environment, HOOKSWITCH_STORE: undefined, HOOKSWITCH_DATA: undefined };
  const config = loadConfig(given, own, configSchemaCheck(), loadVendors());
  const { databaseUrl, dataDirectory } = config;
  return { databaseUrl, dataDirectory, rulesPath: rules ?? config.rulesPath };
}

/** Whether two places are the same store. */
export function isSamePlace(one: Place, other: Place): boolean {
  if (one.databaseUrl === undefined || other.databaseUrl === undefined) {
    return (
      one.databaseUrl === other.databaseUrl && resolve(one.dataDirectory) === resolve(other.dataDirectory)
    );
  }
  return shownStore(one) === shownStore(other);
}
