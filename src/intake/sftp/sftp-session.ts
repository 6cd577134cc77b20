import ssh2 from 'ssh2';
import { attributesOf } from './attributes.ts';
import { RefusedError, Drop, type Shown } from './drop.ts';
import { Handles, type Handle } from './handles.ts';

const { STATUS_CODE: STATUS, OPEN_MODE: MODE } = ssh2.utils.sftp;

/** What a session needs. */
export interface SftpSessionOptions {
  readonly drop: Drop;
  readonly maxFileBytes: number;
  /** A file has been sent whole and is safe. */
  readonly onSent: (path: string, bytes: number) => void;
  /** The client sends faster than can be written, and does not wait for answers. */
  readonly onFlood: () => void;
}

/** Handles of one session. */
const MOST_HANDLES = 32;
/** Not written yet; OpenSSH has 2 MiB under way at most. */
const MOST_WAITING_BYTES = 33_554_432;

/** Answers the requests of one SFTP channel (version 3, draft-ietf-secsh-filexfer-02). */
export class SftpSession {
  readonly #channel: ssh2.SFTPWrapper;
  readonly #options: SftpSessionOptions;
  readonly #handles = new Handles();
  #opening = 0;
  #waitingBytes = 0;
  #isEnded = false;

  constructor(channel: ssh2.SFTPWrapper, options: SftpSessionOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#listenForHandles();
    this.#listenForPaths();
    channel.once('end', () => {
      this.end()
        .then(() => {
          closeWell(channel);
        })
        // Nobody is there any more to be told.
        .catch(() => undefined);
    });
  }

