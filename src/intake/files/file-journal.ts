import { hash } from 'node:crypto';
import { open, readFile, rename, type FileHandle } from 'node:fs/promises';

/** How far a file has been read. */
export interface FileProgress {
  /** Bytes that need not be read again; compressed files are counted unpacked. */
  readonly endByte: number;
  readonly lines: number;
  readonly cdrs: number;
  /** Rows that could not be read. */
  readonly rejected: number;
}

/** A file by its name and content, as it came in by a source. */
export interface FileIdentity {
  readonly source: string;
  readonly name: string;
  /** SHA-256 in hexadecimal digits. */
  readonly fingerprint: string;
}

/** What is known of a file that has come before: `taken`, or how far it has been read. */
export type KnownFile = 'taken' | FileProgress;

/** One line of the journal. */
interface Entry {
  readonly key: string;
  /** For people who look into the journal. */
  readonly name: string;
  readonly at: string;
  /** Left out when the file is taken; null when nothing is known of it any more. */
  readonly progress?: FileProgress | null;
}

/** Superseded lines that are left to lie before the journal is written anew. */
const MOST_SUPERSEDED = 10_000;

/**
 * Remembers which files have been taken in, and how far others have been read: a text file with one JSON object on each
 * line, beside the store and independent of it. A file is known for as long as its CDRs are kept, because a phone system
 * that sends a file again does so days later, when the store no longer knows its CDRs as duplicates.
 */
export class FileJournal {
  readonly #path: string;
  readonly #retentionMs: number;
  readonly #entries = new Map<string, Entry>();
  #handle: FileHandle | undefined;
  #lines = 0;
  /** Whether the last line may be half written, as on a full disk. */
  #isCutOff = false;
  /** The last write; each waits for the one before. */
  #written: Promise<void> = Promise.resolve();

  private constructor(path: string, retentionMs: number) {
    this.#path = path;
    this.#retentionMs = retentionMs;
  }

  /**
   * Opens a journal, which is made when it is missing.
   *
   * @throws Error when it cannot be read or written.
   */
  static async open(path: string, retentionMs: number): Promise<FileJournal> {
    const journal = new FileJournal(path, retentionMs);
    await journal.#read();
    await journal.#rewrite();
    return journal;
  }

  /** What is known of a file; `undefined` for a new one. */
  find(file: FileIdentity): KnownFile | undefined {
    const entry = this.#entries.get(keyOf(file));
    return entry === undefined ? undefined : (entry.progress ?? 'taken');
  }

  /**
   * Notes how far a file has been read. Not synced: after a power cut the rows behind an older note are read again, and
   * recognised as duplicates.
   */
  progress(file: FileIdentity, progress: FileProgress): Promise<void> {
    return this.#add(file, { progress }, false);
  }

  /** Notes that a file is taken. When the promise is fulfilled, that is durable. */
  taken(file: FileIdentity): Promise<void> {
    return this.#add(file, {}, true);
  }

  /** Forgets a file: when it comes again, it is read from its beginning. */
  forget(file: FileIdentity): Promise<void> {
    return this.#add(file, { progress: null }, false);
  }

  /** Waits for what is under way, then closes. */
  async close(): Promise<void> {
    await this.#written;
    await this.#handle?.close();
  }

  #add(file: FileIdentity, what: Pick<Entry, 'progress'>, isSynced: boolean): Promise<void> {
    const entry = { key: keyOf(file), name: file.name, at: new Date().toISOString(), ...what };
    const write = async (): Promise<void> => {
      const line = `${this.#isCutOff ? '\n' : ''}${JSON.stringify(entry)}\n`;
      this.#isCutOff = true;
      await this.#handle?.appendFile(line);
      this.#isCutOff = false;
      if (isSynced) await this.#handle?.datasync();
      this.#lines += 1;
      this.#put(entry);
      if (this.#lines > 2 * this.#entries.size + MOST_SUPERSEDED) await this.#rewrite();
    };
    const written = this.#written.then(write);
    // The next write is tried whatever becomes of this one, whose caller is told.
    this.#written = written.catch(() => undefined);
    return written;
  }

  #put(entry: Entry): void {
    if (entry.progress === null) this.#entries.delete(entry.key);
    else this.#entries.set(entry.key, entry);
  }

  async #read(): Promise<void> {
    const text = await readFile(this.#path, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    });
    for (const line of text.split('\n')) {
      const entry = entryOf(line);
      if (entry !== undefined) this.#put(entry);
    }
  }

  /** Writes the journal without what is superseded or too old, and puts it in the place of the old one at once. */
  async #rewrite(): Promise<void> {
    const oldest = new Date(Date.now() - this.#retentionMs).toISOString();
    for (const [key, { at }] of this.#entries) if (at < oldest) this.#entries.delete(key);
    const path = `${this.#path}.new`;
    const handle = await open(path, 'w', 0o600);
    await handle.writeFile([...this.#entries.values()].map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    await handle.sync();
    await rename(path, this.#path);
    await this.#handle?.close();
    this.#handle = handle;
    this.#isCutOff = false;
    this.#lines = this.#entries.size;
  }
}

/** 128 bits over everything that makes two files the same. */
function keyOf({ source, name, fingerprint }: FileIdentity): string {
  return hash('sha256', `${source}\0${name}\0${fingerprint}`).slice(0, 32);
}

/** The line at which the process died or the disk was full may be cut off; it is as if it had not been written. */
function entryOf(line: string): Entry | undefined {
  try {
    const entry = JSON.parse(line) as Entry;
    return typeof entry.key === 'string' && typeof entry.at === 'string' ? entry : undefined;
  } catch {
    return undefined;
  }
}
