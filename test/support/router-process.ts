import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const REPOSITORY = join(import.meta.dirname, '../..');

/** No test needs a router for longer; one that is forgotten ends by itself. */
const LIFETIME_MS = 240_000;
const START_PATIENCE_MS = 60_000;

/** `ulimit -f` of a POSIX shell counts in these. */
const ULIMIT_BLOCK_BYTES = 512;

type Child = ChildProcessByStdio<null, Readable, Readable>;

const running = new Set<Child>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A temporary folder with everything a router keeps: its data and its rules. */
export class RouterFolder {
  readonly path: string;
  readonly dataDirectory: string;
  readonly databasePath: string;
  readonly rulesPath: string;

  /** @param webhooks the first rules. */
  constructor(webhooks: readonly object[] = []) {
    this.path = mkdtempSync(join(tmpdir(), 'hookswitch-'));
    this.dataDirectory = join(this.path, 'data');
    this.databasePath = join(this.dataDirectory, 'hookswitch.db');
    mkdirSync(join(this.path, 'rules'));
    this.rulesPath = join(this.path, 'rules', 'rules.json');
    this.writeRules(`${JSON.stringify({ webhooks }, null, 2)}\n`);
  }

  /** Writes the rules file in place, as a hand edit does. */
  writeRules(text: string): void {
    writeFileSync(this.rulesPath, text);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A line of a router's log. */
export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

/** How a process ended. */
export interface Exit {
  /** Its exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How to run a router. */
export interface RunSettings {
  /** Environment variables beside those that name the folder. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether a shell runs it that keeps signals to itself, as `npm start` may. */
  readonly inShell?: boolean;
  /** The operating system lets no file of it grow beyond this: what a full disk looks like to a process. */
  readonly maxFileBytes?: number;
}

/** One run of `hookswitch serve` as a process of its own: it begins once, ends once, and is started again as another. */
export class RouterProcess {
  /** What it has logged so far. */
  readonly log: LogLine[] = [];
  /** Fulfilled when the process has ended and its last output is read. */
  readonly exit: Promise<Exit>;
  readonly #child: Child;
  readonly #url: Promise<string>;
  #knownUrl = '';
  #errorText = '';
  /** Whether it is up and no test has asked it to end. */
  #isWanted = false;

  private constructor(child: Child) {
    this.#child = child;
    running.add(child);
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      this.#errorText += chunk;
    });
    const started = Promise.withResolvers<string>();
    this.#url = started.promise;
    // A run that is expected to fail is asked for its exit, never for its url.
    this.#url.catch(() => undefined);
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as LogLine;
      this.log.push(line);
      if (line.event === 'router.started') started.resolve(String(line['url']));
    });
    this.exit = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        running.delete(child);
        started.reject(new Error(`the router ended before it had started:\n${this.#errorText}`));
        resolve({ code, signal });
        if (this.#isWanted)
          console.error(`a router ended unasked (${code ?? signal ?? ''}):\n${this.#errorText}`);
      });
    });
  }

  /** Runs a router in a folder without waiting for it to start. */
  static launch(folder: RouterFolder, settings: RunSettings = {}): RouterProcess {
    const [command, args] = commandLine(settings);
    const child = spawn(command, args, {
      // Away from the repository, so that no config.json in there is found.
      cwd: folder.path,
      env: {
        PATH: process.env['PATH'],
        HOOKSWITCH_CONFIG: join(REPOSITORY, 'config.example.json'),
        HOOKSWITCH_PORT: '0',
        HOOKSWITCH_DATA: folder.dataDirectory,
        HOOKSWITCH_RULES: folder.rulesPath,
        HOOKSWITCH_LOG_LEVEL: 'info',
        ...settings.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIFETIME_MS,
      killSignal: 'SIGKILL',
    });
    return new RouterProcess(child);
  }

  /**
   * Runs a router in a folder and waits until it takes CDRs.
   *
   * @throws Error with what it wrote to standard error when it does not come to that.
   */
  static async start(folder: RouterFolder, settings: RunSettings = {}): Promise<RouterProcess> {
    const router = RouterProcess.launch(folder, settings);
    const tooLate = setTimeout(() => {
      router.#child.kill('SIGKILL');
    }, START_PATIENCE_MS);
    router.#knownUrl = await router.#url.finally(() => {
      clearTimeout(tooLate);
    });
    router.#isWanted = true;
    return router;
  }

  /** Where it listens, such as `http://127.0.0.1:54321`; another port after each start. */
  get url(): string {
    return this.#knownUrl;
  }

  /** Its process id. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What it has written to standard error so far. */
  get errorText(): string {
    return this.#errorText;
  }

  /** The lines of its log that tell of one kind of event. */
  logOf(event: string): LogLine[] {
    return this.log.filter((line) => line.event === event);
  }

  /** Ends it as a power cut would. Does nothing to a run that has ended. */
  kill(): Promise<Exit> {
    return this.#end('SIGKILL');
  }

  /** Asks it to stop, as a service manager does. */
  terminate(): Promise<Exit> {
    return this.#end('SIGTERM');
  }

  #end(signal: NodeJS.Signals): Promise<Exit> {
    this.#isWanted = false;
    this.#child.kill(signal);
    return this.exit;
  }
}

function commandLine({ maxFileBytes, inShell = false }: RunSettings): [command: string, args: string[]] {
  const serve = [process.execPath, join(REPOSITORY, 'src', 'cli.ts'), 'serve'] as const;
  if (inShell) return ['sh', ['-c', '"$@"; :', 'sh', ...serve]];
  if (maxFileBytes === undefined) return [serve[0], serve.slice(1)];
  // Only the soft limit, which its owner may lift again; `exec` so that the process id is the router's.
  const limited = `ulimit -S -f ${Math.floor(maxFileBytes / ULIMIT_BLOCK_BYTES)} && exec "$@"`;
  return ['sh', ['-c', limited, 'sh', ...serve]];
}
