import { statfsSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';

/** What the figures were measured on; figures of two machines cannot be compared. */
export interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly processors: string;
  /** Processes that wanted to run during the minute before the benchmark, on average; 0 on Windows. */
  readonly loadBefore: number;
  /** What the database was written to. */
  readonly fileSystem: string;
}

/** `f_type` of Linux's statfs(2). */
const FILE_SYSTEMS = new Map([
  [0xef53, 'ext4'],
  [0x5846_5342, 'xfs'],
  [0x9123_683e, 'btrfs'],
  [0x794c_7630, 'overlay'],
  [0x0102_1994, 'tmpfs (syncing costs nothing here: choose a disk with --directory)'],
]);

export function describeMachine(directory: string): Machine {
  const [processor] = cpus();
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processors: `${availableParallelism()} x ${processor?.model ?? 'unknown'}`,
    loadBefore: loadavg()[0] ?? 0,
    fileSystem: process.platform === 'linux' ? linuxFileSystem(directory) : 'unknown',
  };
}

function linuxFileSystem(directory: string): string {
  const { type } = statfsSync(directory);
  return FILE_SYSTEMS.get(type) ?? `0x${type.toString(16)}`;
}