  #listenForHandles(): void {
    const on = this.#answering.bind(this);
    this.#channel
      .on(
        'OPEN',
        on((id, path: string, flags: number) => this.#open(id, path, flags)),
      )
      .on(
        'WRITE',
        on((_, handle: Buffer, offset: number, data: Buffer) => this.#write(handle, offset, data)),
      )
      .on(
        'CLOSE',
        on((_, handle: Buffer) => this.#close(handle)),
      )
      .on(
        'FSTAT',
        on((id, handle: Buffer) => this.#show(id, this.#shownOf(handle))),
      )
      // Times and rights are of no use to anybody here, but clients want to set them.
      .on(
        'FSETSTAT',
        on(() => undefined),
      )
      .on(
        'OPENDIR',
        on((id, path: string) => this.#openDirectory(id, path)),
      )
      .on(
        'READDIR',
        on((id) => this.#status(id, STATUS.EOF)),
      )
      .on(
        'READ',
        on((id) => this.#status(id, STATUS.PERMISSION_DENIED)),
      );
  }

  #listenForPaths(): void {
    const on = this.#answering.bind(this);
    const { drop } = this.#options;
    const show = on((id, path: string) => this.#show(id, drop.show(path)));
    this.#channel
      .on('STAT', show)
      .on('LSTAT', show)
      .on(
        'SETSTAT',
        on(() => undefined),
      )
      .on(
        'REALPATH',
        on((id, path: string) => this.#realPath(id, path)),
      )
      .on(
        'RENAME',
        on((_, from: string, to: string) => drop.rename(from, to)),
      )
      .on(
        'REMOVE',
        on((_, path: string) => drop.remove(path)),
      )
      .on(
        'MKDIR',
        on((_, path: string) => {
          drop.makeDirectory(path);
        }),
      )
      .on(
        'RMDIR',
        on((_, path: string) => {
          drop.removeDirectory(path);
        }),
      );
  }

  /** Takes back what has not come in whole. */
  async end(): Promise<void> {
    this.#isEnded = true;
    for (const handle of this.#handles.takeAll()) if (handle.kind === 'file') await handle.upload.discard();
  }

  /** Makes a listener of what a request asks for. One that does not answer by itself is answered with its status. */
  #answering<Args extends unknown[]>(
    act: (id: number, ...rest: Args) => unknown,
  ): (id: number, ...rest: Args) => void {
    return (id, ...rest) => {
      void this.#act(id, () => act(id, ...rest));
    };
  }

  async #act(id: number, act: () => unknown): Promise<void> {
    try {
      if ((await act()) !== ANSWERED) this.#status(id, STATUS.OK);
    } catch (error) {
      const isRefused = error instanceof RefusedError;
      // What the operating system says may name paths.
      const message = isRefused ? error.message : `the file cannot be kept (${codeOf(error)})`;
      this.#status(id, STATUS[isRefused ? error.code : 'FAILURE'], message);
    }
  }

  async #open(id: number, path: string, flags: number): Promise<typeof ANSWERED> {
    if (this.#handles.size + this.#opening >= MOST_HANDLES) {
      throw new RefusedError('FAILURE', `no more than ${MOST_HANDLES} files at once`);
    }
    this.#opening += 1;
    try {
      const has = (mode: number): boolean => (flags & mode) !== 0;
      const mode = { isWrite: has(MODE.WRITE), isCreate: has(MODE.CREAT) };
      const upload = await this.#options.drop.begin(path, {
        ...mode,
        isExclusive: has(MODE.EXCL),
        isTruncate: has(MODE.TRUNC),
      });
      if (this.#isEnded) await upload.discard();
      else this.#giveHandle(id, { kind: 'file', path, upload });
    } finally {
      this.#opening -= 1;
    }
    return ANSWERED;
  }

  async #write(handle: Buffer, offset: number, data: Buffer): Promise<void> {
    const { upload } = this.#handles.file(handle);
    const { maxFileBytes, onFlood } = this.#options;
    if (offset + data.length > maxFileBytes) {
      const error = new RefusedError('FAILURE', `the file is larger than ${maxFileBytes} bytes`);
      // A client may close it all the same, and what has come in so far is not the file.
      upload.fail(error);
      throw error;
    }
    this.#waitingBytes += data.length;
    if (this.#waitingBytes > MOST_WAITING_BYTES) onFlood();
    try {
      await upload.write(offset, data);
    } finally {
      this.#waitingBytes -= data.length;
    }
  }

  async #close(handle: Buffer): Promise<void> {
    const open = this.#handles.take(handle);
    if (open.kind === 'directory') return;
    const { size } = open.upload;
    await this.#options.drop.end(open.upload, open.path);
    this.#options.onSent(open.path, size);
  }

  #openDirectory(id: number, path: string): typeof ANSWERED {
    if (this.#options.drop.show(path).kind !== 'directory')
      throw new RefusedError('FAILURE', 'it is no directory');
    if (this.#handles.size >= MOST_HANDLES) throw new RefusedError('FAILURE', 'too much is open');
    return this.#giveHandle(id, { kind: 'directory' });
  }

  #giveHandle(id: number, handle: Handle): typeof ANSWERED {
    this.#channel.handle(id, this.#handles.add(handle));
    return ANSWERED;
  }

  #shownOf(handle: Buffer): Shown {
    return { kind: 'file', size: this.#handles.file(handle).upload.size };
  }

  #show(id: number, shown: Shown): typeof ANSWERED {
    this.#channel.attrs(id, attributesOf(shown));
    return ANSWERED;
  }

  #realPath(id: number, path: string): typeof ANSWERED {
    const filename = Drop.pathOf(path);
    const attrs = attributesOf({ kind: 'directory' });
    this.#channel.name(id, [{ filename, longname: filename, attrs }]);
    return ANSWERED;
  }

  #status(id: number, code: number, message?: string): typeof ANSWERED {
    if (!this.#isEnded) this.#channel.status(id, code, message);
    return ANSWERED;
  }
}

/** What of ssh2's channels its types do not tell; its SFTP channel alone has no `exit`. */
interface ExitingChannel {
  readonly outgoing: { readonly id: number };
  readonly _protocol: { exitStatus(channelId: number, status: number): void };
}

/** OpenSSH's clients wait for the channel to be closed from this side, and scp fails when no exit status came before. */
function closeWell(channel: ssh2.SFTPWrapper): void {
  const { outgoing, _protocol: protocol } = channel as unknown as ExitingChannel;
  protocol.exitStatus(outgoing.id, 0);
  channel.end();
}

/** What a request returns that has been answered. */
const ANSWERED = Symbol('answered');

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}
