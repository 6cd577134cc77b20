import { answerQuestions } from './channel.ts';

/** What a process says of itself. */
export interface Usage {
  /** Processor time of all its threads since it started, user and system, in microseconds. */
  readonly cpuMicros: number;
  /** JavaScript objects in use, in bytes. */
  readonly heapUsed: number;
  /** Memory that JavaScript objects hold outside the heap, in bytes. */
  readonly external: number;
}

// Loaded with `--import` into every process that is measured. It does nothing until it is asked.
answerQuestions({
  usage: (): Usage => {
    const { user, system } = process.cpuUsage();
    const { heapUsed, external } = process.memoryUsage();
    return { cpuMicros: user + system, heapUsed, external };
  },
});
