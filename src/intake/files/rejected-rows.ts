import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RowText } from '../../cdr/decode/row-lines.ts';
import { isThere, placeFor, renameIfThere } from './place-file.ts';

/** A row that holds no CDR. */
export interface RejectedRow extends RowText {
  readonly reason: string;
}

/**
 * Keeps the rows of one file that cannot be read, as they are and behind the file's own header: mended, they can be put
 * into the folder again. Beside them stands what is wrong with each.
 */
export class RejectedRows {
  readonly #directory: string;
  readonly #fingerprint: string;
  readonly #path: string;

  /** @param directory where failed files are kept. */
  constructor(directory: string, fingerprint: string) {
    this.#directory = directory;
    this.#fingerprint = fingerprint;
    // Hidden until the file is through, and found again after a crash.
    this.#path = join(directory, `.${fingerprint.slice(0, 32)}.rows`);
  }

  /** Adds rows to those of this file. @param header the rows in front of the file's CDRs. */
  async add(rows: readonly RejectedRow[], header: readonly string[]): Promise<void> {
    if (rows.length === 0) return;
    const above = (await isThere(this.#path)) ? [] : header;
    const texts = [...above, ...rows.map(({ text }) => text)];
    await appendFile(this.#path, texts.map((text) => `${text}\n`).join(''), { flush: true });
    const reasons = rows.map(({ line, reason }) => `line ${line}: ${reason}\n`);
    await appendFile(`${this.#path}.reason.txt`, reasons.join(''), { flush: true });
  }

  /** Shows what was kept, as `<name>.rows` and `<name>.rows.reason.txt`. */
  async show(name: string): Promise<void> {
    const shown = await placeFor(this.#directory, `${name}.rows`, this.#fingerprint);
    await renameIfThere(this.#path, shown);
    await renameIfThere(`${this.#path}.reason.txt`, `${shown}.reason.txt`);
  }

  /** Drops what was kept. */
  async drop(): Promise<void> {
    await rm(this.#path, { force: true });
    await rm(`${this.#path}.reason.txt`, { force: true });
  }
}
