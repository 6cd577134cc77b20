import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreUnavailableError } from '../../store/store.ts';
import { FileTaker, type FileTakerOptions } from './file-taker.ts';
import { isWanted, type Folder } from './folder.ts';

/** What a folder watcher needs. */
export interface FolderWatcherOptions extends FileTakerOptions {
  /** Milliseconds from any fixed time on; never set back. */
  readonly clock: () => number;
}

/** A file as it was found. */
interface Seen {
  readonly size: number;
  readonly mtimeMs: number;
  /** Since when it has been so. */
  readonly sinceMs: number;
  /** How often it could not be taken. */
  failures: number;
  /** It is not tried again before. */
  notBeforeMs: number;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** Names with numbers in them in the order of the numbers, as phone systems count their files. */
const byName = new Intl.Collator('en', { numeric: true });

/**
 * Takes in the files that come into a folder, in the order of their names, one after the other. It looks again and again
 * instead of having itself told, because network drives tell nothing.
 */
export class FolderWatcher {
  readonly #folder: Folder;
  readonly #options: FolderWatcherOptions;
  readonly #taker: FileTaker;
  readonly #seen = new Map<string, Seen>();
  readonly #stopping = new AbortController();
  #work: Promise<void> | undefined;
  #endPause: () => void = () => undefined;
  /** Rounds in a row in which the store or the folder was not to be had. */
  #failures = 0;

  constructor(folder: Folder, options: FolderWatcherOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#taker = new FileTaker(folder, options);
  }

  /** Begins to look. The folder has to be there. */
  start(): void {
    this.#work ??= this.#keepLooking();
  }

  /** Stops after the batch that is under way. What is left of a file is taken after the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#endPause();
    await this.#work;
  }

  /** Takes the files that are complete. */
  async look(): Promise<void> {
    try {
      for (const name of await this.#completeFiles()) {
        if (this.#stopping.signal.aborted) return;
        await this.#take(name);
      }
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      // What the store refused has been told by the intake.
      if (!(error instanceof StoreUnavailableError)) {
        this.#options.observer.fileDelayed(this.#folder.path, undefined, error);
      }
    }
  }

  async #keepLooking(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.look();
      await this.#pause(Math.max(this.#folder.pollMs, pauseAfter(this.#failures)));
    }
  }

  #pause(ms: number): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #take(name: string): Promise<void> {
    try {
      await this.#taker.take(name, this.#stopping.signal);
      this.#seen.delete(name);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      this.#options.observer.fileDelayed(this.#folder.path, name, error);
      // All others would meet with the same.
      if (error instanceof StoreUnavailableError) throw error;
      const seen = this.#seen.get(name);
      if (seen === undefined) return;
      seen.failures += 1;
      seen.notBeforeMs = this.#options.clock() + pauseAfter(seen.failures);
    }
  }

  /** The names of files that have not changed for long enough. */
  async #completeFiles(): Promise<string[]> {
    const { path, settleMs } = this.#folder;
    const entries = await readdir(path, { withFileTypes: true });
    const names = entries
      .filter((one) => one.isFile() && isWanted(one.name, this.#folder))
      .map(({ name }) => name);
    const there = new Set(names);
    for (const name of this.#seen.keys()) if (!there.has(name)) this.#seen.delete(name);
    const complete: string[] = [];
    for (const name of names.toSorted((a, b) => byName.compare(a, b))) {
      const seen = await this.#look(name, join(path, name));
      const nowMs = this.#options.clock();
      if (seen !== undefined && nowMs - seen.sinceMs >= settleMs && nowMs >= seen.notBeforeMs)
        complete.push(name);
    }
    return complete;
  }

  async #look(name: string, path: string): Promise<Seen | undefined> {
    const stats = await stat(path).catch(() => undefined);
    if (stats === undefined) return undefined;
    const { size, mtimeMs } = stats;
    const known = this.#seen.get(name);
    if (known?.size === size && known.mtimeMs === mtimeMs) return known;
    const seen = { size, mtimeMs, sinceMs: this.#options.clock(), failures: 0, notBeforeMs: 0 };
    this.#seen.set(name, seen);
    return seen;
  }
}

function pauseAfter(failures: number): number {
  return failures === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
}
