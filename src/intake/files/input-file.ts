import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UnreadableBodyError } from '../../cdr/decode/unreadable.ts';

/** Read at once. */
const CHUNK_BYTES = 262_144;

/** A file that is being taken in. It is never held as a whole. */
export class InputFile {
  readonly path: string;
  readonly stats: Stats;
  readonly #handle: FileHandle;
  readonly #isGzip: boolean;

  private constructor(path: string, handle: FileHandle, stats: Stats, isGzip: boolean) {
    this.path = path;
    this.#handle = handle;
    this.stats = stats;
    this.#isGzip = isGzip;
  }

  /** @throws Error when it cannot be opened. */
  static async open(path: string): Promise<InputFile> {
    const handle = await open(path, 'r');
    try {
      const magic = Buffer.alloc(2);
      await handle.read(magic, 0, 2, 0);
      // RFC 1952 §2.3.1
      return new InputFile(path, handle, await handle.stat(), magic.readUInt16BE() === 0x1f8b);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** SHA-256 of its bytes, in hexadecimal digits. @throws the signal's reason when it ends the work. */
  async fingerprint(signal: AbortSignal): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of this.#stream(0)) {
      signal.throwIfAborted();
      hash.update(chunk);
    }
    return hash.digest('hex');
  }

  /**
   * Its bytes, unpacked when it is compressed with gzip.
   *
   * @param from the offset of the first one.
   * @throws UnreadableBodyError when it cannot be unpacked.
   */
  bytes(from = 0): AsyncIterable<Buffer> {
    return this.#isGzip ? unpacked(this.#stream(0), from) : this.#stream(from);
  }

  /** Its first bytes, unpacked: so many, and some more; all of them when there are not as many. */
  async head(count: number): Promise<{ readonly bytes: Buffer; readonly isAll: boolean }> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of this.bytes()) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > count) return { bytes: Buffer.concat(chunks), isAll: false };
    }
    return { bytes: Buffer.concat(chunks), isAll: true };
  }

  /** Whether a path leads to this very file, and nobody has written to it since it was opened. */
  async isAt(path: string): Promise<boolean> {
    try {
      const { ino, size, mtimeMs } = await stat(path);
      return ino === this.stats.ino && size === this.stats.size && mtimeMs === this.stats.mtimeMs;
    } catch {
      return false;
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  /** What is written behind the end meanwhile is not read. */
  async *#stream(from: number): AsyncGenerator<Buffer> {
    for (let at = from; at < this.stats.size;) {
      const length = Math.min(CHUNK_BYTES, this.stats.size - at);
      const { bytesRead, buffer } = await this.#handle.read(Buffer.allocUnsafe(length), 0, length, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }
}

async function* unpacked(packed: AsyncIterable<Buffer>, from: number): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  // An error comes out of `gunzip`, too.
  pipeline(Readable.from(packed), gunzip, () => undefined);
  let offset = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      const skipped = Math.max(0, from - offset);
      offset += chunk.length;
      if (skipped < chunk.length) yield chunk.subarray(skipped);
    }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!code.startsWith('Z_')) throw error;
    throw new UnreadableBodyError('the file begins as gzip does but cannot be unpacked');
  }
}
