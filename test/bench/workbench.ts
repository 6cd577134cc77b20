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
  /** Loaded before the script. */
  readonly preload?: string;
}

const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 20_000;

/** Everything the benchmark leaves behind while it runs, in one place, so that nothing of it outlives the benchmark. */
export class Workbench {
  /** A folder for everything that is written. */
  readonly folder: string;
  readonly #children = new Set<ChildProcess>();
  #names = 0;

  /** @param parent where the folder is made; decides on which disk the database is synced. */
  constructor(parent: string = tmpdir()) {
    this.folder = mkdtempSync(join(parent, 'hookswitch-bench-'));
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
      execArgv: command.preload === undefined ? [] : ['--import', command.preload],
      env: { ...environmentWithoutOurs(), ...command.environment },
      stdio: ['ignore', file, file, 'ipc'],
    });
    closeSync(file);
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    try {
      await within(START_LIMIT_MS, command.script, untilReady(child, command.url));
    } catch (error) {
      throw new Error(`${command.script} did not start:\n${readFileSync(output, 'utf8').slice(-2_000)}`, {
        cause: error,
      });
    }
    return child;
  }

  /** Asks a process to end and waits for it. */
  async stop(child: ChildProcess): Promise<void> {
    if (!this.#children.has(child)) return;
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => {
        resolve();
      });
    });
    child.kill('SIGTERM');
    await within(STOP_LIMIT_MS, `the end of process ${child.pid ?? 0}`, ended);
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
