import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

/** One command of `hookswitch`. */
export interface Command {
  /** What `--help` prints. */
  readonly help: string;
  /**
   * Does it: data goes to standard output, everything else to standard error.
   *
   * @returns the exit code: 0 for success, 1 for failure. 2, for wrong use, comes of UsageError.
   */
  run(args: readonly string[]): Promise<number>;
}

/** Thrown when a command is called in a way it does not know. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** Reads a command's options. `--help` is taken out before commands see their arguments. */
export function readOptions<Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Prints data for whoever reads standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints a message to the person at the terminal. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
