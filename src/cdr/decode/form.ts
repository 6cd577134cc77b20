import type { DecodedCdr } from '../cdr.ts';
import { looksLikeMultipart, multipartPairs } from './multipart.ts';
import { decodedOfPairs } from './pairs.ts';

/** A name that may begin a form, with its equals sign. */
const FORM_START = /^([^\s"'<>{}=,;|]{1,256})=/;

/** `name=` before JSON or XML that is not escaped and goes on to the end. */
const PLAIN_FIELD = /^([^\s"'<>{}=,;|&]{1,256})=(<[^]*>|\{[^]*\})\s*$/;

/** Whether a text begins as a form does. */
export function looksLikeForm(text: string): boolean {
  return looksLikeMultipart(text) || FORM_START.test(text);
}

/**
 * Reads a form, in one part or in several, or a query string (WHATWG URL §5) as one CDR of texts; a repeated name gives
 * an array.
 *
 * FreeSWITCH's form-plaintext holds one field with XML or JSON that is not escaped at all (mod_xml_cdr.c); its `&` and
 * `+` belong to the value.
 */
export function decodeForm(text: string): DecodedCdr {
  const parts = multipartPairs(text);
  if (parts !== undefined) return decodedOfPairs(parts);
  const [, name, value] = PLAIN_FIELD.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return decodedOfPairs([[name, value]]);
  return decodedOfPairs(new URLSearchParams(text));
}
