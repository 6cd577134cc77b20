import { RefusedError } from './drop.ts';
import type { Upload } from './upload.ts';

/** A file that is coming in. */
export interface FileHandle {
  readonly kind: 'file';
  readonly path: string;
  readonly upload: Upload;
}

/** What a client has open. A directory has nothing to be read. */
export type Handle = FileHandle | { readonly kind: 'directory' };

/** What the client of one session has open, by the names it was given for it. */
export class Handles {
  readonly #open = new Map<number, Handle>();
  #next = 0;

  get size(): number {
    return this.#open.size;
  }

  /** The name for what is open now. */
  add(handle: Handle): Buffer {
    this.#open.set(this.#next, handle);
    const name = Buffer.alloc(4);
    name.writeUInt32BE(this.#next);
    this.#next = (this.#next + 1) % 0x1_0000_0000;
    return name;
  }

  /** @throws RefusedError when the name is not that of a file. */
  file(name: Buffer): FileHandle {
    const handle = this.#open.get(numberOf(name));
    if (handle?.kind === 'file') return handle;
    throw new RefusedError('FAILURE', 'there is no such handle');
  }

  /** Takes one out. @throws RefusedError when there is none of that name. */
  take(name: Buffer): Handle {
    const number = numberOf(name);
    const handle = this.#open.get(number);
    if (handle === undefined) throw new RefusedError('FAILURE', 'there is no such handle');
    this.#open.delete(number);
    return handle;
  }

  /** Takes all out. */
  takeAll(): Handle[] {
    const all = [...this.#open.values()];
    this.#open.clear();
    return all;
  }
}

function numberOf(name: Buffer): number {
  return name.length === 4 ? name.readUInt32BE() : -1;
}
