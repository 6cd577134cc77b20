import { join } from 'node:path';
import { FileJournal } from './files/file-journal.ts';
import type { FileObserver } from './files/file-taker.ts';
import type { FileReaderOptions } from './files/file-reader.ts';
import { FolderWatcher } from './files/folder-watcher.ts';
import { makeFolder, type Folder } from './files/folder.ts';
import { SftpServer, type SftpObserver } from './sftp/sftp-server.ts';
import type { SftpSettings } from './sftp/sftp-settings.ts';

/** What taking in files needs. */
export interface FileIntakeOptions extends FileReaderOptions {
  /** Those of the SFTP users among them. */
  readonly folders: readonly Folder[];
  /** `undefined`: no SFTP server. */
  readonly sftp: SftpSettings | undefined;
  /** Where the journal and the host keys are kept; it has to be there. */
  readonly directory: string;
  /** How long a file that was taken is known. */
  readonly retentionMs: number;
  readonly observer: FileObserver & SftpObserver;
}

/** Everything that takes in files: watchers of folders, and the SFTP server that puts files into some of them. */
export class FileIntake {
  readonly #watchers: readonly FolderWatcher[];
  readonly #journal: FileJournal | undefined;
  readonly #sftp: SftpServer | undefined;

  private constructor(
    watchers: readonly FolderWatcher[],
    journal: FileJournal | undefined,
    sftp: SftpServer | undefined,
  ) {
    this.#watchers = watchers;
    this.#journal = journal;
    this.#sftp = sftp;
  }

  /**
   * Makes the folders, takes what lies in them and begins to listen. Without folders it does nothing.
   *
   * @throws Error when a folder, the journal, a key or the address cannot be had, with what to do.
   */
  static async start(options: FileIntakeOptions): Promise<FileIntake> {
    const { folders, sftp: settings, directory, observer } = options;
    if (folders.length === 0) return new FileIntake([], undefined, undefined);
    folders.forEach(makeFolder);
    const journal = await FileJournal.open(join(directory, 'files.ndjson'), options.retentionMs);
    const sftp =
      settings === undefined
        ? undefined
        : await SftpServer.start({ settings, keyDirectory: directory, observer });
    const clock = (): number => performance.now();
    const watchers = folders.map((folder) => new FolderWatcher(folder, { ...options, journal, clock }));
    for (const watcher of watchers) watcher.start();
    return new FileIntake(watchers, journal, sftp);
  }

  /** Where the SFTP server listens, such as `sftp://127.0.0.1:2222`; `undefined` when there is none. */
  get sftpUrl(): string | undefined {
    return this.#sftp?.url;
  }

  /** Stops after the batches that are under way. What is left of a file is taken after the next start. */
  async stop(): Promise<void> {
    await Promise.all([this.#sftp?.stop(), ...this.#watchers.map((watcher) => watcher.stop())]);
    await this.#journal?.close();
  }
}
