import { rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { isUnfinished } from '../files/folder.ts';
import { moveToFreeName, Upload, UPLOAD_PREFIX } from './upload.ts';

/** Why the drop does not do something; the code is that of SFTP (draft-ietf-secsh-filexfer-02 §7). */
export class RefusedError extends Error {
  readonly code: 'NO_SUCH_FILE' | 'PERMISSION_DENIED' | 'FAILURE';

  constructor(code: RefusedError['code'], message: string) {
    super(message);
    this.name = 'RefusedError';
    this.code = code;
  }
}

/** A file that the user has sent. */
interface SentFile {
  readonly size: number;
  /** Its name in the directory; `undefined` for an empty one, which is not kept. */
  readonly name: string | undefined;
}

/** How a client wants to open a file. */
export interface OpenMode {
  readonly isWrite: boolean;
  readonly isCreate: boolean;
  readonly isExclusive: boolean;
  /** Whether what was there goes. */
  readonly isTruncate: boolean;
}

/** What an SFTP client is shown of a path. */
export type Shown = { readonly kind: 'directory' } | { readonly kind: 'file'; readonly size: number };

/** Sent files that are remembered for each user. */
const MOST_SENT = 1_000;
const MOST_DIRECTORIES = 100;
const LONGEST_NAME_BYTES = 200;

/** Names that stand for something else in a watched folder. */
const RESERVED = new Set(['done', 'failed']);

/**
 * What one user sees and does: a directory that only takes. It is flat whatever directories a client names or makes; of
 * each path only the last part becomes a file's name. Nothing in it can be read, and only what the user has sent is seen.
 *
 * An empty file is remembered but not kept: clients make one to try the connection (CallManager does) or before they
 * write, and there is no call in it.
 */
export class Drop {
  readonly #directory: string;
  readonly #sent = new Map<string, SentFile>();
  readonly #directories = new Set(['/']);

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** A path as the drop names it, whatever way it is written. */
  static pathOf(path: string): string {
    return posix.resolve('/', path.replaceAll('\\', '/'));
  }

  /** @throws RefusedError when there is nothing to be seen. */
  show(path: string): Shown {
    const whole = Drop.pathOf(path);
    if (this.#directories.has(whole) || /[/\\]$/.test(path)) return { kind: 'directory' };
    const sent = this.#sent.get(whole);
    if (sent === undefined) throw new RefusedError('NO_SUCH_FILE', 'there is no such file');
    return { kind: 'file', size: sent.size };
  }

  /** @throws RefusedError when this is no path for a file or no way to open one. */
  begin(path: string, mode: OpenMode): Promise<Upload> {
    const whole = Drop.pathOf(path);
    const known = this.#sent.get(whole);
    if (!mode.isWrite) throw new RefusedError('PERMISSION_DENIED', 'files can only be sent here');
    checkName(whole);
    if (known === undefined && !mode.isCreate)
      throw new RefusedError('NO_SUCH_FILE', 'there is no such file');
    if (known !== undefined && mode.isExclusive)
      throw new RefusedError('FAILURE', 'the file was sent already');
    if (known !== undefined && known.size > 0 && !mode.isTruncate) {
      throw new RefusedError('PERMISSION_DENIED', 'a file that was sent cannot be changed; send it anew');
    }
    return Upload.begin(this.#directory);
  }

  /** Ends an upload. When the promise is fulfilled, the file is safe. @throws Error when it has failed. */
  async end(upload: Upload, path: string): Promise<void> {
    const whole = Drop.pathOf(path);
    const { size } = upload;
    if (size > 0 || upload.hasFailed)
      this.#remember(whole, { size, name: await upload.publish(posix.basename(whole)) });
    else {
      await upload.discard();
      this.#remember(whole, { size, name: undefined });
    }
  }

  /** @throws RefusedError when the file is not there any more, or the new name is no good. */
  async rename(from: string, to: string): Promise<void> {
    const [old, whole] = [Drop.pathOf(from), Drop.pathOf(to)];
    const sent = this.#sent.get(old);
    if (sent === undefined) throw new RefusedError('NO_SUCH_FILE', 'there is no such file');
    if (this.#sent.has(whole)) throw new RefusedError('FAILURE', 'a file of that name was sent already');
    checkName(whole);
    const name = sent.name === undefined ? undefined : await this.#move(sent.name, posix.basename(whole));
    this.#sent.delete(old);
    this.#remember(whole, { size: sent.size, name });
  }

  /** Takes a file out of sight. What was sent whole is sent: it is not undone. @throws RefusedError */
  async remove(path: string): Promise<void> {
    const whole = Drop.pathOf(path);
    const sent = this.#sent.get(whole);
    if (sent === undefined) throw new RefusedError('NO_SUCH_FILE', 'there is no such file');
    this.#sent.delete(whole);
    const { name } = sent;
    if (name !== undefined && isUnfinished(name)) await rm(join(this.#directory, name), { force: true });
  }

  /** @throws RefusedError */
  makeDirectory(path: string): void {
    const whole = Drop.pathOf(path);
    if (this.#directories.has(whole)) throw new RefusedError('FAILURE', 'the directory is there already');
    if (this.#directories.size >= MOST_DIRECTORIES)
      throw new RefusedError('FAILURE', 'there are too many directories');
    this.#directories.add(whole);
  }

  /** @throws RefusedError */
  removeDirectory(path: string): void {
    const whole = Drop.pathOf(path);
    if (whole === '/' || !this.#directories.delete(whole)) {
      throw new RefusedError('NO_SUCH_FILE', 'there is no such directory');
    }
  }

  async #move(name: string, wanted: string): Promise<string> {
    try {
      return await moveToFreeName(join(this.#directory, name), this.#directory, wanted);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new RefusedError('NO_SUCH_FILE', 'the file has been taken in already');
    }
  }

  #remember(path: string, sent: SentFile): void {
    this.#sent.delete(path);
    this.#sent.set(path, sent);
    const [oldest] = this.#sent.keys();
    if (this.#sent.size > MOST_SENT && oldest !== undefined) this.#sent.delete(oldest);
  }
}

function checkName(path: string): void {
  const name = posix.basename(path);
  const isOdd = name === '' || /[\u0000-\u001f\u007f]/.test(name) || name.startsWith(UPLOAD_PREFIX);
  if (isOdd || RESERVED.has(name) || Buffer.byteLength(name) > LONGEST_NAME_BYTES) {
    throw new RefusedError('PERMISSION_DENIED', 'a file cannot be sent under this name');
  }
}
