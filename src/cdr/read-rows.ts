import { rowFormatOf, type RowFormat } from './decode/row-format.ts';
import { UnreadableBodyError } from './decode/unreadable.ts';
import type { DecodeSettings } from './decode/decode.ts';
import { decodeSettings, type SentCdr, type SourceReading } from './read.ts';
import type { Vendors } from './vendor.ts';

/** What a row holds: its CDRs (several when the vendor's profile takes it apart), or why it has none. */
export type ReadRow = { readonly cdrs: readonly SentCdr[] } | { readonly reason: string };

/** Reads the CDRs of a text of any length row by row, as `readCdrs` reads those of a whole one. */
export class RowReader {
  readonly format: RowFormat;
  readonly #source: SourceReading;
  readonly #vendors: Vendors;

  private constructor(format: RowFormat, source: SourceReading, vendors: Vendors) {
    this.format = format;
    this.#source = source;
    this.#vendors = vendors;
  }

  /**
   * A reader for a text that begins so; `undefined` when it is in a format that has to be read as a whole.
   *
   * @param head whole lines.
   * @throws UnreadableBodyError for CSV whose columns have no names.
   */
  static of(head: string, source: SourceReading, vendors: Vendors): RowReader | undefined {
    const format = formatFor(head, source, vendors);
    return format === undefined ? undefined : new RowReader(format, source, vendors);
  }

  /** What each row holds, in their order. */
  read(rows: readonly string[]): ReadRow[] {
    return this.format.decode(rows).map((decoded) => {
      if ('reason' in decoded) return decoded;
      const vendor = this.#source.vendor ?? this.#vendors.identifySent(decoded);
      try {
        return { cdrs: Array.from(vendor.split(decoded), ({ raw, record }) => ({ raw, record, vendor })) };
      } catch (error) {
        if (error instanceof UnreadableBodyError) return { reason: error.message };
        throw error;
      }
    });
  }
}

function formatFor(head: string, source: SourceReading, vendors: Vendors): RowFormat | undefined {
  const settings = decodeSettings(source);
  if (source.vendor !== undefined) return rowFormatOf(head, settings);
  const format = formatOrUndefined(head, settings);
  if (format !== undefined) return format;
  // A vendor with its own way of decoding may know it as its own, such as CSV without a header line.
  for (const vendor of vendors.decoding) {
    const own = formatOrUndefined(head, vendor.profile.decode);
    const [first] = own?.decode(head.split('\n', 1).map((line) => line.replace(/\r$/, ''))) ?? [];
    if (first !== undefined && 'record' in first && vendor.identifies(first.record)) return own;
  }
  return rowFormatOf(head, settings);
}

function formatOrUndefined(head: string, settings: DecodeSettings | undefined): RowFormat | undefined {
  try {
    return rowFormatOf(head, settings);
  } catch (error) {
    if (error instanceof UnreadableBodyError) return undefined;
    throw error;
  }
}
