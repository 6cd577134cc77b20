import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { JsonValue } from '../../check/json-text.ts';
import { InvalidDocumentError } from '../../check/problem.ts';
import { rulesSchemaCheck } from '../../package-files.ts';
import { RulesTable } from '../../store/postgres/rules-table.ts';
import { Registry } from '../../webhooks/registry.ts';
import { RulesFile } from '../../webhooks/rules-file.ts';
import type { Rules, RulesOptions } from '../../webhooks/rules.ts';
import type { Place } from './place.ts';

/**
 * Copies the rules, secrets that are written out too. Rules that are there already must be the same.
 *
 * @returns how many webhooks there are.
 * @throws Error when other rules are there, and what the rules throw.
 */
export async function copyRules(from: Place, to: Place): Promise<number> {
  if (from.databaseUrl === undefined && !existsSync(from.rulesPath)) {
    throw new Error(
      `there is no rules file ${from.rulesPath}; name the one of ${from.dataDirectory} with --rules`,
    );
  }
  const source = rulesOf(from);
  const target = rulesOf(to);
  try {
    await openUsable(source);
    if (to.databaseUrl === undefined) mkdirSync(dirname(to.rulesPath), { recursive: true });
    await openUsable(target);
    const { document } = source;
    const { webhooks, connections = {} } = target.document;
    if (webhooks.length === 0 && Object.keys(connections).length === 0) {
      await target.replace(() => document as unknown as JsonValue);
    } else if (!isDeepStrictEqual(target.document, document)) {
      throw new Error(
        `there are other webhooks in ${target.status.path}: make them the same with "hookswitch rules export" and "import", or take them away`,
      );
    }
    return target.document.webhooks.length;
  } finally {
    await Promise.all([source.close(), target.close()]);
  }
}

function rulesOf({ databaseUrl, dataDirectory, rulesPath }: Place): Rules {
  const options: RulesOptions = {
    registry: new Registry(),
    schemaCheck: rulesSchemaCheck(),
    onChange: () => undefined,
  };
  if (databaseUrl !== undefined) {
    const seed = { path: '', read: () => undefined };
    return new RulesTable({ ...options, databaseUrl, seed, onOpen: () => undefined });
  }
  return new RulesFile({
    ...options,
    path: rulesPath,
    lastGoodPath: join(dataDirectory, 'rules.last-good.json'),
  });
}

/** Rules with an error are not copied, nor the last good ones in their place. */
async function openUsable(rules: Rules): Promise<void> {
  await rules.open();
  const { path, errors } = rules.status;
  if (errors.length > 0) throw new InvalidDocumentError(path, errors);
}
