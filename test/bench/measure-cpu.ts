import type { Candidate } from './candidates.ts';
import { within } from './clock.ts';
import type { Plan } from './plan.ts';
import { LIMIT_MS, takeSerials, withWarmRelay, type Tools } from './session.ts';

/** What relaying cost in one round. */
export interface CpuRound {
  /** Processor time of the relay's process per CDR, user and system, in microseconds. */
  readonly cpuMicrosPerCdr: number;
  /** From the first request to the last delivery. */
  readonly cdrsPerSecond: number;
}

/** What each candidate cost, round by round. */
export interface CpuResult {
  readonly name: string;
  readonly rounds: readonly CpuRound[];
}

/**
 * Measures the candidates in turns, so that whatever else the machine does hits all of them. Each round begins with
 * another one.
 */
export async function measureCpu(
  tools: Tools,
  candidates: readonly Candidate[],
  plan: Plan['cpu'],
  onProgress: (line: string) => void,
): Promise<CpuResult[]> {
  const rounds = new Map(candidates.map((candidate) => [candidate, [] as CpuRound[]]));
  for (let round = 0; round < plan.rounds; round += 1) {
    const turn = round % candidates.length;
    for (const candidate of [...candidates.slice(turn), ...candidates.slice(0, turn)]) {
      const measured = await measureRound(tools, candidate, plan);
      rounds.get(candidate)?.push(measured);
      const { cpuMicrosPerCdr, cdrsPerSecond } = measured;
      onProgress(
        `cpu ${round + 1}/${plan.rounds} ${candidate.name}: ${cpuMicrosPerCdr.toFixed(0)} µs, ${cdrsPerSecond.toFixed(0)} CDRs/s`,
      );
    }
  }
  return [...rounds].map(([{ name }, measured]) => ({ name, rounds: measured }));
}

function measureRound(tools: Tools, candidate: Candidate, { warmUp, cdrs }: Plan['cpu']): Promise<CpuRound> {
  const { receiver } = tools;
  return withWarmRelay(tools, candidate, warmUp, async (relay, client) => {
    const first = takeSerials(cdrs);
    await receiver.expect({ first, count: cdrs });
    const before = await relay.usage();
    const delivered = receiver.whenAll(LIMIT_MS);
    const [startedMs, lastMs, after] = await Promise.all([
      within(LIMIT_MS, 'sending', client.sendAll(first, cdrs)),
      delivered,
      delivered.then(() => relay.usage()),
    ]);
    return {
      cpuMicrosPerCdr: (after.cpuMicros - before.cpuMicros) / cdrs,
      cdrsPerSecond: (cdrs * 1_000) / (lastMs - startedMs),
    };
  });
}
