import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnreadableBodyError } from '../../cdr/decode/unreadable.ts';
import type { FileIdentity, FileJournal } from './file-journal.ts';
import { BEGINNING, readFile, type FileReaderOptions } from './file-reader.ts';
import { doneDirectory, failedDirectory, type Folder } from './folder.ts';
import { InputFile } from './input-file.ts';
import { isThere, placeFor } from './place-file.ts';
import { RejectedRows } from './rejected-rows.ts';

/** A file that is through. */
export interface FileReport {
  readonly folder: string;
  readonly source: string;
  readonly name: string;
  readonly bytes: number;
  /** CDRs handed to the intake. */
  readonly cdrs: number;
  /** Rows that could not be read, which are kept beside failed files. */
  readonly rejected: number;
  /** The same file had been taken before; nothing of it was read. */
  readonly duplicate: boolean;
}

/** Who wants to know what becomes of files. */
export interface FileObserver {
  /** A file's CDRs are safe, and it has been moved. */
  fileTaken(report: FileReport): void;
  /** Nothing can be read in a file; it has been moved to those that failed. */
  fileFailed(report: FileReport, reason: string): void;
  /** A file stays where it is and is tried again. `name` is left out when it is the folder that cannot be read. */
  fileDelayed(folder: string, name: string | undefined, error: unknown): void;
}

/** What taking files needs. */
export interface FileTakerOptions extends FileReaderOptions {
  readonly journal: FileJournal;
  readonly observer: FileObserver;
}

/** Takes the files of one folder in, each once. */
export class FileTaker {
  readonly #folder: Folder;
  readonly #options: FileTakerOptions;

  constructor(folder: Folder, options: FileTakerOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /**
   * Takes a file that is complete: reads it from where it was read to before, then moves it. In whatever moment the
   * process dies, the next call goes on from there. It is known as taken before it is moved.
   *
   * A file that is gone is none of ours any more.
   *
   * @throws StoreUnavailableError, or Error when the file cannot be read or moved now; it stays where it is.
   */
  async take(name: string, signal: AbortSignal): Promise<void> {
    const path = join(this.#folder.path, name);
    if (!(await isThere(path))) return;
    const file = await InputFile.open(path);
    try {
      await this.#take(name, file, signal);
    } finally {
      await file.close();
    }
  }

  async #take(name: string, file: InputFile, signal: AbortSignal): Promise<void> {
    const { journal, observer } = this.#options;
    const { path, source } = this.#folder;
    const identity = { source: source.name, name, fingerprint: await file.fingerprint(signal) };
    const bytes = file.stats.size;
    const report = { folder: path, source: source.name, name, bytes, cdrs: 0, rejected: 0, duplicate: true };
    if (journal.find(identity) === 'taken') {
      if (await this.#putAway(identity, file)) observer.fileTaken(report);
      return;
    }
    try {
      const counts = await this.#read(identity, file, signal);
      if (counts === undefined) return;
      if (await this.#putAway(identity, file)) observer.fileTaken({ ...report, ...counts, duplicate: false });
    } catch (error) {
      if (!(error instanceof UnreadableBodyError)) throw error;
      await this.#fail(identity, error.message);
      observer.fileFailed({ ...report, duplicate: false }, error.message);
    }
  }

  /** Reads a file to its end and notes that; `undefined` when it was stopped before. */
  async #read(
    identity: FileIdentity,
    file: InputFile,
    signal: AbortSignal,
  ): Promise<{ cdrs: number; rejected: number } | undefined> {
    const { journal } = this.#options;
    const { source } = this.#folder;
    const rejectedRows = new RejectedRows(failedDirectory(this.#folder), identity.fingerprint);
    const known = journal.find(identity);
    const from = known === undefined || known === 'taken' ? BEGINNING : known;
    if (from === BEGINNING) await rejectedRows.drop();
    const { cdrs, rejected } = await readFile(
      file,
      {
        source,
        from,
        signal,
        reject: (rows, header) => rejectedRows.add(rows, header),
        reached: (progress) => journal.progress(identity, progress),
      },
      this.#options,
    );
    if (signal.aborted) return undefined;
    if (rejected > 0) await rejectedRows.show(identity.name);
    await journal.taken(identity);
    return { cdrs, rejected };
  }

  /**
   * Moves a file that was taken out of the way, or deletes it. Whoever has put another one of that name in its place
   * meanwhile, or has gone on writing, finds that where it was: it is the next file.
   *
   * @returns whether it was still there.
   */
  async #putAway({ name, fingerprint }: FileIdentity, file: InputFile): Promise<boolean> {
    if (!(await file.isAt(file.path))) return false;
    const target = await placeFor(doneDirectory(this.#folder), name, fingerprint);
    await rename(file.path, target);
    if (!(await file.isAt(target))) {
      await rename(target, await placeFor(this.#folder.path, name, fingerprint));
      return false;
    }
    if (this.#folder.done === 'delete') await rm(target);
    return true;
  }

  /** The reason goes first: a file among those that failed is never without one. */
  async #fail(identity: FileIdentity, reason: string): Promise<void> {
    const { name, fingerprint } = identity;
    const directory = failedDirectory(this.#folder);
    await new RejectedRows(directory, fingerprint).drop();
    const target = await placeFor(directory, name, fingerprint);
    await writeFile(`${target}.reason.txt`, `${reason}\n`);
    await this.#options.journal.forget(identity);
    await rename(join(this.#folder.path, name), target);
  }
}
