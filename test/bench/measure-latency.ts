import type { Candidate } from './candidates.ts';
import { within } from './clock.ts';
import type { Plan } from './plan.ts';
import { LIMIT_MS, takeSerials, withWarmRelay, type Tools } from './session.ts';
import { percentile } from './statistics.ts';

/** How long CDRs were on their way in one round, in milliseconds: from the start of the request to the receiver. */
export interface LatencyRound {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** How far the load client itself fell behind its timetable at worst. */
  readonly clientLate: number;
  /** CDRs that arrived more than once. */
  readonly repeats: number;
}

/** How long CDRs were on their way, round by round. */
export interface LatencyResult {
  readonly name: string;
  readonly rounds: readonly LatencyRound[];
}

/** Measures the candidates in turns, at a rate that is far from their limits. */
export async function measureLatency(
  tools: Tools,
  candidates: readonly Candidate[],
  plan: Plan['latency'],
  onProgress: (line: string) => void,
): Promise<LatencyResult[]> {
  const rounds = new Map(candidates.map((candidate) => [candidate, [] as LatencyRound[]]));
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const candidate of candidates) {
      const measured = await measureRound(tools, candidate, plan);
      rounds.get(candidate)?.push(measured);
      const { p50, p99, max } = measured;
      onProgress(
        `latency ${round + 1}/${plan.rounds} ${candidate.name}: p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)}, max ${max.toFixed(1)} ms`,
      );
    }
  }
  return [...rounds].map(([{ name }, measured]) => ({ name, rounds: measured }));
}

function measureRound(
  tools: Tools,
  candidate: Candidate,
  { warmUp, perSecond, seconds }: Plan['latency'],
): Promise<LatencyRound> {
  const { receiver } = tools;
  return withWarmRelay(tools, candidate, warmUp, async (_relay, client) => {
    const count = perSecond * seconds;
    const first = takeSerials(count);
    await receiver.expect({ first, count });
    const { startedMs, latestMs } = await within(
      LIMIT_MS,
      'sending',
      client.sendSteadily(first, count, perSecond),
    );
    await receiver.whenAll(LIMIT_MS);
    const arrivedMs = await receiver.arrivedMs();
    const onTheWay = startedMs.map((started, index) => (arrivedMs[index] ?? Number.NaN) - started);
    return {
      p50: percentile(onTheWay, 0.5),
      p99: percentile(onTheWay, 0.99),
      max: Math.max(...onTheWay),
      clientLate: latestMs,
      repeats: await receiver.repeats(),
    };
  });
}
