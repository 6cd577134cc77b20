import { readFileSync, statSync, unwatchFile, watchFile } from 'node:fs';
import { isDeepStrictEqual, parseEnv } from 'node:util';
import { errorAt, warningAt, type Problem } from '../check/problem.ts';
import type { Environment } from './references.ts';

/** How it stands with the secrets file. Nothing in it holds a value. */
export interface SecretsStatus {
  readonly path: string;
  /** How many names the values in force have. */
  readonly names: number;
  /** Warnings, and an error when the file as it is now is not in force. */
  readonly problems: readonly Problem[];
}

/** What a secrets file holds. */
export interface Secrets {
  readonly values: Readonly<Record<string, string>>;
  readonly warnings: readonly Problem[];
}

/** Thrown when a secrets file cannot be used. The message names the file and no value. */
export class SecretsFileError extends Error {
  constructor(path: string, reason: string) {
    super(`the secrets file ${path} ${reason}`);
    this.name = 'SecretsFileError';
  }
}

/** What a secrets file needs to work. */
export interface SecretsFileOptions {
  readonly path: string;
  /** The process's own; it wins over the file. */
  readonly environment: Environment;
  /** Called when other values are in force, and when what is wrong with the file changes. */
  readonly onChange: (status: SecretsStatus) => void;
}

/** How often the file is looked at. */
const WATCH_INTERVAL_MS = 300;

/** What others than owner and group may do: read. Windows has no such rights. */
const READABLE_BY_ALL = process.platform === 'win32' ? 0 : 0o004;

/**
 * Reads a secrets file: `NAME=value` lines, as `node --env-file` takes them.
 *
 * @throws SecretsFileError when it cannot be read, is not text, or is empty.
 */
export function readSecrets(path: string, environment: Environment): Secrets {
  const { text, mode } = readText(path);
  const values = parseEnv(text) as Record<string, string>;
  // An editor or a deployment that is in the middle of writing leaves an empty file for a moment.
  if (Object.keys(values).length === 0) throw new SecretsFileError(path, 'has no NAME=value in it');
  const warnings = Object.entries(values)
    .filter(([name, value]) => (environment[name] ?? value) !== value)
    .map(([name]) => warningAt('', `${name} is set in the environment too, and that wins`));
  if ((mode & READABLE_BY_ALL) !== 0)
    warnings.push(warningAt('', 'everybody on this machine can read it; chmod 600 keeps it to its owner'));
  return { values, warnings };
}

function readText(path: string): { text: string; mode: number } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
    return { text, mode: statSync(path).mode };
  } catch (error) {
    throw new SecretsFileError(path, `cannot be read: ${(error as Error).message}`);
  }
}

/** A secrets file's values with the environment put over them. */
export function withSecrets({ values }: Secrets, environment: Environment): Environment {
  return { ...values, ...environment };
}

/**
 * A secrets file that is read again when it changes. One that cannot be used changes nothing: the last good values stay
 * in force.
 */
export class SecretsFile {
  readonly #options: SecretsFileOptions;
  readonly #values: Record<string, string | undefined> = {};
  #told: SecretsStatus | undefined;
  #secondLook: NodeJS.Timeout | undefined;

  constructor(options: SecretsFileOptions) {
    this.#options = options;
  }

  /** The values of the file with the environment put over them: always the same object, with what is in force now. */
  get environment(): Environment {
    return this.#values;
  }

  /**
   * Reads the file and begins to watch it.
   *
   * @throws SecretsFileError
   */
  open(): void {
    this.#load();
    watchFile(this.#options.path, { interval: WATCH_INTERVAL_MS }, this.#reload);
    // What was changed between the reading and the watching is only seen by looking once more.
    this.#secondLook = setTimeout(this.#reload, WATCH_INTERVAL_MS);
  }

  /** Stops watching. */
  close(): void {
    unwatchFile(this.#options.path, this.#reload);
    clearTimeout(this.#secondLook);
  }

  #load(): void {
    const { path, environment } = this.#options;
    const secrets = readSecrets(path, environment);
    const values = withSecrets(secrets, environment);
    const isNew = !isDeepStrictEqual(values, this.#values);
    for (const name of Object.keys(this.#values)) Reflect.deleteProperty(this.#values, name);
    Object.assign(this.#values, values);
    this.#tell({ path, names: Object.keys(secrets.values).length, problems: secrets.warnings }, isNew);
  }

  #reload = (): void => {
    try {
      this.#load();
    } catch (error) {
      if (!(error instanceof SecretsFileError)) throw error;
      const problems = [errorAt('', `${error.message}; the last good values stay in force`)];
      this.#tell({ path: this.#options.path, names: this.#told?.names ?? 0, problems }, false);
    }
  };

  /** Nobody wants to hear twice that all is as it was. */
  #tell(status: SecretsStatus, isNew: boolean): void {
    if (!isNew && isDeepStrictEqual(status, this.#told)) return;
    this.#told = status;
    this.#options.onChange(status);
  }
}
