import { delimiterOf, namedRows, rowDecoder, rowsOf, type CsvSettings, type Row } from './csv.ts';
import { isInQuotes } from './csv-sections.ts';
import type { DecodedRow, RowFormat } from './row-format.ts';
import { UnreadableBodyError } from './unreadable.ts';

/** Between the rows that are parsed together; a carriage return before it has been taken off. */
const LINE_BREAK = '\n';

/** The most rows in front of the CDRs: names and types. */
const MOST_HEADER_ROWS = 2;

/**
 * CSV read row by row, each row as `decodeCsv` reads it. But a row over several lines has to be without fault: a quote that
 * belongs to no pair swallows line breaks, and with them calls.
 *
 * @param head the beginning of the text, whole lines.
 * @throws UnreadableBodyError when the columns have no names.
 */
export function csvRowFormat(head: string, settings: CsvSettings = {}): RowFormat {
  const delimiter = settings.delimiter ?? delimiterOf(head);
  const isOpenAfter = (line: string, wasOpen: boolean): boolean => isInQuotes(line, delimiter, wasOpen);
  const first = rowsOf(firstRows(head, isOpenAfter).join(LINE_BREAK), delimiter, LINE_BREAK);
  const { names, data } = namedRows(first, settings);
  const wellQuoted = wellQuotedRow(delimiter);
  return {
    headerRows: first.length - data.length,
    isOpenAfter,
    isWhole: (row) => wellQuoted.test(row) && parsed(row, delimiter)[0]?.length === names.length,
    isBlank: (row) => row === '',
    decode: (rows) => decodeRows(rows, delimiter, rowDecoder(names, delimiter, settings)),
  };
}

/** A row in which every quote that opens a cell is closed at the cell's end (RFC 4180 §2.5). */
function wellQuotedRow(delimiter: string): RegExp {
  const code = `\\u${delimiter.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const cell = `(?:"[^"]*(?:""[^"]*)*"|(?!")[^${code}\n]*)`;
  return new RegExp(`^${cell}(?:${code}${cell})*$`);
}

/** Rows are parsed together, because a parser for each costs more than the row; one by one when they are not as many. */
function decodeRows(
  texts: readonly string[],
  delimiter: string,
  decodeRow: (row: Row) => DecodedRow,
): DecodedRow[] {
  const rows = parsed(texts.join(LINE_BREAK), delimiter);
  if (rows.length === texts.length) return rows.map((row) => orReason(row, decodeRow));
  return texts.map((text) => {
    const [row, another] = parsed(text, delimiter);
    const isOne = row !== undefined && another === undefined;
    return isOne ? orReason(row, decodeRow) : { reason: 'it is not one row of CSV' };
  });
}

function orReason(row: Row, decodeRow: (row: Row) => DecodedRow): DecodedRow {
  try {
    return decodeRow(row);
  } catch (error) {
    if (error instanceof UnreadableBodyError) return { reason: error.message };
    throw error;
  }
}

function parsed(text: string, delimiter: string): Row[] {
  try {
    return rowsOf(text, delimiter, LINE_BREAK);
  } catch (error) {
    if (error instanceof UnreadableBodyError) return [];
    throw error;
  }
}

function firstRows(head: string, isOpenAfter: RowFormat['isOpenAfter']): string[] {
  const rows: string[] = [];
  let lines: string[] = [];
  let isOpen = false;
  for (const line of head.split('\n')) {
    lines.push(line);
    isOpen = isOpenAfter(line, isOpen);
    if (isOpen) continue;
    const row = lines.join('\n').replace(/\r$/, '');
    lines = [];
    if (row !== '') rows.push(row);
    if (rows.length === MOST_HEADER_ROWS) break;
  }
  return rows;
}
