import { existsSync } from 'node:fs';
import { givenCallFields } from '../cdr/given-call-fields.ts';
import type { Vendors } from '../cdr/vendor.ts';
import { withLines } from '../check/lines.ts';
import {
  errorAt,
  hasErrors,
  InvalidDocumentError,
  pointerTo,
  problemLine,
  warningAt,
  type Problem,
} from '../check/problem.ts';
import { shownStore } from '../config-store.ts';
import { configPath, loadConfig } from '../config.ts';
import { readDocument } from '../documents.ts';
import type { AdminAccess } from '../http/auth.ts';
import { configSchemaCheck, loadVendors, rulesSchemaCheck } from '../package-files.ts';
import { folderProblem } from '../intake/files/folder.ts';
import { NetworkGuard } from '../relay/network-guard.ts';
import { checkRules } from '../webhooks/check-rules.ts';
import type { TargetProblem } from '../webhooks/check-webhooks.ts';
import { checkSurroundings, type RouterSurroundings } from '../webhooks/check-surroundings.ts';
import { MissingReferenceError } from '../webhooks/references.ts';
import { environmentForWebhooks } from '../webhooks/webhook-environment.ts';
import { readTlsFiles, TlsFilesError } from '../relay/tls-agents.ts';
import type { TlsFiles } from '../webhooks/connection.ts';
import { readSecrets, withSecrets } from '../webhooks/secrets-file.ts';
import type { Webhook } from '../webhooks/webhook.ts';
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
  help: HELP,
  run(args) {
    const { values, positionals } = readOptions(args, {
      config: { type: 'string' },
      json: { type: 'boolean' },
    });
    const [rulesPath, ...others] = positionals;
    if (others.length > 0) throw new UsageError('one rules file at a time');
    const reports =
      rulesPath === undefined
        ? checkAll(values.config)
        : [checkRulesFile(rulesPath, { environment: process.env })];
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
  if ('rulesPath' in config) return [vendorReport, config.report, ...checkConfiguredRules(config)];
  return [vendorReport, config.report];
}

/** A router with a database needs no rules file, and looks into it only once. */
function checkConfiguredRules({ rulesPath, hasDatabase, ...surroundings }: UsableConfig): Report[] {
  if (!hasDatabase) return [checkRulesFile(rulesPath, surroundings)];
  if (!existsSync(rulesPath)) return [];
  const report = checkRulesFile(rulesPath, surroundings);
  const use = 'only read to begin with, while the database has no rules';
  return [{ ...report, summary: `${report.summary}; ${use}` }];
}

/** What the rules are checked against. */
interface Surroundings extends RouterSurroundings {
  readonly targetProblem?: TargetProblem;
}

/** A configuration that was checked, and when it can be used, what it says. */
type CheckedConfig = { readonly report: Report } | (UsableConfig & { readonly report: Report });

interface UsableConfig extends Surroundings {
  readonly rulesPath: string;
  /** Whether the rules are in a database. */
  readonly hasDatabase: boolean;
}

function checkConfig(path: string, vendors: Vendors): CheckedConfig {
  try {
    const { rulesPath, secretsPath, ...config } = loadConfig(path, process.env, configSchemaCheck(), vendors);
    const names = [...config.sources.keys()];
    const summary = `${names.length} sources: ${names.join(', ')}; store: ${shownStore(config)}`;
    const sources = givenCallFields(config.sources, vendors);
    const { targetProblem } = new NetworkGuard(config.allowNetworks);
    const secrets = secretsPath === undefined ? undefined : readSecrets(secretsPath, process.env);
    const environment = secrets === undefined ? process.env : withSecrets(secrets, process.env);
    const problems = (secrets?.warnings ?? []).map(({ message }) =>
      warningAt('/secretsFile', `${secretsPath ?? ''}: ${message}`),
    );
    const unusable = config.folders.flatMap((folder) => folderProblem(folder) ?? []);
    problems.push(...unusable.map((message) => errorAt('/folders', message)), ...guessable(config.access));
    const hasDatabase = config.databaseUrl !== undefined;
    const used = environmentForWebhooks(environment, config.allowVariables);
    const surroundings = { sources, environment: used, targetProblem };
    return { report: { path, problems, summary }, rulesPath, hasDatabase, ...surroundings };
  } catch (error) {
    return { report: { path, problems: problemsOf(error), summary: '' } };
  }
}

/** Who waits between guesses needs years for a token of so many characters. */
const SHORTEST_TOKEN = 16;

/** Tokens that can be guessed, each told by its name. */
function guessable({ tokens }: AdminAccess): Problem[] {
  const short = tokens.filter(({ token }) => token.length < SHORTEST_TOKEN);
  return short.map(({ name }) =>
    warningAt(
      '/admin/tokens',
      `the token ${name} can be guessed: make one of ${SHORTEST_TOKEN} characters or more, as by \`openssl rand -hex 16\``,
    ),
  );
}

function checkRulesFile(path: string, surroundings: Surroundings): Report {
  try {
    const { text, value } = readDocument(path);
    const { webhooks, problems } = checkRules(value, rulesSchemaCheck(), surroundings.targetProblem);
    const found = webhooks.flatMap((webhook, index) =>
      checkSurroundings(webhook, `/webhooks/${index}`, surroundings),
    );
    const all = [...problems, ...found, ...checkTlsFiles(webhooks)];
    return { path, problems: withLines(text, all), summary: `${webhooks.length} webhooks` };
  } catch (error) {
    return { path, problems: problemsOf(error), summary: '' };
  }
}

/** Certificates that cannot be used, each told once where they are named. */
function checkTlsFiles(webhooks: readonly Webhook[]): Problem[] {
  const files = webhooks.flatMap(({ document, tls, connection }, index): [string, TlsFiles][] => {
    if (tls === undefined) return [];
    const owner =
      document.tls === undefined ? pointerTo('/connections', connection?.name ?? '') : `/webhooks/${index}`;
    return [[`${owner}/tls`, tls]];
  });
  return [...new Map(files)].flatMap(([pointer, tls]) => {
    try {
      readTlsFiles(tls);
      return [];
    } catch (error) {
      if (error instanceof TlsFilesError) return [errorAt(pointer, error.message)];
      throw error;
    }
  });
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
