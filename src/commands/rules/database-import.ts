import type { JsonValue } from '../../check/json-text.ts';
import { InvalidDocumentError } from '../../check/problem.ts';
import { readDocument } from '../../documents.ts';
import { rulesSchemaCheck } from '../../package-files.ts';
import { RulesTable } from '../../store/postgres/rules-table.ts';
import type { RulesDocument } from '../../webhooks/check-webhooks.ts';
import { Registry } from '../../webhooks/registry.ts';
import { differenceOf, isNoDifference } from '../../webhooks/rules-difference.ts';
import { restoreMaskedRules } from '../../webhooks/rules-secrets.ts';
import { isUsable, printDifference, tellRefused } from './told.ts';

/**
 * Puts the rules of a file in the place of those in a database, without a router: there may be none that can start with
 * them. Routers that run follow as they follow each other.
 *
 * @param isDry whether it is only to be told what would change.
 * @returns the exit code.
 * @throws StoreUnavailableError when the database cannot be had or has no rules.
 */
export async function importIntoDatabase(databaseUrl: string, file: string, isDry: boolean): Promise<number> {
  const { text, value } = readDocument(file);
  const table = new RulesTable({
    databaseUrl,
    registry: new Registry(),
    schemaCheck: rulesSchemaCheck(),
    seed: { path: '', read: () => undefined },
    onChange: () => undefined,
    onOpen: () => undefined,
  });
  try {
    await openAnyhow(table);
    const { document, status } = table;
    const { path, errors, refused } = status;
    const withSecrets = (before: RulesDocument): JsonValue => restoreMaskedRules(value, before);
    const after = withSecrets(refused ?? document);
    if (!isUsable(file, text, table.problemsOf(after))) return 1;
    if (refused !== undefined) {
      tellRefused({ path, errors, difference: differenceOf(document, refused) });
    }
    const difference = differenceOf(refused ?? document, after as unknown as RulesDocument);
    printDifference(difference);
    if (!isDry && !isNoDifference(difference)) {
      await table.replace((before, stillRefused) => withSecrets(stillRefused ?? before));
    }
    return 0;
  } finally {
    await table.close();
  }
}

/** Rules that cannot be used are what this is for. */
async function openAnyhow(table: RulesTable): Promise<void> {
  try {
    await table.open();
  } catch (error) {
    if (!(error instanceof InvalidDocumentError) || table.status.refused === undefined) throw error;
  }
}
