import { randomBytes } from 'node:crypto';
import { open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { moveIfFree, syncDirectory } from '../files/place-file.ts';

/** What the names of files begin with that are still coming in; a watcher leaves them alone. */
export const UPLOAD_PREFIX = '.sftp-upload-';

/** A file that is coming in. Nobody sees it before it is whole. */
export class Upload {
  readonly #directory: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #writes = new Set<Promise<void>>();
  #size = 0;
  #error: unknown;

  private constructor(directory: string, path: string, handle: FileHandle) {
    this.#directory = directory;
    this.#path = path;
    this.#handle = handle;
  }

  /** @throws Error when the directory takes no file. */
  static async begin(directory: string): Promise<Upload> {
    const path = join(directory, `${UPLOAD_PREFIX}${randomBytes(12).toString('hex')}`);
    return new Upload(directory, path, await open(path, 'wx', 0o600));
  }

  /** How long it is so far. */
  get size(): number {
    return this.#size;
  }

  /** @throws Error when it cannot be written; the upload then fails as a whole. */
  async write(offset: number, data: Uint8Array): Promise<void> {
    this.#size = Math.max(this.#size, offset + data.length);
    const write = this.#writeAll(offset, data);
    const noted = write.catch((error: unknown) => {
      this.fail(error);
    });
    this.#writes.add(noted);
    await noted;
    this.#writes.delete(noted);
    await write;
  }

  /** Whether it can never be whole. */
  get hasFailed(): boolean {
    return this.#error !== undefined;
  }

  /** Notes why it will never be whole: it is not published. */
  fail(error: unknown): void {
    this.#error ??= error;
  }

  /**
   * Ends the upload: when the promise is fulfilled the file is on disk, synced, under a name in its directory.
   *
   * @returns the name, which is another when there is a file of that name already: nothing is overwritten.
   * @throws Error when anything of it could not be written; it is discarded.
   */
  async publish(name: string): Promise<string> {
    try {
      await Promise.all(this.#writes);
      if (this.#error !== undefined) throw this.#error as Error;
      await this.#handle.sync();
      await this.#handle.close();
      const given = await moveToFreeName(this.#path, this.#directory, name);
      await syncDirectory(this.#directory);
      return given;
    } catch (error) {
      await this.discard();
      throw error;
    }
  }

  /** Takes back what has come in. */
  async discard(): Promise<void> {
    await Promise.all(this.#writes);
    await this.#handle.close().catch(() => undefined);
    await rm(this.#path, { force: true });
  }

  async #writeAll(offset: number, data: Uint8Array): Promise<void> {
    for (let at = 0; at < data.length;) {
      const { bytesWritten } = await this.#handle.write(data, at, data.length - at, offset + at);
      at += bytesWritten;
    }
  }
}

/** Removes what uploads have left that ended with the process. */
export async function removeLeftUploads(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.startsWith(UPLOAD_PREFIX)) await rm(join(directory, name), { force: true });
  }
}

/**
 * Gives a file a name in a directory, with a number in it when it is in use: two systems may count their files alike,
 * and neither's may be lost.
 *
 * @returns the name.
 */
export async function moveToFreeName(path: string, directory: string, name: string): Promise<string> {
  const { name: base, ext } = parse(name);
  for (let number = 1; ; number += 1) {
    // In front of the ending, which may say that the file is not whole.
    const given = number === 1 ? name : `${base}.${number}${ext}`;
    if (await moveIfFree(path, join(directory, given))) return given;
  }
}
