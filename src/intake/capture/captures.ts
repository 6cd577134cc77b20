import { mkdir, readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeTime, monotonicFactory } from 'ulid';
import { messageOf, type CapturedRequest } from './captured-request.ts';

/** A captured request, as far as a list tells of it. */
export interface Capture {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly receivedAtMs: number;
  /** HTTP status of the answer: 200, or why it was not taken in. */
  readonly status: number;
  /** Of the whole message, headers included. */
  readonly bytes: number;
}

/** Told when a capture cannot be written; the request itself is not affected. */
export type OnCaptureFailed = (source: string, error: unknown) => void;

/** All captures of a source together; the oldest go first. */
const MAX_SOURCE_BYTES = 32 * 1_048_576;

const FILE = /^(cap_[0-9A-HJKMNP-TV-Z]{26})\.(\d{3})\.http$/;

interface Waiting {
  readonly source: string;
  readonly keep: number;
  readonly name: string;
  readonly message: Buffer;
}

/**
 * Keeps the last requests of sources as files, one HTTP message each, in a folder for each source. For people who write
 * a vendor profile; requests that could not be read are kept like others.
 */
export class Captures {
  readonly #folder: string;
  readonly #onFailed: OnCaptureFailed;
  readonly #newUlid = monotonicFactory();
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;

  /** @param folder made when something is captured; only its owner may read it. */
  constructor(folder: string, onFailed: OnCaptureFailed) {
    this.#folder = folder;
    this.#onFailed = onFailed;
  }

  /**
   * Captures a request in the background.
   *
   * @param answered when and how it was answered.
   * @param keep how many of the source's requests are kept.
   */
  capture(
    source: string,
    request: CapturedRequest,
    answered: { readonly atMs: number; readonly status: number },
    keep: number,
  ): void {
    const name = `cap_${this.#newUlid(answered.atMs)}.${answered.status}.http`;
    const others = this.#waiting.filter((one) => one.source === source);
    // Requests that come faster than the disk takes them push each other out here as they would there.
    if (others.length >= keep)
      this.#waiting.splice(
        this.#waiting.findIndex((one) => one === others[0]),
        1,
      );
    this.#waiting.push({ source, keep, name, message: messageOf(request) });
    this.#writing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      await this.#write(next).catch((error: unknown) => {
        this.#onFailed(next.source, error);
      });
    }
    this.#writing = undefined;
  }

  async #write({ source, keep, name, message }: Waiting): Promise<void> {
    const folder = join(this.#folder, source);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(join(folder, name), message, { mode: 0o600 });
    let bytes = 0;
    for (const [index, one] of (await this.list(source)).entries()) {
      bytes += one.bytes;
      const isKept = index === 0 || (index < keep && bytes <= MAX_SOURCE_BYTES);
      if (!isKept) await rm(join(folder, fileName(one)), { force: true });
    }
  }

  /** What is captured of a source, newest first. */
  async list(source: string): Promise<Capture[]> {
    const folder = join(this.#folder, source);
    const names = await readdir(folder).catch(goneIsUndefined);
    const found = await Promise.all((names ?? []).map((name) => captureOf(folder, name)));
    return found.filter((one) => one !== undefined).sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  /** The HTTP message of a capture, `undefined` when there is none. */
  async message(source: string, id: string): Promise<Buffer | undefined> {
    const found = (await this.list(source)).find((one) => one.id === id);
    if (found === undefined) return undefined;
    return readFile(join(this.#folder, source, fileName(found))).catch(goneIsUndefined);
  }

  /** Removes what was captured before a time, also of sources that capture no more, and folders that are empty then. */
  async purge(beforeMs: number): Promise<void> {
    for (const source of (await readdir(this.#folder).catch(goneIsUndefined)) ?? []) {
      const folder = join(this.#folder, source);
      for (const one of await this.list(source)) {
        if (one.receivedAtMs < beforeMs) await rm(join(folder, fileName(one)), { force: true });
      }
      // One with something in it stays.
      await rmdir(folder).catch(() => undefined);
    }
  }

  /** Waits until everything captured is written. */
  async settled(): Promise<void> {
    await this.#writing;
  }
}

function fileName({ id, status }: Capture): string {
  return `${id}.${status}.http`;
}

async function captureOf(folder: string, name: string): Promise<Capture | undefined> {
  const [, id, status] = FILE.exec(name) ?? [];
  if (id === undefined) return undefined;
  const info = await stat(join(folder, name)).catch(goneIsUndefined);
  if (info === undefined) return undefined;
  return { id, receivedAtMs: decodeTime(id.slice(4)), status: Number(status), bytes: info.size };
}

/** A file or folder may not be there yet, or have made room for a newer one. */
function goneIsUndefined(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
