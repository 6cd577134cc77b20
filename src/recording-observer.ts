import { Counter, type Registry } from 'prom-client';
import type { RecordingObserver as Observed } from './intake/recordings/recordings.ts';
import { reasonOf, type Log } from './log.ts';

/** Makes log lines and figures of recordings. */
export class RecordingObserver implements Observed {
  readonly #log: Log;
  readonly #recordings: Counter<'result'>;

  /** @param registry where the figures go. */
  constructor(log: Log, registry: Registry) {
    this.#log = log;
    this.#recordings = new Counter({
      name: 'hookswitch_recordings_total',
      help: 'Recordings that were sent',
      labelNames: ['result'],
      registers: [registry],
    });
  }

  recordingKept(name: string, bytes: number): void {
    this.#recordings.inc({ result: 'kept' });
    this.#log.info({ name, bytes }, 'recording.kept');
  }

  recordingRefused(name: string, reason: string): void {
    this.#recordings.inc({ result: 'refused' });
    this.#log.warn({ name, reason }, 'recording.refused');
  }

  recordingFailed(error: unknown): void {
    this.#recordings.inc({ result: 'failed' });
    this.#log.error({ reason: reasonOf(error) }, 'recording.failed');
  }
}
