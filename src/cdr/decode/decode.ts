import type { DecodedCdr } from '../cdr.ts';
import { decodeCsv, looksLikeCsv, type CsvSettings } from './csv.ts';
import { decodeForm, looksLikeForm } from './form.ts';
import { decodeJson } from './json.ts';
import { decodeJwt, looksLikeJwt } from './jwt.ts';
import { textOf, trimJsonSpace } from './text.ts';
import { TooLargeBodyError, UnreadableBodyError } from './unreadable.ts';
import { decodeXml } from './xml.ts';

/** The formats that a body can be told to be in. */
export type Format = 'json' | 'form' | 'csv' | 'xml' | 'jwt';

/** What a vendor or a source needs beyond the defaults. */
export interface DecodeSettings {
  /** Left out, the body's first bytes decide. */
  readonly format?: Format | undefined;
  readonly csv?: CsvSettings | undefined;
}

/** What was sent, as text. */
export interface SentText {
  /** The body, by `textOf`. */
  readonly text: string;
  /** The query string without its question mark. */
  readonly query: string;
}

/** Other formats than JSON take longer to read, so a CDR in them may have one of so many parts of the bytes. */
const OTHER_FORMATS_PART = 16;

/** Reads all CDRs of one request, as `decodeEach` does, however large it is. */
export function decode(body: Uint8Array, query: string, settings: DecodeSettings = {}): DecodedCdr[] {
  return [...decodeEach({ text: textOf(body), query }, settings)];
}

/**
 * Reads the CDRs of one request, each when it is asked for. The body's first bytes decide, never its Content-Type, because phone systems send
 * JSON labelled as a form and the reverse: `{` is a JSON object or NDJSON, `[` an array of objects, `<` XML, `eyJ….….…`
 * a JWT, `name=` or the boundary of several parts a form, and a line of column names CSV. Without a body the query string
 * is read as a form.
 *
 * @param maxCdrBytes no CDR may be longer: it is read in one go, during which nothing else is done. A sixteenth of that in XML or
 *   a form.
 * @returns the CDRs in the order sent; none for an empty array. What was JSON keeps its text in `raw`, byte for byte;
 *   of the other formats `raw` is the JSON made of them, in which texts stay texts.
 * @throws UnreadableBodyError at the call or while it is read.
 */
export function decodeEach(
  { text: sent, query }: SentText,
  settings: DecodeSettings = {},
  maxCdrBytes = Infinity,
): Iterable<DecodedCdr> {
  const text = trimJsonSpace(sent);
  if (text === '') {
    if (query === '') throw new UnreadableBodyError('the request has neither a body nor a query string');
    return [decodeForm(query)];
  }
  const format = settings.format ?? formatOf(text, settings);
  if (format === 'json') return decodeJson(sent, maxCdrBytes);
  if (format === 'csv') return decodeCsv(sent, settings.csv);
  return decodeOther(text, format, maxCdrBytes / OTHER_FORMATS_PART);
}

/** What is read as a whole. */
function decodeOther(text: string, format: Format, mostBytes: number): Iterable<DecodedCdr> {
  if (text.length > mostBytes) {
    const most = `up to ${Math.floor(mostBytes)} bytes, a ${OTHER_FORMATS_PART}th of intake.maxCdrBytes`;
    throw new TooLargeBodyError(`in XML, a form or a JWT the body may have ${most}`);
  }
  if (format === 'jwt') return decodeJwt(text);
  return [format === 'xml' ? decodeXml(text) : decodeForm(text)];
}

/**
 * The format of a text without white space around it, by its beginning.
 *
 * @throws UnreadableBodyError when it is none of them.
 */
export function formatOf(text: string, { csv }: DecodeSettings): Format {
  if (text.startsWith('{') || text.startsWith('[')) return 'json';
  if (text.startsWith('<')) return 'xml';
  if (looksLikeJwt(text)) return 'jwt';
  if (looksLikeForm(text)) return 'form';
  if (csv !== undefined || looksLikeCsv(text)) return 'csv';
  throw new UnreadableBodyError(
    'the body is neither JSON (an object, an array of them or NDJSON) nor XML, a form, a JWT or CSV with a line of column names',
  );
}
