import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { within } from './clock.ts';

/** How to start a server that answers `GET /readyz` with 200 once it is there. */
export interface ServerCommand {
  readonly script: string;
  readonly args: readonly string[];
  readonly url: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether it is asked what it uses (usage-probe.ts), and profiled when that is wanted. */
  readonly isMeasured?: true;
}

/** What a workbench is set up with. */
export interface WorkbenchOptions {
  /** Where its folder is made, which decides on which disk the database is synced; else the system's temporary folder. */
  readonly directory?: string | undefined;
  /** Where processor profiles of what is measured go. */
  readonly profileDirectory?: string | undefined;
}

const PROBE = join(import.meta.dirname, 'usage-probe.ts');

const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 20_000;
/** Lines shown of what the processes complained about. */
const COMPLAINTS = 20;

/** Everything the benchmark leaves behind while it runs, in one place, so that nothing of it outlives the benchmark. */
export class Workbench {
  /** A folder for everything that is written. */
  readonly folder: string;
  /** Rejected when a process ends that was not asked to. */
  readonly failure: Promise<never>;
  readonly #profileDirectory: string | undefined;
  readonly #failed = Promise.withResolvers<never>();
  readonly #children = new Set<ChildProcess>();
  readonly #outputs: string[] = [];
  #names = 0;

  constructor({ directory, profileDirectory }: WorkbenchOptions) {
    this.#profileDirectory = profileDirectory;
    this.folder = mkdtempSync(join(directory ?? tmpdir(), 'hookswitch-bench-'));
    this.failure = this.#failed.promise;
    this.failure.catch(() => undefined);
    // Runs however this process ends, but for kill -9; the children end then because their channel closes.
    process.once('exit', () => {
      for (const child of this.#children) child.kill('SIGKILL');
      rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => process.exit(1));
    }
  }

  /** A path in the folder that nobody else has. */
  newPath(name: string): string {
    this.#names += 1;
    return join(this.folder, `${this.#names}-${name}`);
  }

  /** Starts a server and waits until it is ready. What it prints goes to a file. */
  async start(command: ServerCommand): Promise<ChildProcess> {
    const output = this.newPath('output.log');
    const file = openSync(output, 'w');
    const child = fork(command.script, command.args, {
      execArgv: command.isMeasured === true ? ['--import', PROBE, ...this.#profiling()] : [],
      env: { ...environmentWithoutOurs(), ...command.environment },
      stdio: ['ignore', file, file, 'ipc'],
    });
    closeSync(file);
    this.#outputs.push(output);
    this.#children.add(child);
    child.once('exit', (code, signal) => {
      // One that was asked to end is no longer among them.
      if (!this.#children.delete(child)) return;
      this.#failed.reject(new Error(`${command.script} ended by itself: ${signal ?? `code ${code ?? 0}`}`));
    });
    try {
      await within(START_LIMIT_MS, command.script, untilReady(child, command.url));
    } catch (error) {
      throw new Error(`${command.script} did not start`, { cause: error });
    }
    return child;
  }

  #profiling(): string[] {
    return this.#profileDirectory === undefined
      ? []
      : ['--cpu-prof', '--cpu-prof-dir', this.#profileDirectory];
  }

  /** The end of what the processes have printed, without the router's lines about what went well. */
  complaints(): string {
    const lines = this.#outputs.flatMap((output) => readFileSync(output, 'utf8').split('\n'));
    return lines
      .filter((line) => line !== '' && !line.startsWith('{"level":"info"'))
      .slice(-COMPLAINTS)
      .join('\n');
  }

  /** Asks a process to end and waits for it. */
  async stop(child: ChildProcess): Promise<void> {
    if (!this.#children.delete(child)) return;
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => {
        resolve();
      });
    });
    child.kill('SIGTERM');
    try {
      await within(STOP_LIMIT_MS, `the end of process ${child.pid ?? 0}`, ended);
    } finally {
      child.kill('SIGKILL');
    }
  }

  /** Asks every process that still runs to end. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.#children].map((child) => this.stop(child)));
  }
}

/** A port on loopback that nobody listens at; a moment later somebody may. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The configuration of whoever runs the benchmark must not change what is measured. */
function environmentWithoutOurs(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env);
  return Object.fromEntries(
    entries.filter(([name]) => !name.startsWith('HOOKSWITCH_') && name !== 'NODE_OPTIONS'),
  );
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const answer = await fetch(new URL('/readyz', url)).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok === true) return;
    await wait(25);
  }
  throw new Error('it has ended');
}
