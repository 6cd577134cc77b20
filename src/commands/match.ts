import { readFileSync } from 'node:fs';
import type { Cdr } from '../cdr/cdr.ts';
import { cdrOfRead, readCdrs } from '../cdr/read.ts';
import type { Vendors } from '../cdr/vendor.ts';
import { hasErrors, InvalidDocumentError } from '../check/problem.ts';
import { configPath, loadConfig } from '../config.ts';
import { readDocument } from '../documents.ts';
import { explain, type ExplainedCondition, type Explanation } from '../match/explain.ts';
import { gunzipped } from '../intake/gunzip.ts';
import { configSchemaCheck, loadVendors, rulesSchemaCheck } from '../package-files.ts';
import { checkRules } from '../webhooks/check-rules.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { print, readOptions, UsageError, type Command } from './command.ts';

const HELP = `hookswitch match --cdr FILE [--rules FILE] [--config FILE] [--source NAME] [--vendor NAME] [--json]

Tells for each CDR in FILE which webhooks it would hit, and for each condition whether it holds and what it
saw. FILE holds what a phone system would send: JSON, an array, NDJSON or a form. Nothing is sent or stored.
Exits with 0 when at least one webhook is hit, with 1 when none is.`;

/** `hookswitch match`. */
export const match: Command = {
  help: HELP,
  run(args) {
    const { values } = readOptions(args, {
      cdr: { type: 'string' },
      rules: { type: 'string' },
      config: { type: 'string' },
      source: { type: 'string' },
      vendor: { type: 'string' },
      json: { type: 'boolean' },
    });
    if (values.cdr === undefined) throw new UsageError('--cdr is missing: the file with the CDR');
    const vendors = loadVendors();
    const path = configPath(values.config, process.env);
    const rulesPath = values.rules ?? loadConfig(path, process.env, configSchemaCheck(), vendors).rulesPath;
    const webhooks = readWebhooks(rulesPath);
    const cdrs = cdrsIn(values.cdr, vendors, values.vendor, values.source);
    const results = cdrs.map((cdr) => ({
      cdr,
      explanations: webhooks.map((webhook) => explain(webhook, cdr)),
    }));
    if (values.json === true) {
      const shown = results.map(({ cdr, explanations }) => ({
        source: cdr.source,
        vendor: cdr.vendor,
        webhooks: explanations,
      }));
      print(JSON.stringify(shown, null, 2));
    } else {
      for (const { cdr, explanations } of results) printResult(cdr, webhooks, explanations);
    }
    return Promise.resolve(
      results.some(({ explanations }) => explanations.some(({ matched }) => matched)) ? 0 : 1,
    );
  },
};

function readWebhooks(path: string): readonly Webhook[] {
  const { webhooks, problems } = checkRules(readDocument(path).value, rulesSchemaCheck());
  if (hasErrors(problems)) throw new InvalidDocumentError(path, problems);
  return webhooks;
}

function cdrsIn(
  path: string,
  vendors: Vendors,
  vendorName: string | undefined,
  source: string | undefined,
): Cdr[] {
  const vendor = vendorName === undefined ? undefined : vendors.get(vendorName);
  if (vendorName !== undefined && vendor === undefined) {
    throw new UsageError(`there is no vendor "${vendorName}"; known are ${vendors.names.join(', ')}`);
  }
  return readCdrs({ body: gunzipped(readFileSync(path)), query: '' }, { name: '', vendor }, vendors).map(
    (read) => cdrOfRead(read, { name: source ?? read.vendor.profile.vendor, vendor }, new Date()),
  );
}

function printResult(cdr: Cdr, webhooks: readonly Webhook[], explanations: readonly Explanation[]): void {
  print(`CDR of ${cdr.vendor} by the source "${cdr.source}", ${cdr.fields.size} fields`);
  for (const [index, { matched, listens, conditions }] of explanations.entries()) {
    print(`  ${matched ? 'HIT ' : 'miss'} ${webhooks[index]?.name ?? ''}`);
    if (!listens) print(`    no   it does not listen to the source "${cdr.source}"`);
    if (conditions.length === 0) print('    yes  it has no conditions, so every CDR matches');
    for (const condition of conditions) print(`    ${conditionLine(condition)}`);
  }
}

function conditionLine({ condition, held, saw, error }: ExplainedCondition): string {
  const fields = saw
    .map(({ path, value, absent }) => `${path} ${absent ? 'is absent' : `= ${short(value)}`}`)
    .join(', ');
  const failure = error === undefined ? '' : ` (could not be evaluated: ${error})`;
  return `${held ? 'yes' : 'no '}  ${JSON.stringify(condition)}${fields === '' ? '' : `   ${fields}`}${failure}`;
}

/** A value on part of a line. */
function short(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
