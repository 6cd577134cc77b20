import { Counter, Gauge, type Registry } from 'prom-client';
import type { FileObserver, FileReport } from './intake/files/file-taker.ts';
import type { SftpObserver } from './intake/sftp/sftp-server.ts';
import type { SourceState, SourceWatchObserver } from './intake/source-watch.ts';
import { isoTime, reasonOf, type Log } from './log.ts';

/** Makes log lines and figures of sources themselves, and of the files that come in from them. */
export class SourceObserver implements FileObserver, SftpObserver, SourceWatchObserver {
  readonly #log: Log;
  readonly #registry: Registry;
  readonly #files: Counter<'source' | 'result'>;
  readonly #followers: SourceWatchObserver[] = [];

  /** @param registry where the figures go. */
  constructor(log: Log, registry: Registry) {
    this.#log = log;
    this.#registry = registry;
    this.#files = new Counter({
      name: 'hookswitch_files_total',
      help: 'Files that came in',
      labelNames: ['source', 'result'],
      registers: [registry],
    });
  }

  /** Tells somebody else too, from now on, which sources are quiet. */
  follow(follower: SourceWatchObserver): void {
    this.#followers.push(follower);
  }

  /** Shows in the metrics which sources are quiet. */
  watch(sources: () => readonly SourceState[]): void {
    const quiet = new Gauge({
      name: 'hookswitch_source_quiet',
      help: '1 for a source that has sent nothing for as long as it is expected to send something',
      labelNames: ['source'],
      registers: [this.#registry],
      collect: () => {
        for (const { name, quietSinceMs } of sources()) {
          quiet.set({ source: name }, quietSinceMs === undefined ? 0 : 1);
        }
      },
    });
  }

  sourceQuiet(state: SourceState): void {
    for (const follower of this.#followers) follower.sourceQuiet(state);
    const { name, lastReceivedAtMs, quietSinceMs } = state;
    const times = { lastReceivedAt: isoTime(lastReceivedAtMs), quietSince: isoTime(quietSinceMs) };
    this.#log.warn({ source: name, ...times }, 'source.quiet');
  }

  sourceHeard(state: SourceState): void {
    for (const follower of this.#followers) follower.sourceHeard(state);
    this.#log.info({ source: state.name }, 'source.heard');
  }

  fileTaken(report: FileReport): void {
    const { source, duplicate, rejected } = report;
    this.#files.inc({ source, result: duplicate ? 'duplicate' : 'taken' });
    this.#log[rejected === 0 ? 'info' : 'warn'](report, 'file.taken');
  }

  fileFailed({ folder, source, name, bytes }: FileReport, reason: string): void {
    this.#files.inc({ source, result: 'failed' });
    this.#log.error({ folder, source, name, bytes, reason }, 'file.failed');
  }

  fileDelayed(folder: string, name: string | undefined, error: unknown): void {
    this.#log.warn({ folder, name, reason: reasonOf(error) }, 'file.delayed');
  }

  sftpReceived(user: string, path: string, bytes: number): void {
    this.#log.info({ user, path, bytes }, 'sftp.received');
  }

  sftpRefused(address: string, reason: string): void {
    this.#log.warn({ address, reason }, 'sftp.refused');
  }
}
