import { RowLines, type Line, type RowText } from '../../cdr/decode/row-lines.ts';
import { textOf } from '../../cdr/decode/text.ts';
import { UnreadableBodyError } from '../../cdr/decode/unreadable.ts';
import type { SentCdr } from '../../cdr/read.ts';
import { RowReader } from '../../cdr/read-rows.ts';
import type { Vendors } from '../../cdr/vendor.ts';
import type { Intake } from '../intake.ts';
import type { Source } from '../source.ts';
import type { FileProgress } from './file-journal.ts';
import { linesOf } from './file-lines.ts';
import type { InputFile } from './input-file.ts';
import type { RejectedRow } from './rejected-rows.ts';

/** What reading a file needs. */
export interface FileReaderOptions {
  readonly intake: Pick<Intake, 'receive' | 'take'>;
  readonly vendors: Vendors;
  /** The largest file in a format that has to be read as a whole. */
  readonly maxBodyBytes: number;
}

/** One reading of a file. */
export interface Reading {
  readonly source: Source;
  /** How far it was read before. */
  readonly from: FileProgress;
  readonly signal: AbortSignal;
  /** Keeps rows that hold no CDR. */
  reject(rows: readonly RejectedRow[], header: readonly string[]): Promise<void>;
  /** Notes that everything before a place is safe. */
  reached(progress: FileProgress): Promise<void>;
}

/** Looked at to tell the format; a first line that is longer makes a document of the file. */
const HEAD_BYTES = 262_144;

/** What is handed to the intake at once. */
const BATCH_ROWS = 250;
const BATCH_CHARACTERS = 4_194_304;

/** Where the reading of a file begins. */
export const BEGINNING: FileProgress = { endByte: 0, lines: 0, cdrs: 0, rejected: 0 };

/**
 * Hands all CDRs of a file to the intake. A file of rows (CSV, NDJSON) is read in batches, the next when the store has the
 * one before, so a file of any length takes little memory; any other format as a whole, up to `maxBodyBytes`.
 *
 * @returns how far it was read: to its end, unless the signal ended it.
 * @throws UnreadableBodyError when it holds nothing that can be read, StoreUnavailableError when the store takes no CDRs.
 */
export async function readFile(
  file: InputFile,
  reading: Reading,
  options: FileReaderOptions,
): Promise<FileProgress> {
  const { bytes, isAll } = await file.head(HEAD_BYTES);
  if (bytes.length === 0) throw new UnreadableBodyError('the file is empty');
  const lastLine = bytes.lastIndexOf('\n');
  const head = textOf(isAll ? bytes : bytes.subarray(0, lastLine + 1));
  const rows = head === '' ? undefined : RowReader.of(head, reading.source, options.vendors);
  return rows === undefined
    ? readWhole(file, reading, options)
    : new RowFile(rows, headerOf(rows, bytes), reading, options).read(file);
}

async function readWhole(
  file: InputFile,
  { source, from }: Reading,
  { intake, maxBodyBytes }: FileReaderOptions,
): Promise<FileProgress> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of file.bytes()) {
    length += chunk.length;
    if (length > maxBodyBytes) {
      const advice = 'only CSV and lines of JSON may be (intake.maxBodyBytes)';
      throw new UnreadableBodyError(`the file is larger than ${maxBodyBytes} bytes; ${advice}`);
    }
    chunks.push(chunk);
  }
  const { ids } = await intake.receive(source, Buffer.concat(chunks), '');
  return { ...from, endByte: length, cdrs: ids.length };
}

/** The rows in front of the CDRs, which are at the beginning of the file's first bytes. */
function headerOf({ format }: RowReader, head: Buffer): string[] {
  const rowLines = new RowLines(format);
  const lines = textOf(head)
    .split('\n')
    .map((text, index) => ({ text, number: index + 1, endByte: 0 }));
  return rowLines
    .add(lines)
    .slice(0, format.headerRows)
    .map(({ text }) => text);
}

/** A file of rows that is being read. */
class RowFile {
  readonly #rows: RowReader;
  readonly #header: readonly string[];
  readonly #reading: Reading;
  readonly #intake: FileReaderOptions['intake'];
  #progress: FileProgress;
  #firstReason: string | undefined;

  constructor(rows: RowReader, header: readonly string[], reading: Reading, { intake }: FileReaderOptions) {
    this.#rows = rows;
    this.#header = header;
    this.#reading = reading;
    this.#intake = intake;
    this.#progress = reading.from;
  }

  async read(file: InputFile): Promise<FileProgress> {
    const { from, signal } = this.#reading;
    const { format } = this.#rows;
    const rows = rowsOf(linesOf(file.bytes(from.endByte), from), new RowLines(format));
    for await (const batch of batchesOf(rows, from.endByte === 0 ? format.headerRows : 0)) {
      await this.#take(batch);
      if (signal.aborted) return this.#progress;
    }
    const { cdrs, rejected } = this.#progress;
    if (cdrs > 0 || rejected === 0) return this.#progress;
    throw new UnreadableBodyError(`none of its ${rejected} rows can be read; ${this.#firstReason ?? ''}`);
  }

  /** Hands a batch to the intake. What is behind it is read when this one is safe. */
  async #take(batch: readonly RowText[]): Promise<void> {
    const { cdrs, rejected } = this.#decode(batch);
    const [first] = rejected;
    if (first !== undefined) this.#firstReason ??= `line ${first.line}: ${first.reason}`;
    await this.#intake.take(this.#reading.source, cdrs);
    await this.#reading.reject(rejected, this.#header);
    this.#progress = {
      endByte: batch.at(-1)?.endByte ?? 0,
      lines: batch.at(-1)?.endLine ?? 0,
      cdrs: this.#progress.cdrs + cdrs.length,
      rejected: this.#progress.rejected + rejected.length,
    };
    await this.#reading.reached(this.#progress);
  }

  #decode(batch: readonly RowText[]): { cdrs: SentCdr[]; rejected: RejectedRow[] } {
    const rejected: RejectedRow[] = [];
    const whole: RowText[] = [];
    for (const row of batch) {
      if (row.reason === undefined) whole.push(row);
      else rejected.push({ ...row, reason: row.reason });
    }
    const read = this.#rows.read(whole.map(({ text }) => text));
    const cdrs = read.flatMap((one, index) => {
      if ('cdrs' in one) return one.cdrs;
      const row = whole[index];
      if (row !== undefined) rejected.push({ ...row, reason: one.reason });
      return [];
    });
    return { cdrs, rejected: rejected.toSorted((a, b) => a.line - b.line) };
  }
}

async function* rowsOf(lines: AsyncIterable<readonly Line[]>, rowLines: RowLines): AsyncGenerator<RowText[]> {
  for await (const some of lines) yield rowLines.add(some);
  yield rowLines.end();
}

/** @param headerRows rows at the beginning that are left out. */
async function* batchesOf(
  all: AsyncIterable<readonly RowText[]>,
  headerRows: number,
): AsyncGenerator<RowText[]> {
  let toSkip = headerRows;
  let batch: RowText[] = [];
  let characters = 0;
  for await (const some of all) {
    const skipped = Math.min(toSkip, some.length);
    toSkip -= skipped;
    for (const row of some.slice(skipped)) {
      batch.push(row);
      characters += row.text.length;
      if (batch.length < BATCH_ROWS && characters < BATCH_CHARACTERS) continue;
      yield batch;
      batch = [];
      characters = 0;
    }
  }
  if (batch.length > 0) yield batch;
}
