import { existsSync } from 'node:fs';
import type { Vendors } from './cdr/vendor.ts';
import { withLines } from './check/lines.ts';
import { InvalidDocumentError, errorAt, hasErrors, pointerTo, type Problem } from './check/problem.ts';
import type { SchemaCheck } from './check/schema.ts';
import { readDocument } from './documents.ts';
import { variableAt, withEnvironment } from './environment.ts';
import type { Scope } from './http/api-token.ts';
import type { AdminAccess } from './http/auth.ts';
import type { Listen } from './http/server.ts';
import { EXAMPLE_CONFIG } from './package-files.ts';
import { checkFiles, makeFolders, makeSftp, type FolderDocument, type SftpDocument } from './config-files.ts';
import { checkRecordings, makeRecordings, type RecordingsDocument } from './config-recordings.ts';
import { checkSources, makeSources, type SourceDocument } from './config-sources.ts';
import { makeIntake, type IntakeConfig, type IntakeDocument } from './config-intake.ts';
import { checkDatabaseUrl, checkStore, type StoreDocument } from './config-store.ts';
import type { Folder } from './intake/files/folder.ts';
import type { RecordingSettings } from './intake/recordings/recording-settings.ts';
import type { SftpSettings } from './intake/sftp/sftp-settings.ts';
import type { Source } from './intake/source.ts';
import { parseNetwork } from './relay/addresses.ts';
import { resolveReferences, type Environment } from './webhooks/references.ts';
import { readSecrets, SecretsFileError, withSecrets as mergeSecrets } from './webhooks/secrets-file.ts';

/** A router's whole configuration, every default filled in; `schemas/config.schema.json` explains each member. */
export interface Config extends IntakeConfig {
  /** Where it was read from. */
  readonly path: string;
  readonly listen: Listen;
  /** `undefined` when administration is served at `listen` too. */
  readonly adminListen: Listen | undefined;
  readonly access: AdminAccess;
  readonly dataDirectory: string;
  /** The database that routers share; `undefined` when everything is kept in the data directory. */
  readonly databaseUrl: string | undefined;
  readonly rulesPath: string;
  /** Where `${NAME}` is looked for beside the environment. */
  readonly secretsPath: string | undefined;
  readonly sources: ReadonlyMap<string, Source>;
  /** Those of SFTP users, too. */
  readonly folders: readonly Folder[];
  /** `undefined` when there is to be no SFTP server. */
  readonly sftp: SftpSettings | undefined;
  /** `undefined` when none are kept. */
  readonly recordings: RecordingSettings | undefined;
  readonly maxInFlight: number;
  readonly maxOverdueMs: number;
  /** How long a delivery is held by the node that sends it, unless that renews it. */
  readonly leaseMs: number;
  /** Special networks that may be sent to, in CIDR notation. */
  readonly allowNetworks: readonly string[];
  /** Names of the environment that webhooks may use, `*` standing for any characters; see `environmentForWebhooks`. */
  readonly allowVariables: readonly string[];
  /** Whether the API shows phone numbers by their last three digits alone. */
  readonly maskNumbers: boolean;
  readonly retentionMs: number;
  readonly shutdownGraceMs: number;
  readonly logLevel: string;
}

/** The document as a user writes it, checked. */
interface ConfigDocument {
  readonly listen?: Partial<Listen>;
  readonly admin?: {
    readonly listen?: Partial<Listen>;
    readonly tokens?: readonly { name: string; token: string; scopes?: readonly Scope[] }[];
    readonly allowedHosts?: readonly string[];
  };
  readonly store?: StoreDocument;
  readonly rules?: string;
  readonly secretsFile?: string;
  readonly sources?: Readonly<Record<string, SourceDocument>>;
  readonly folders?: readonly FolderDocument[];
  readonly sftp?: SftpDocument;
  readonly recordings?: RecordingsDocument;
  readonly intake?: IntakeDocument;
  readonly relay?: {
    readonly maxInFlight?: number;
    readonly maxOverdueSeconds?: number;
    readonly leaseSeconds?: number;
    readonly allowNetworks?: readonly string[];
    readonly allowVariables?: readonly string[];
  };
  readonly privacy?: { readonly maskNumbers?: boolean };
  readonly retention?: { readonly days?: number };
  readonly shutdown?: { readonly graceSeconds?: number };
  readonly log?: { readonly level?: string };
}

/**
 * The configuration file to use: the one asked for, else `HOOKSWITCH_CONFIG`, else `config.json` in this folder, else the
 * example that comes with the package.
 */
export function configPath(asked: string | undefined, environment: Environment): string {
  return (
    asked ?? environment['HOOKSWITCH_CONFIG'] ?? (existsSync('config.json') ? 'config.json' : EXAMPLE_CONFIG)
  );
}

/**
 * Reads a configuration file, the environment winning over it.
 *
 * @throws InvalidDocumentError when it cannot be read or used, MissingReferenceError when a `${NAME}` is not set.
 */
