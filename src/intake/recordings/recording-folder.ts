import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rm, stat, statfs, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { moveIfFree, syncDirectory } from '../files/place-file.ts';
import type { RecordingName } from './recording-name.ts';

const DAY_MS = 86_400_000;

/** How much comes in before the disk's free space is looked at again. */
const LOOK_AGAIN_BYTES = 16 * 1_048_576;

/** What the names of files begin with that are still coming in. */
const UPLOAD_PREFIX = '.upload-';

/** No upload takes so long: what is older was left by a router that died. */
const LEFT_AFTER_MS = DAY_MS;

/** Why a recording is not taken. */
export class RecordingRefusedError extends Error {
  readonly reason: 'there-already' | 'too-large' | 'no-space' | 'empty' | 'cut-off';

  constructor(reason: RecordingRefusedError['reason'], message: string) {
    super(message);
    this.name = 'RecordingRefusedError';
    this.reason = reason;
  }
}

/** What a recording may take. */
export interface RecordingLimits {
  readonly maxBytes: number;
  /** What is to be left of the disk for everything else. */
  readonly minFreeBytes: number;
}

/**
 * Recordings as files, in a folder for each day (UTC) on which CDRs were received. There is no list of them but the folders:
 * where one is follows from its name, so whoever shares the folders shares the recordings.
 */
export class RecordingFolder {
  readonly #path: string;
  readonly #limits: RecordingLimits;

  /** @param path made when the first recording comes; only its owner may read it. */
  constructor(path: string, limits: RecordingLimits) {
    this.#path = path;
    this.#limits = limits;
  }

  /** Where a recording is, or would be. */
  pathOf({ text, receivedAtMs }: RecordingName): string {
    return join(this.#path, new Date(receivedAtMs).toISOString().slice(0, 10), text);
  }

  /** How long a recording is; `undefined` when it is not here. */
  async bytesOf(name: RecordingName): Promise<number | undefined> {
    const info = await stat(this.pathOf(name)).catch(goneIsUndefined);
    return info?.size;
  }

  /**
   * Keeps a recording. When the promise is fulfilled, all of it is on disk, synced; until then nobody sees it, and of one that
   * does not come whole nothing is left. The content is not destroyed, so that its sender can still be answered.
   *
   * @param announcedBytes how long it is to be, where that is known.
   * @returns how long it is.
   * @throws RecordingRefusedError, or Error when the disk cannot be written.
   */
  async keep(name: RecordingName, content: Readable, announcedBytes = 0): Promise<number> {
    if ((await this.bytesOf(name)) !== undefined) throw thereAlready();
    if (announcedBytes > this.#limits.maxBytes) throw this.#tooLarge();
    const path = this.pathOf(name);
    const folder = dirname(path);
    try {
      const made = await mkdir(folder, { recursive: true, mode: 0o700 });
      if (made !== undefined) await syncDirectory(this.#path);
      await this.#lookForSpace(announcedBytes);
      return await this.#write(path, content);
    } catch (error) {
      if (isFull(error)) throw noSpace();
      throw content.errored === error ? cutOff() : error;
    }
  }

  async #write(path: string, content: Readable): Promise<number> {
    const folder = dirname(path);
    const draft = join(folder, `${UPLOAD_PREFIX}${randomBytes(12).toString('hex')}`);
    const handle = await open(draft, 'wx', 0o600);
    try {
      const bytes = await this.#copy(content, handle);
      if (bytes === 0)
        throw new RecordingRefusedError('empty', 'the body is empty; send the recording as it');
      await handle.sync();
      await handle.close();
      // Of two that come at once, the first whole one is kept.
      if (!(await moveIfFree(draft, path))) throw thereAlready();
      await syncDirectory(folder);
      return bytes;
    } catch (error) {
      await handle.close().catch(() => undefined);
      await rm(draft, { force: true });
      throw error;
    }
  }

  async #copy(content: Readable, handle: FileHandle): Promise<number> {
    let bytes = 0;
    let lookAgainAt = LOOK_AGAIN_BYTES;
    for await (const chunk of content.iterator({ destroyOnReturn: false })) {
      const part = chunk as Buffer;
      bytes += part.length;
      if (bytes > this.#limits.maxBytes) throw this.#tooLarge();
      if (bytes > lookAgainAt) {
        await this.#lookForSpace(0);
        lookAgainAt = bytes + LOOK_AGAIN_BYTES;
      }
      await handle.writeFile(part);
    }
    return bytes;
  }

  /** The store may be on the same disk: recordings leave it room. */
  async #lookForSpace(wantedBytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#path);
    if (bavail * bsize - wantedBytes < this.#limits.minFreeBytes) throw noSpace();
  }

  /**
   * Removes the recordings of days that ended before a time, and what uploads have left that ended with their router.
   *
   * @returns how many days went.
   */
  async purge(beforeMs: number): Promise<number> {
    const days = (await readdir(this.#path).catch(goneIsUndefined)) ?? [];
    let gone = 0;
    for (const day of days.filter((name) => /^\d{4}-\d\d-\d\d$/.test(name))) {
      const folder = join(this.#path, day);
      if (Date.parse(day) + DAY_MS <= beforeMs) {
        await rm(folder, { recursive: true, force: true });
        gone += 1;
      } else await removeLeftUploads(folder);
    }
    return gone;
  }

  #tooLarge(): RecordingRefusedError {
    const message = `a recording of more than ${this.#limits.maxBytes} bytes is not taken (recordings.maxBytes)`;
    return new RecordingRefusedError('too-large', message);
  }
}

async function removeLeftUploads(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(UPLOAD_PREFIX)) continue;
    const path = join(folder, name);
    const info = await stat(path).catch(goneIsUndefined);
    if (info !== undefined && Date.now() - info.mtimeMs > LEFT_AFTER_MS) await rm(path, { force: true });
  }
}

function thereAlready(): RecordingRefusedError {
  return new RecordingRefusedError('there-already', 'the recording is here already; nothing is overwritten');
}

function noSpace(): RecordingRefusedError {
  return new RecordingRefusedError('no-space', 'there is no room for a recording on the disk now');
}

function cutOff(): RecordingRefusedError {
  return new RecordingRefusedError('cut-off', 'the recording did not come whole; nothing of it is kept');
}

/** Disk or quota; Windows has the first, too. */
function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function goneIsUndefined(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
