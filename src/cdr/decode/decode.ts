import type { DecodedCdr } from '../cdr.ts';
import { decodeCsv, looksLikeCsv, type CsvSettings } from './csv.ts';
import { decodeForm, looksLikeForm } from './form.ts';
import { decodeJson } from './json.ts';
import { decodeJwt, looksLikeJwt } from './jwt.ts';
import { textOf, trimJsonSpace } from './text.ts';
import { UnreadableBodyError } from './unreadable.ts';
import { decodeXml } from './xml.ts';

/** The formats that a body can be told to be in. */
export type Format = 'json' | 'form' | 'csv' | 'xml' | 'jwt';

/** What a vendor or a source needs beyond the defaults. */
export interface DecodeSettings {
  /** Left out, the body's first bytes decide. */
  readonly format?: Format | undefined;
  readonly csv?: CsvSettings | undefined;
}

/**
 * Reads the CDRs of one request. The body's first bytes decide, never its Content-Type, because phone systems send
 * JSON labelled as a form and the reverse: `{` is a JSON object or NDJSON, `[` an array of objects, `<` XML, `eyJ….….…`
 * a JWT, `name=` or the boundary of several parts a form, and a line of column names CSV. Without a body the query string
 * is read as a form.
 *
 * @param body the request's bytes, already decompressed. UTF-8; bytes that are not are read as Windows-1252.
 * @param query the query string without its question mark.
 * @returns the CDRs in the order sent; none for an empty array. What was JSON keeps its text in `raw`, byte for byte;
 *   of the other formats `raw` is the JSON made of them, in which texts stay texts.
 * @throws UnreadableBodyError
 */
export function decode(body: Uint8Array, query: string, settings: DecodeSettings = {}): DecodedCdr[] {
  const sent = textOf(body);
  const text = trimJsonSpace(sent);
  if (text === '') {
    if (query === '') throw new UnreadableBodyError('the request has neither a body nor a query string');
    return [decodeForm(query)];
  }
  return decodeAs(settings.format ?? formatOf(text, settings), { sent, text }, settings);
}

/**
 * @param sent the body as it was sent.
 * @param text the same without white space around it.
 */
function decodeAs(
  format: Format,
  { sent, text }: { readonly sent: string; readonly text: string },
  { csv }: DecodeSettings,
): DecodedCdr[] {
  switch (format) {
    case 'json':
      return decodeJson(sent);
    case 'xml':
      return [decodeXml(text)];
    case 'jwt':
      return decodeJwt(text);
    case 'form':
      return [decodeForm(text)];
    case 'csv':
      return decodeCsv(sent, csv);
  }
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
