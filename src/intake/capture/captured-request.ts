import { isSecretName } from '../../webhooks/secret-places.ts';
import { MASK } from '../../webhooks/secrets.ts';
import type { SentRequest } from '../sent-request.ts';

/** A request as it is captured, with where it went. */
export interface CapturedRequest extends SentRequest {
  /** Without the query, such as `/cdr/acme`. */
  readonly path: string;
}

/** A captured body is cut here: far above what a profile is written from. */
export const MAX_CAPTURED_BYTES = 4 * 1_048_576;

/**
 * A request as an HTTP/1.1 message (RFC 9112): request line, headers, an empty line, the body byte for byte, as Hookswitch
 * read it (a `Content-Encoding` undone). Credentials in headers and query are masked, signatures too: many are good for the
 * same request again.
 */
export function messageOf({ method, path, query, headers, body }: CapturedRequest): Buffer {
  const target = query === '' ? path : `${path}?${maskedQuery(query)}`;
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${isSecretName(name) ? MASK : [value].flat().join(', ')}`],
  );
  const head = [`${method} ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), body.subarray(0, MAX_CAPTURED_BYTES)]);
}

function maskedQuery(query: string): string {
  return query.replaceAll(/(^|&)([^=&]+)=([^&]*)/g, (whole, before: string, name: string) =>
    isSecretName(decoded(name)) ? `${before}${name}=${MASK}` : whole,
  );
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** What intake reads of a request. */
export interface MessageContent {
  readonly body: Buffer;
  /** Without its question mark. */
  readonly query: string;
}

/** Request line and headers; an editor may have made line feeds of the line ends. */
const HEAD = /^(?:GET|POST|PUT) (\S+) HTTP\/1\.\d\r?\n(?:[^\r\n]+\r?\n)*\r?\n/;

/** Far above the 16 KiB of headers that Node takes. */
const MAX_HEAD_BYTES = 65_536;

/** Body and query of an HTTP message; `undefined` for bytes that are none, such as a body alone. */
export function contentOfMessage(message: Buffer): MessageContent | undefined {
  const [head, target] = HEAD.exec(message.subarray(0, MAX_HEAD_BYTES).toString('latin1')) ?? [];
  if (head === undefined || target === undefined) return undefined;
  const mark = target.indexOf('?');
  return { body: message.subarray(head.length), query: mark < 0 ? '' : target.slice(mark + 1) };
}
