import type { RowFormat } from './row-format.ts';

/** A line of a file. */
export interface Line {
  /** Without the line feed at its end; a carriage return is still there. */
  readonly text: string;
  /** Counted from 1. */
  readonly number: number;
  /** The offset of the byte behind it, line feed included. */
  readonly endByte: number;
}

/** A row, or a line that is none. */
export interface RowText {
  readonly text: string;
  /** The line on which it begins. */
  readonly line: number;
  /** The line on which it ends. */
  readonly endLine: number;
  /** The offset of the byte behind it. */
  readonly endByte: number;
  /** Why it is no row. */
  readonly reason?: string;
}

/** No cell is longer; what is inside quotes for longer has lost the quote that ends it. */
const LONGEST_OPEN_CHARACTERS = 65_536;

/**
 * Makes rows of lines. A quote that belongs to no pair costs the line it stands on and no other: the lines behind it are
 * read again without it.
 */
export class RowLines {
  readonly #format: RowFormat;
  #open: Line[] = [];
  #openCharacters = 0;
  #isOpen = false;

  constructor(format: RowFormat) {
    this.#format = format;
  }

  /** The rows that end with these lines. */
  add(lines: readonly Line[]): RowText[] {
    const rows: RowText[] = [];
    // The next one is the last of these.
    const waiting = lines.toReversed();
    for (let line = waiting.pop(); line !== undefined; line = waiting.pop()) {
      this.#open.push(line);
      this.#openCharacters += line.text.length + 1;
      this.#isOpen = this.#format.isOpenAfter(line.text, this.#isOpen);
      if (this.#isOpen ? this.#openCharacters > LONGEST_OPEN_CHARACTERS : !this.#isWhole()) {
        waiting.push(...this.#giveUpFirst(rows).reverse());
      } else if (!this.#isOpen) {
        const row = rowOf(this.#takeOpen());
        if (!this.#format.isBlank(row.text)) rows.push(row);
      }
    }
    return rows;
  }

  /** The rows that are left at the end. */
  end(): RowText[] {
    const rows: RowText[] = [];
    while (this.#open.length > 0) rows.push(...this.add(this.#giveUpFirst(rows)));
    return rows;
  }

  /** Gives up the line on which the open row begins, and returns those behind it. */
  #giveUpFirst(rows: RowText[]): Line[] {
    const [first, ...others] = this.#takeOpen();
    const reason = 'a quote that opens a cell on this line is not closed where a cell ends';
    if (first !== undefined) rows.push({ ...rowOf([first]), reason });
    return others;
  }

  #isWhole(): boolean {
    return this.#open.length === 1 || this.#format.isWhole(rowOf(this.#open).text);
  }

  #takeOpen(): Line[] {
    const lines = this.#open;
    this.#open = [];
    this.#openCharacters = 0;
    this.#isOpen = false;
    return lines;
  }
}

function rowOf(lines: readonly Line[]): RowText {
  const [first] = lines;
  const text = lines.map((line) => line.text).join('\n');
  return {
    text: text.endsWith('\r') ? text.slice(0, -1) : text,
    line: first?.number ?? 0,
    endLine: lines.at(-1)?.number ?? 0,
    endByte: lines.at(-1)?.endByte ?? 0,
  };
}
