import { CsvError, parse } from 'csv-parse/sync';
import type { DecodedCdr } from '../cdr.ts';
import { lineBreakOf, sectionsOf } from './csv-sections.ts';
import { decodedOfPairs } from './pairs.ts';
import { TooLargeBodyError, UnreadableBodyError } from './unreadable.ts';

/** How a vendor's CSV differs from the usual one. */
export interface CsvSettings {
  /** Names of the columns in their order, for lines without a header line. */
  readonly columns?: readonly string[] | undefined;
  /** Between two cells; otherwise whichever of comma, semicolon, tab and bar the first line has first. */
  readonly delimiter?: string | undefined;
  /** The column whose cells hold delimiters and are not quoted: what a line has too many cells belongs to it. */
  readonly unquotedColumn?: string | undefined;
}

/** The cells of one row. */
export type Row = readonly string[];

/** A type as the second line of a Cisco CDR file has one for each column. */
const SQL_TYPE =
  /^(?:INTEGER|INT|BIGINT|SMALLINT|N?VARCHAR|N?CHAR|TEXT|UNIQUEIDENTIFIER|DATETIME|DATE|TIMESTAMP|FLOAT|DECIMAL|BOOLEAN|BIT)(?:\(\d+(?:,\d+)?\))?$/i;

/** A cell that may be a column's name, and would hardly be a value. */
const COLUMN_NAME = /^[A-Za-z_][\w .:/()@-]*$/;

/** A line of names is not longer: a thousand of them fit in. */
const LONGEST_HEADER_CHARACTERS = 65_536;

/** Cells beyond the named columns that a row may have: each gets a name of its own, which is longer than a cell may be. */
const MOST_UNNAMED_CELLS = 256;

/**
 * Reads CSV (RFC 4180): every line after the header line is one CDR of texts, also what looks like a number. A second
 * line of SQL types, as Cisco writes it, is left out. A cell beyond the named columns is kept as `column<n>`, counted
 * from 1; columns beyond the cells of a line are absent from its CDR. Each is read when it is asked for.
 *
 * @throws UnreadableBodyError naming the line, TooLargeBodyError for a row that is too long or has too many cells.
 */
export function* decodeCsv(text: string, settings: CsvSettings = {}): Generator<DecodedCdr> {
  const delimiter = settings.delimiter ?? delimiterOf(text);
  const rows = allRows(text, delimiter);
  const first = take(rows, 2);
  const { names, data } = namedRows(first, settings);
  const decodeRow = rowDecoder(names, delimiter, settings);
  for (const row of data) yield decodeRow(row);
  for (const row of rows) yield decodeRow(row);
}

/** Names and types are among the first two. */
function take(rows: Generator<Row>, most: number): Row[] {
  const taken: Row[] = [];
  while (taken.length < most) {
    const next = rows.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}

function* allRows(text: string, delimiter: string): Generator<Row> {
  const lineBreak = lineBreakOf(text, delimiter);
  for (const section of sectionsOf(text, delimiter, lineBreak)) {
    yield* rowsOf(section.text, delimiter, lineBreak, section.linesBefore);
  }
}

/** What makes CDRs of rows whose columns have these names. It throws TooLargeBodyError for a row with too many cells. */
export function rowDecoder(names: Row, delimiter: string, settings: CsvSettings): (row: Row) => DecodedCdr {
  const unquoted = names.indexOf(settings.unquotedColumn ?? '');
  if (unquoted < 0) return (row) => decodedOfRow(names, row);
  return (row) => decodedOfRow(names, mended(row, names.length, { unquoted, delimiter }));
}

/** A row whose surplus cells are one with that of the unquoted column again. */
function mended(
  row: Row,
  columns: number,
  { unquoted, delimiter }: { readonly unquoted: number; readonly delimiter: string },
): Row {
  if (row.length <= columns) return row;
  const after = unquoted + 1 + row.length - columns;
  return [...row.slice(0, unquoted), row.slice(unquoted, after).join(delimiter), ...row.slice(after)];
}

/** Rows of cells with the names of their columns. */
export interface NamedRows {
  readonly names: Row;
  /** Those that are CDRs. */
  readonly data: readonly Row[];
}

/**
 * Finds the names of the columns, in the first row or in the settings, and leaves out what is no CDR.
 *
 * @throws UnreadableBodyError when the columns have no names.
 */
export function namedRows(rows: readonly Row[], { columns }: CsvSettings): NamedRows {
  const { names, data } = columns === undefined ? named(rows) : namedBy(columns, rows);
  return { names, data: isTypes(data[0]) ? data.slice(1) : data };
}

function named([names = [], ...data]: readonly Row[]): NamedRows {
  if (isHeader(names)) return { names, data };
  throw new UnreadableBodyError(
    'the body looks like CSV, but its first line does not name the columns; name them in the vendor or the source (decode.csv.columns)',
  );
}

/** Systems that write no header line may still be set to write one. */
function namedBy(columns: Row, rows: readonly Row[]): NamedRows {
  const [first = []] = rows;
  const isHeaderLine = first.length > 0 && first.every((cell, index) => cell === columns[index]);
  return { names: columns, data: isHeaderLine ? rows.slice(1) : rows };
}

/** Whether a text begins as CSV with a header line does. */
export function looksLikeCsv(text: string): boolean {
  const line = /^[^\r\n]*/.exec(text.slice(0, LONGEST_HEADER_CHARACTERS))?.[0] ?? '';
  if (line.length === text.length || line.length === LONGEST_HEADER_CHARACTERS) return false;
  try {
    return isHeader(rowsOf(line, delimiterOf(line))[0] ?? []);
  } catch {
    return false;
  }
}

function decodedOfRow(names: Row, row: Row): DecodedCdr {
  if (row.length > names.length + MOST_UNNAMED_CELLS) {
    const most = names.length + MOST_UNNAMED_CELLS;
    throw new TooLargeBodyError(
      `a row of the CSV has more than ${most} cells, and ${names.length} columns have names`,
    );
  }
  return decodedOfPairs(row.map((cell, index) => [names[index] ?? `column${index + 1}`, cell]));
}

/**
 * The rows of a text.
 *
 * @param lineBreak between two rows; left out, it is the first that is found.
 * @param linesBefore lines before the text, which are counted.
 * @throws UnreadableBodyError naming the line.
 */
export function rowsOf(text: string, delimiter: string, lineBreak?: string, linesBefore = 0): Row[] {
  try {
    return parse(text, {
      delimiter,
      record_delimiter: lineBreak ?? [],
      bom: true,
      relax_column_count: true,
      // Caller names arrive with quotes of their own.
      relax_quotes: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: false,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // Its message quotes the text.
    const what = error.code.replace('CSV_', '').replaceAll('_', ' ').toLowerCase();
    throw new UnreadableBodyError(
      `the body is not valid CSV: ${what} at line ${linesBefore + Number(error['lines'])}`,
    );
  }
}

/** What stands between two cells, by the first line. */
export function delimiterOf(text: string): string {
  return /^(?:"[^"]*"|[^",;\t|\r\n]*)([,;\t|])/.exec(text)?.[1] ?? ',';
}

function isHeader(row: Row): boolean {
  return row.length > 1 && row.every((cell) => COLUMN_NAME.test(cell)) && new Set(row).size === row.length;
}

function isTypes(row: Row | undefined): boolean {
  return row !== undefined && row.length > 1 && row.every((cell) => SQL_TYPE.test(cell));
}
