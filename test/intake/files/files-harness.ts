import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { FileJournal } from '../../../src/intake/files/file-journal.ts';
import type { FileObserver, FileReport } from '../../../src/intake/files/file-taker.ts';
import { FolderWatcher } from '../../../src/intake/files/folder-watcher.ts';
import { makeFolder, type Folder } from '../../../src/intake/files/folder.ts';
import type { FileReaderOptions } from '../../../src/intake/files/file-reader.ts';
import type { Source } from '../../../src/intake/source.ts';
import { loadVendors } from '../../../src/package-files.ts';
import { IntakeBench } from '../intake-harness.ts';

const vendors = loadVendors();

/** Keeps what is told of files. */
export class RecordingFileObserver implements FileObserver {
  readonly taken: FileReport[] = [];
  readonly failed: { readonly name: string; readonly reason: string }[] = [];
  readonly delayed: { readonly name: string | undefined; readonly error: unknown }[] = [];

  fileTaken(report: FileReport): void {
    this.taken.push(report);
  }

  fileFailed({ name }: FileReport, reason: string): void {
    this.failed.push({ name, reason });
  }

  fileDelayed(_folder: string, name: string | undefined, error: unknown): void {
    this.delayed.push({ name, error });
  }
}

/** What a bench for files may have otherwise. */
export interface FilesBenchSettings {
  readonly vendor?: string;
  readonly folder?: Partial<Folder>;
  /** Stands in the place of an intake over a memory store. */
  readonly intake?: FileReaderOptions['intake'];
  readonly maxBodyBytes?: number;
}

/** A folder with a watcher that a test lets look; an intake over a memory store. */
export class FilesBench {
  readonly intakeBench = new IntakeBench();
  readonly observer = new RecordingFileObserver();
  readonly directory: string;
  readonly folder: Folder;
  /** Milliseconds; a test moves it. */
  nowMs = 0;
  #settings: FilesBenchSettings;
  #journal: FileJournal | undefined;
  #watcher: FolderWatcher | undefined;

  constructor(settings: FilesBenchSettings = {}) {
    this.#settings = settings;
    this.directory = mkdtempSync(join(tmpdir(), 'hookswitch-files-'));
    onTestFinished(async () => {
      await this.#journal?.close();
      rmSync(this.directory, { recursive: true, force: true });
    });
    const { vendor } = settings;
    const source: Source = {
      name: vendor ?? 'default',
      vendor: vendor === undefined ? undefined : vendors.get(vendor),
    };
    this.folder = {
      ...{ path: join(this.directory, 'in'), source, pattern: undefined },
      ...{ settleMs: 1_000, pollMs: 500, done: 'move' },
      ...settings.folder,
    };
    makeFolder(this.folder);
  }

  /** A watcher as it is after a start of the router: it has seen nothing, and knows what the journal says. */
  async restart(intake = this.#settings.intake): Promise<FolderWatcher> {
    await this.#journal?.close();
    const journal = await FileJournal.open(join(this.directory, 'files.ndjson'), 3_600_000);
    this.#journal = journal;
    this.#watcher = new FolderWatcher(this.folder, {
      intake: intake ?? this.intakeBench.intake,
      vendors,
      maxBodyBytes: this.#settings.maxBodyBytes ?? 1_000_000,
      journal,
      observer: this.observer,
      clock: () => this.nowMs,
    });
    return this.#watcher;
  }

  /** Looks, lets files settle, and looks again. */
  async settle(): Promise<void> {
    const watcher = this.#watcher ?? (await this.restart());
    await watcher.look();
    this.nowMs += this.folder.settleMs;
    await watcher.look();
  }

  put(name: string, content: string | Uint8Array): void {
    writeFileSync(join(this.folder.path, name), content);
  }

  /** The files in the folder or one below it. */
  files(below = '.'): string[] {
    const path = join(this.folder.path, below);
    return readdirSync(path)
      .filter((name) => statSync(join(path, name)).isFile())
      .toSorted();
  }

  content(...path: string[]): string | undefined {
    const whole = join(this.folder.path, ...path);
    return existsSync(whole) ? readFileSync(whole, 'utf8') : undefined;
  }

  /** The CDRs that the store has, in the order in which they came. */
  get records(): unknown[] {
    return this.intakeBench.observer.told
      .filter(({ accepted }) => !accepted.duplicate)
      .map(({ cdr }) => JSON.parse(cdr.raw) as unknown);
  }

  /** How many CDRs were handed in a second time. */
  get duplicates(): number {
    return this.intakeBench.observer.told.filter(({ accepted }) => accepted.duplicate).length;
  }
}
