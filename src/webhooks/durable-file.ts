import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A text file that is only ever replaced as a whole. An adapter for lowdb, whose own does not sync. */
export class DurableFile {
  readonly #path: string;
  readonly #mode: number | undefined;

  /** @param mode who may read and write it; otherwise that of the file that is replaced. */
  constructor(path: string, mode?: number) {
    this.#path = path;
    this.#mode = mode;
  }

  /** The file's text; null when there is no file. */
  async read(): Promise<string | null> {
    try {
      return await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /**
   * Puts a text in the place of the file's. When the promise resolves it is on disk, to stay there over a power cut; until
   * then, and when it rejects, one of the two is there as a whole. To be called again only when that is known.
   */
  async write(text: string): Promise<void> {
    const folder = dirname(this.#path);
    const temporary = join(folder, `.${basename(this.#path)}.tmp`);
    try {
      const before = await stat(this.#path).catch(() => undefined);
      await writeSynced(temporary, text, { owner: before, mode: this.#mode ?? before?.mode });
      await rename(temporary, this.#path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
    await syncFolder(folder);
  }
}

/** Whose a file is to be, and who may read it: so before the first byte is in it. */
interface Access {
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  readonly mode: number | undefined;
}

async function writeSynced(path: string, text: string, { owner, mode }: Access): Promise<void> {
  const handle = await open(path, 'w', mode);
  try {
    // Only root can give files away; for anybody else it is theirs, who may write here.
    if (owner !== undefined) await handle.chown(owner.uid, owner.gid).catch(() => undefined);
    // What was left by a process that died has a mode of its own.
    if (mode !== undefined) await handle.chmod(mode);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A new name is on disk when its folder is. Windows cannot open folders and needs it not. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
