import { isJsonObject, JsonSyntaxError, parseJson } from '../../check/json-text.ts';
import type { DecodedCdr } from '../cdr.ts';
import { csvRowFormat } from './csv-rows.ts';
import { formatOf, type DecodeSettings } from './decode.ts';
import { keptJson, trimJsonSpace } from './text.ts';
import { UnreadableBodyError } from './unreadable.ts';

/** What a row holds: its CDR, or why it has none. The reason quotes nothing of the row. */
export type DecodedRow = DecodedCdr | { readonly reason: string };

/** A format in which every row is a CDR of its own, so that a text of any length can be read row by row. */
export interface RowFormat {
  /** Rows at the beginning that are no CDRs: names and types of columns. */
  readonly headerRows: number;
  /** Whether a row goes on behind a line: it ends inside quotes. */
  isOpenAfter(line: string, wasOpen: boolean): boolean;
  /** Whether several lines are one row without fault; if not, the first of them is no row. */
  isWhole(row: string): boolean;
  /** Whether a row has nothing in it. */
  isBlank(row: string): boolean;
  /** What each row holds, in their order. Rows are without the line break at their end. */
  decode(rows: readonly string[]): DecodedRow[];
}

/**
 * The row format of a text, by the same rules by which `decode` reads a whole one: CSV and NDJSON are read by rows, any
 * other format is not (`undefined`).
 *
 * @param head the beginning of the text, whole lines.
 * @throws UnreadableBodyError for CSV whose columns have no names.
 */
export function rowFormatOf(head: string, settings: DecodeSettings = {}): RowFormat | undefined {
  const text = trimJsonSpace(head);
  const format = settings.format ?? toldFormat(text, settings);
  if (format === 'csv') return csvRowFormat(head, settings.csv);
  const isLines = format === 'json' && !text.startsWith('[') && 'record' in decodeLine(firstLine(text));
  return isLines ? NDJSON : undefined;
}

function toldFormat(text: string, settings: DecodeSettings): string | undefined {
  try {
    return formatOf(text, settings);
  } catch (error) {
    if (error instanceof UnreadableBodyError) return undefined;
    throw error;
  }
}

const NDJSON: RowFormat = {
  headerRows: 0,
  isOpenAfter: () => false,
  isWhole: () => true,
  isBlank: (row) => trimJsonSpace(row) === '',
  decode: (rows) => rows.map(decodeLine),
};

function decodeLine(line: string): DecodedRow {
  try {
    const record = parseJson(line);
    return isJsonObject(record) ? { raw: keptJson(line), record } : { reason: 'it is not a JSON object' };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return { reason: `it is not valid JSON: ${error.what} at column ${error.column}` };
  }
}

function firstLine(text: string): string {
  return /^[^\r\n]*/.exec(text)?.[0] ?? '';
}
