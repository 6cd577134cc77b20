import type { ChildProcess } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask } from './channel.ts';
import type { Usage } from './usage-probe.ts';
import { rulesText } from './webhooks.ts';
import { freePort, type Workbench } from './workbench.ts';

/** A relay that is running and can be asked what it uses. */
export interface RunningRelay {
  /** Where it takes CDRs. */
  readonly intakeUrl: string;
  readonly processId: number;
  usage(): Promise<Usage>;
  /** Stops it and removes what it has written. */
  stop(): Promise<void>;
}

/** Something that relays CDRs. */
export interface Candidate {
  readonly name: string;
  /** Starts it in a process of its own, relaying to a url. */
  start(workbench: Workbench, target: string): Promise<RunningRelay>;
}

const BARE_RELAY = join(import.meta.dirname, 'bare-relay-process.ts');
const PACKAGE = join(import.meta.dirname, '..', '..');
const HOOKSWITCH = join(PACKAGE, 'src', 'cli.ts');

/** express and got and nothing else, with got's promise interface. */
export const BARE_PROMISE: Candidate = bareRelay('(a) express + got', 'promise');
/** The same with got's stream interface. */
export const BARE_STREAM: Candidate = bareRelay('(a2) express + got.stream', 'stream');
/** Hookswitch as users run it. */
export const HOOKSWITCH_INFO: Candidate = hookswitch('(b) hookswitch', 'info');
/** Hookswitch without its log of every stage. */
export const HOOKSWITCH_WARN: Candidate = hookswitch('(b) hookswitch, log warn', 'warn');

function bareRelay(name: string, gotInterface: 'promise' | 'stream'): Candidate {
  return {
    name,
    async start(workbench, target) {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}/cdr`;
      const args = [String(port), target, gotInterface];
      const child = await workbench.start({ script: BARE_RELAY, args, url, isMeasured: true });
      return runningRelay(url, child, () => workbench.stop(child));
    },
  };
}

function hookswitch(name: string, logLevel: string): Candidate {
  return {
    name,
    async start(workbench, target) {
      // Not port 0: at level "warn" nothing tells which port that became.
      const port = await freePort();
      const url = `http://127.0.0.1:${port}/cdr/cisco`;
      const [data, rules] = [workbench.newPath('data'), workbench.newPath('rules.json')];
      writeFileSync(rules, rulesText(target));
      const environment = {
        HOOKSWITCH_CONFIG: join(PACKAGE, 'config.example.json'),
        HOOKSWITCH_PORT: String(port),
        HOOKSWITCH_DATA: data,
        HOOKSWITCH_RULES: rules,
        HOOKSWITCH_LOG_LEVEL: logLevel,
        HOOKSWITCH_SHUTDOWN_GRACE_SECONDS: '1',
      };
      const child = await workbench.start({
        script: HOOKSWITCH,
        args: ['serve'],
        url,
        isMeasured: true,
        environment,
      });
      return runningRelay(url, child, async () => {
        await workbench.stop(child);
        rmSync(data, { recursive: true });
      });
    },
  };
}

function runningRelay(intakeUrl: string, child: ChildProcess, stop: () => Promise<void>): RunningRelay {
  const usage = async (): Promise<Usage> => (await ask(child, 'usage')) as Usage;
  return { intakeUrl, processId: child.pid ?? 0, usage, stop };
}