export function loadConfig(
  path: string,
  environment: Environment,
  schemaCheck: SchemaCheck,
  vendors: Vendors,
): Config {
  const { text, value } = readDocument(path);
  const document = withEnvironment(value, environment);
  const problems = schemaCheck(document);
  if (!hasErrors(problems)) problems.push(...otherProblems(document as ConfigDocument, vendors));
  const filled = hasErrors(problems)
    ? environment
    : withSecretsFile(document as ConfigDocument, environment, problems);
  if (hasErrors(problems)) {
    const told = withLines(text, problems).map((problem) => withVariable(problem, environment));
    throw new InvalidDocumentError(path, told);
  }
  const config = makeConfig(path, document as ConfigDocument, filled, vendors);
  const wrongUrl = checkDatabaseUrl(config.databaseUrl).map((problem) => withVariable(problem, environment));
  if (wrongUrl.length > 0) throw new InvalidDocumentError(path, withLines(text, wrongUrl));
  return config;
}

/** The environment with the secrets file's values, if there is one. What is wrong with it is added to `problems`. */
function withSecretsFile(
  { secretsFile }: ConfigDocument,
  environment: Environment,
  problems: Problem[],
): Environment {
  if (secretsFile === undefined) return environment;
  try {
    return mergeSecrets(readSecrets(secretsFile, environment), environment);
  } catch (error) {
    if (!(error instanceof SecretsFileError)) throw error;
    problems.push(errorAt('/secretsFile', error.message));
    return environment;
  }
}

/** An error that the environment made is not to be looked for in the file. */
function withVariable(problem: Problem, environment: Environment): Problem {
  const variable = variableAt(problem.pointer, environment);
  return variable === undefined
    ? problem
    : { ...problem, message: `${problem.message} (set by ${variable})` };
}

/** What no schema can tell. */
function otherProblems(document: ConfigDocument, vendors: Vendors): Problem[] {
  return [
    ...checkStore(document.store),
    ...checkSources(document.sources, vendors),
    ...checkFiles(document),
    ...checkRecordings(document),
    ...badNetworks(document.relay?.allowNetworks ?? []),
  ];
}

function badNetworks(networks: readonly string[]): Problem[] {
  return networks.flatMap((text, index) =>
    parseNetwork(text) === undefined
      ? [
          errorAt(
            pointerTo('/relay/allowNetworks', index),
            'is not a network; write it as 192.168.0.0/16, or a single address as 192.168.1.20',
          ),
        ]
      : [],
  );
}

const ALL_SCOPES: readonly Scope[] = ['read', 'write'];

/** The defaults that `schemas/config.schema.json` promises. */
const DEFAULTS = {
  listen: { host: '127.0.0.1', port: 8_080 },
  store: { directory: 'data' },
  rules: 'rules/rules.json',
  relay: {
    ...{ maxInFlight: 1_000, maxOverdueSeconds: 300, leaseSeconds: 20 },
    ...{ allowNetworks: [], allowVariables: ['*'] },
  },
  privacy: { maskNumbers: false },
  retention: { days: 30 },
  shutdown: { graceSeconds: 10 },
  log: { level: 'info' },
};

function makeConfig(
  path: string,
  document: ConfigDocument,
  environment: Environment,
  vendors: Vendors,
): Config {
  // The configuration itself names the secrets file, which therefore has nothing for it.
  const complaint = (name: string): string => `\${${name}} is not set in the environment`;
  const secret = (text: string): string => resolveReferences(text, environment, complaint);
  const relay = { ...DEFAULTS.relay, ...document.relay };
  const { admin = {} } = document;
  const dataDirectory = document.store?.directory ?? DEFAULTS.store.directory;
  const sources = makeSources(path, document.sources, vendors, secret);
  const sftp = makeSftp(document.sftp, dataDirectory, secret);
  return {
    path,
    listen: { ...DEFAULTS.listen, ...document.listen },
    adminListen: admin.listen === undefined ? undefined : { ...DEFAULTS.listen, ...admin.listen },
    access: makeAccess(admin, secret, environment['HOOKSWITCH_API_TOKEN']),
    dataDirectory,
    databaseUrl: document.store?.url === undefined ? undefined : secret(document.store.url),
    rulesPath: document.rules ?? DEFAULTS.rules,
    secretsPath: document.secretsFile,
    sources,
    folders: makeFolders(document, sftp, sources),
    sftp,
    recordings: makeRecordings(document.recordings, dataDirectory, secret),
    ...makeIntake(document.intake),
    maxInFlight: relay.maxInFlight,
    maxOverdueMs: relay.maxOverdueSeconds * 1_000,
    leaseMs: relay.leaseSeconds * 1_000,
    allowNetworks: relay.allowNetworks,
    allowVariables: relay.allowVariables,
    maskNumbers: { ...DEFAULTS.privacy, ...document.privacy }.maskNumbers,
    retentionMs: { ...DEFAULTS.retention, ...document.retention }.days * 24 * 3_600_000,
    shutdownGraceMs: { ...DEFAULTS.shutdown, ...document.shutdown }.graceSeconds * 1_000,
    logLevel: { ...DEFAULTS.log, ...document.log }.level,
  };
}

/** @param given the token of the environment, which is taken as it is. */
function makeAccess(
  { tokens = [], allowedHosts = [] }: NonNullable<ConfigDocument['admin']>,
  secret: (text: string) => string,
  given: string | undefined,
): AdminAccess {
  const all = tokens.map(({ name, token, scopes }) => ({
    name,
    token: secret(token),
    scopes: scopes ?? ALL_SCOPES,
  }));
  if (given !== undefined && given !== '') {
    all.push({ name: 'HOOKSWITCH_API_TOKEN', token: given, scopes: ALL_SCOPES });
  }
  return { tokens: all, allowedHosts };
}
