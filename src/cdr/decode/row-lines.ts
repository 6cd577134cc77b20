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
  /** The offset of the byte behind it. */
  readonly endByte: number;
  /** Why it is no row. */
  readonly reason?: string;
}

/** No cell is longer; what is inside quotes for longer has lost the quote that ends it. */
const LONGEST_OPEN_CHARACTERS = 65_536;

/**
 * Makes rows of lines. A quote that is never closed costs the line it stands on and no other: the lines behind it are
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
      rows.push(...this.#addLine(line));
      if (this.#openCharacters > LONGEST_OPEN_CHARACTERS) waiting.push(...this.#giveUpFirst(rows).reverse());
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
    const reason = 'a quote opens a cell on this line and is never closed';
    if (first !== undefined) rows.push({ ...rowOf([first]), reason });
    return others;
  }

  /** The row that ends with a line, if one does and it is not blank. */
  #addLine(line: Line): RowText[] {
    this.#open.push(line);
    this.#openCharacters += line.text.length + 1;
    this.#isOpen = this.#format.isOpenAfter(line.text, this.#isOpen);
    if (this.#isOpen) return [];
    const row = rowOf(this.#takeOpen());
    return this.#format.isBlank(row.text) ? [] : [row];
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
    endByte: lines.at(-1)?.endByte ?? 0,
  };
}
