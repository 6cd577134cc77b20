import { TooLargeBodyError } from './unreadable.ts';

/** Whole rows of a text. */
export interface Section {
  readonly text: string;
  /** Lines of the text before it. */
  readonly linesBefore: number;
}

/** Rows are parsed together, because a parser for each costs more than the row; but not so many that others wait for them. */
const SECTION_CHARACTERS = 32_768;

/** No row is longer. */
const LONGEST_ROW_CHARACTERS = 1_048_576;

const QUOTE = 0x22;

/**
 * Whether a line that begins inside quotes or not ends inside them, as csv-parse reads quotes: they open a cell at its
 * beginning only, and two of them inside are one of the text.
 */
export function isInQuotes(line: string, delimiter: string, wasOpen: boolean): boolean {
  if (!wasOpen && !line.includes('"')) return false;
  const separator = delimiter.charCodeAt(0);
  let isQuoted = wasOpen;
  let isCellStart = !wasOpen;
  for (let at = 0; at < line.length; at += 1) {
    const code = line.charCodeAt(at);
    if (isQuoted) {
      if (code !== QUOTE) continue;
      if (line.charCodeAt(at + 1) === QUOTE) at += 1;
      else isQuoted = false;
    } else if (code === QUOTE && isCellStart) {
      isQuoted = true;
      isCellStart = false;
    } else {
      isCellStart = code === separator;
    }
  }
  return isQuoted;
}

/** What stands between two rows of a text: the first line break outside quotes. */
export function lineBreakOf(text: string, delimiter: string): string {
  const head = text.slice(0, LONGEST_ROW_CHARACTERS);
  let start = 0;
  let isOpen = false;
  for (const { 0: lineBreak, index } of head.matchAll(/\r\n|\n|\r/g)) {
    isOpen = isInQuotes(head.slice(start, index), delimiter, isOpen);
    if (!isOpen) return lineBreak;
    start = index + lineBreak.length;
  }
  return '\n';
}

/**
 * Cuts CSV between rows, one section after the other.
 *
 * @throws TooLargeBodyError for a row without end.
 */
export function* sectionsOf(text: string, delimiter: string, lineBreak: string): Generator<Section> {
  let linesBefore = 0;
  let lines = 0;
  let isOpen = false;
  let start = 0;
  for (let at = 0; at < text.length;) {
    const found = text.indexOf(lineBreak, at);
    const end = found < 0 ? text.length : found;
    refuseLong(end - start, linesBefore);
    isOpen = isInQuotes(text.slice(at, end), delimiter, isOpen);
    at = end + lineBreak.length;
    lines += 1;
    // Lines with nothing in them are no rows, and there may be millions.
    for (; !isOpen && text.startsWith(lineBreak, at); at += lineBreak.length) lines += 1;
    if (at < text.length && (isOpen || at - start < SECTION_CHARACTERS)) continue;
    yield { text: text.slice(start, end), linesBefore };
    linesBefore += lines;
    lines = 0;
    start = at;
  }
}

/** @param characters of a section, which are a row's if they are so many. */
function refuseLong(characters: number, linesBefore: number): void {
  if (characters <= SECTION_CHARACTERS + LONGEST_ROW_CHARACTERS) return;
  throw new TooLargeBodyError(
    `a row behind line ${linesBefore} is longer than ${LONGEST_ROW_CHARACTERS} characters, or a quote that opens a cell is not closed`,
  );
}
