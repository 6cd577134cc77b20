import { readFileSync } from 'node:fs';
import { contentOfMessage } from '../../intake/capture/captured-request.ts';
import { gunzipped } from '../../intake/gunzip.ts';

/** What a file holds of a request. */
export interface RequestContent {
  readonly body: Uint8Array;
  /** Without its question mark. */
  readonly query: string;
}

/**
 * Reads a request of a file: a capture (an HTTP message), a body alone, compressed or not, or a query string.
 *
 * @throws Error when the file cannot be read.
 */
export function readRequestFile(path: string, isQuery: boolean): RequestContent {
  const bytes = readFileSync(path);
  if (isQuery) return { body: new Uint8Array(), query: bytes.toString('utf8').trim() };
  const { body, query } = contentOfMessage(bytes) ?? { body: bytes, query: '' };
  return { body: gunzipped(body), query };
}
