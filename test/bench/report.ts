import type { Machine } from './machine.ts';
import type { CpuResult } from './measure-cpu.ts';
import type { LatencyResult } from './measure-latency.ts';
import type { MemoryReading, MemoryResult } from './measure-memory.ts';
import { median, spreadOf, type Spread } from './statistics.ts';

/** Everything one run measured; a part that was left out is missing. */
export interface Results {
  readonly machine: Machine;
  readonly cpu?: readonly CpuResult[];
  readonly latency?: readonly LatencyResult[];
  readonly memory?: MemoryResult;
}

const MEBIBYTE = 1_048_576;

/** The results as a page for people. */
export function reportOf({ machine, cpu, latency, memory }: Results): string {
  const { node, platform, processors, loadBefore, fileSystem } = machine;
  const parts = [
    `Node ${node}, ${platform}, ${processors}, load before ${loadBefore.toFixed(2)}, database on ${fileSystem}`,
  ];
  if (cpu !== undefined) parts.push(cpuReport(cpu));
  if (latency !== undefined) parts.push(latencyReport(latency));
  if (memory !== undefined) parts.push(memoryReport(memory));
  return parts.join('\n\n');
}

/** How many times as much processor time one candidate took as another: round by round, because rounds differ. */
export function ratioOf(candidate: CpuResult, base: CpuResult): Spread {
  return spreadOf(
    candidate.rounds.map(
      ({ cpuMicrosPerCdr }, round) => cpuMicrosPerCdr / (base.rounds[round]?.cpuMicrosPerCdr ?? Number.NaN),
    ),
  );
}

function cpuReport(results: readonly CpuResult[]): string {
  const bases = results.slice(0, 2);
  const rows = results.map((result) => [
    result.name,
    spread(spreadOf(result.rounds.map((round) => round.cpuMicrosPerCdr)), 0),
    median(result.rounds.map((round) => round.cdrsPerSecond)).toFixed(0),
    ...bases.map((base) => (base === result ? '' : spread(ratioOf(result, base), 2))),
  ]);
  const rounds = results[0]?.rounds.length ?? 0;
  return [
    `Processor time per CDR: median of ${rounds} rounds (least - most). Goal: (b) at most 1.5 times (a).`,
    table([['', 'µs per CDR', 'CDRs/s', 'times (a)', 'times (a2)'], ...rows]),
  ].join('\n');
}

function latencyReport(results: readonly LatencyResult[]): string {
  const rows = results.flatMap(({ name, rounds }) =>
    rounds.map(({ p50, p99, max, clientLate, repeats }) => [
      name,
      ...[p50, p99, max, clientLate].map((ms) => ms.toFixed(1)),
      String(repeats),
    ]),
  );
  return [
    'Milliseconds from the start of the request to the arrival at the target, at a steady rate. Goal: p99 of (b) under 50.',
    table([['', 'p50', 'p99', 'max', 'client late', 'repeats'], ...rows]),
  ].join('\n');
}

function memoryReport({
  name,
  cdrs,
  waiting,
  acceptedPerSecond,
  idle,
  accepted,
  later,
}: MemoryResult): string {
  const row = (title: string, reading: MemoryReading): string[] => [
    title,
    ...[reading.resident, reading.peak, reading.heapUsed, reading.external].map(mebibytes),
  ];
  return [
    `Memory of ${name} with ${cdrs} CDRs for a target that refuses connections (${waiting ?? 'unknown how many'} wait,`,
    `accepted ${acceptedPerSecond.toFixed(0)} a second), in MiB. Goal: resident under 250.`,
    table([
      ['', 'resident', 'peak', 'heap', 'external'],
      row('before', idle),
      row('all accepted', accepted),
      row('later', later),
    ]),
  ].join('\n');
}

function mebibytes(bytes: number | undefined): string {
  return bytes === undefined ? 'unavailable' : (bytes / MEBIBYTE).toFixed(0);
}

function spread({ median: middle, least, most }: Spread, digits: number): string {
  return `${middle.toFixed(digits)} (${least.toFixed(digits)} - ${most.toFixed(digits)})`;
}

/** Columns as wide as their widest cell, figures flush right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}
