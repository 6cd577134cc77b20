import type { Vendors } from '../cdr/vendor.ts';
import { withLines } from '../check/json-text.ts';
import {
  errorAt,
  hasErrors,
  InvalidDocumentError,
  problemLine,
  warningAt,
  type Problem,
} from '../check/problem.ts';
import { configPath, loadConfig, type Config } from '../config.ts';
import { readDocument } from '../documents.ts';
import { configSchemaCheck, loadVendors, rulesSchemaCheck } from '../package-files.ts';
import { NetworkGuard } from '../relay/network-guard.ts';
import { checkRules } from '../webhooks/check-webhooks.ts';
import { missingReferences, MissingReferenceError } from '../webhooks/references.ts';
import { textsWithReferences } from '../webhooks/webhook.ts';
import { print, readOptions, UsageError, type Command } from './command.ts';

const HELP = `hookswitch check [RULES_FILE] [--config FILE] [--json]

Checks a rules file, or without one the configuration, its rules file and every vendor.
Exits with 0 when all can be used (warnings may be told), with 1 when something cannot.`;

/** What was found in one file. */
interface Report {
  readonly path: string;
  readonly problems: readonly Problem[];
  /** What the file holds, when it can be used. */
  readonly summary: string;
}

/** `hookswitch check`. */
export const check: Command = {
  name: 'check',
  summary: 'check configuration, rules and vendors',
  help: HELP,
  run(args) {
    const { values, positionals } = readOptions(args, {
      config: { type: 'string' },
      json: { type: 'boolean' },
    });
    const [rulesPath, ...others] = positionals;
    if (others.length > 0) throw new UsageError('one rules file at a time');
    const reports = rulesPath === undefined ? checkAll(values.config) : [checkRulesFile(rulesPath)];
    if (values.json === true) print(JSON.stringify(reports, null, 2));
    else for (const report of reports) printReport(report);
    return Promise.resolve(reports.some(({ problems }) => hasErrors(problems)) ? 1 : 0);
  },
};

function checkAll(asked: string | undefined): Report[] {
  const vendors = loadVendors();
  const path = configPath(asked, process.env);
  const vendorReport = { path: 'vendors', problems: [], summary: vendors.names.join(', ') };
  const config = checkConfig(path, vendors);
  if ('rulesPath' in config) return [vendorReport, config.report, checkRulesFile(config.rulesPath, config)];
  return [vendorReport, config.report];
}

function checkConfig(
  path: string,
  vendors: Vendors,
): { report: Report } | ({ report: Report } & Pick<Config, 'rulesPath' | 'sources' | 'allowNetworks'>) {
  try {
    const config = loadConfig(path, process.env, configSchemaCheck(), vendors);
    const summary = `${config.sources.size} sources: ${[...config.sources.keys()].join(', ')}`;
    return { ...config, report: { path, problems: [], summary } };
  } catch (error) {
    return { report: { path, problems: problemsOf(error), summary: '' } };
  }
}

/** @param config what the rules are checked against; without it, only what they say by themselves is checked. */
function checkRulesFile(path: string, config?: Pick<Config, 'sources' | 'allowNetworks'>): Report {
  try {
    const { text, value } = readDocument(path);
    const guard = config === undefined ? undefined : new NetworkGuard(config.allowNetworks);
    const { webhooks, problems } = checkRules(value, rulesSchemaCheck(), guard?.targetProblem);
    const all = [...problems];
    for (const [index, webhook] of webhooks.entries()) {
      for (const name of missingReferences(textsWithReferences(webhook), process.env)) {
        all.push(warningAt(`/webhooks/${index}`, `\${${name}} is not set in this environment`));
      }
      for (const name of (webhook.sources ?? []).filter((source) => config?.sources.has(source) === false)) {
        all.push(warningAt(`/webhooks/${index}/sources`, `no source "${name}" is configured`));
      }
    }
    return { path, problems: withLines(text, all), summary: `${webhooks.length} webhooks` };
  } catch (error) {
    return { path, problems: problemsOf(error), summary: '' };
  }
}

function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof InvalidDocumentError) return error.problems;
  if (error instanceof MissingReferenceError) return [errorAt('', error.message)];
  throw error;
}

function printReport({ path, problems, summary }: Report): void {
  print(`${path}: ${hasErrors(problems) ? 'cannot be used' : `ok, ${summary}`}`);
  for (const problem of problems) print(`  ${problemLine(problem)}`);
}
