import { pino, type DestinationStream, type Logger } from 'pino';

/** The log: JSON lines, one per stage of a CDR's way. Never a secret, a header, a body or a whole CDR. */
export type Log = Logger;

/** Lines are written together, so that each does not cost a system call; none waits longer than this. */
const BUFFERED = { sync: false, minLength: 8_192, periodicFlush: 100 };

/** Makes the log. Times are RFC 3339, levels words. */
export function makeLog(level: string, destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    messageKey: 'event',
    timestamp: (): string => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, destination ?? pino.destination(BUFFERED));
}

/** A time for a log line. */
export function isoTime(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : new Date(atMs).toISOString();
}

/** Why something failed, for a log line. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
