import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Candidate, RunningRelay } from './candidates.ts';
import { within } from './clock.ts';
import { LoadClient } from './load-client.ts';
import type { Plan } from './plan.ts';
import { takeSerials } from './session.ts';
import { freePort, type Workbench } from './workbench.ts';

const FILL_LIMIT_MS = 600_000;

/** What a process holds in memory at one moment, in bytes. */
export interface MemoryReading {
  /** In main memory; `undefined` where the system does not tell. */
  readonly resident: number | undefined;
  /** The most it has been since the start; `undefined` where the system does not tell. */
  readonly peak: number | undefined;
  readonly heapUsed: number;
  readonly external: number;
}

export interface MemoryResult {
  readonly name: string;
  readonly cdrs: number;
  /** Deliveries that wait, as the router itself counts them; `undefined` when it does not say. */
  readonly waiting: number | undefined;
  readonly acceptedPerSecond: number;
  /** Before the first CDR. */
  readonly idle: MemoryReading;
  /** When the last CDR had been answered. */
  readonly accepted: MemoryReading;
  readonly later: MemoryReading;
}

/** Fills a router with CDRs for a target that refuses every connection, and looks at its memory. */
export async function measureMemory(
  workbench: Workbench,
  candidate: Candidate,
  { cdrs, laterMs }: Plan['memory'],
  onProgress: (line: string) => void,
): Promise<MemoryResult> {
  const relay = await candidate.start(workbench, `http://127.0.0.1:${await freePort()}/nobody`);
  const client = new LoadClient(relay.intakeUrl);
  try {
    const idle = await read(relay);
    const begunMs = Date.now();
    await within(FILL_LIMIT_MS, 'sending', client.sendAll(takeSerials(cdrs), cdrs));
    const acceptedPerSecond = (cdrs * 1_000) / (Date.now() - begunMs);
    const accepted = await read(relay);
    onProgress(`memory ${candidate.name}: ${cdrs} CDRs wait, looking again in ${laterMs / 1_000} s`);
    await wait(laterMs);
    const later = await read(relay);
    const waiting = await waitingIn(relay);
    return { name: candidate.name, cdrs, waiting, acceptedPerSecond, idle, accepted, later };
  } finally {
    client.close();
    await relay.stop();
  }
}

async function read(relay: RunningRelay): Promise<MemoryReading> {
  const status = statusOf(relay.processId);
  const { heapUsed, external } = await relay.usage();
  return { resident: bytesOf(status, 'VmRSS'), peak: bytesOf(status, 'VmHWM'), heapUsed, external };
}

function statusOf(processId: number): string {
  try {
    return readFileSync(`/proc/${processId}/status`, 'utf8');
  } catch {
    return '';
  }
}

function bytesOf(status: string, field: string): number | undefined {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1_024;
}

async function waitingIn(relay: RunningRelay): Promise<number | undefined> {
  const answer = await fetch(new URL('/metrics', relay.intakeUrl));
  const count = /^hookswitch_deliveries_pending (\d+)$/m.exec(await answer.text())?.[1];
  return count === undefined ? undefined : Number(count);
}
