import { readdirSync, readFileSync } from 'node:fs';

/** The unit of `/proc/PID/stat` on Linux, where alone these work. */
const TICK_MS = 10;

/** Places in `/proc/PID/stat` behind the name of the program; see `man 5 proc_pid_stat`. */
const PARENT = 1;
const OWN = [11, 12];
const ENDED_CHILDREN = [13, 14];

function statOf(processId: number): number[] {
  const [, fields = ''] = readFileSync(`/proc/${processId}/stat`, 'utf8').split(') ');
  return fields.split(' ').map(Number);
}

function msAt(stat: readonly number[], places: readonly number[]): number {
  return places.reduce((sum, place) => sum + TICK_MS * (stat[place] ?? 0), 0);
}

/** Processor time that a process has used, user and system, in milliseconds. */
export function processorMs(processId: number): number {
  return msAt(statOf(processId), OWN);
}

/** The same of a process with its children, those too that have ended: a PostgreSQL server with all its backends. */
export function familyProcessorMs(processId: number): number {
  const stat = statOf(processId);
  const living = [...childrenOf(processId).values()].reduce((sum, one) => sum + msAt(one, OWN), 0);
  return living + msAt(stat, [...OWN, ...ENDED_CHILDREN]);
}

/** The process ids of a process and its children. */
export function familyOf(processId: number): number[] {
  return [processId, ...childrenOf(processId).keys()];
}

/** The children of a process with what the system tells of them. */
function childrenOf(processId: number): Map<number, number[]> {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): [number, number[]][] => {
      try {
        return [[Number(name), statOf(Number(name))]];
      } catch {
        // It has ended meanwhile, and counts among the ended children.
        return [];
      }
    });
  return new Map(stats.filter(([, one]) => one[PARENT] === processId));
}
