import { maskDocument } from '../webhooks/secrets.ts';
import type { AttemptRequest } from '../store/records.ts';
import type { PlainRequest } from './request.ts';

/** What is kept of a list of headers, in characters; what is beyond is left out. */
const MOST_CHARACTERS = 4_096;

/**
 * A request without its body, secrets masked.
 *
 * @param mask masks the secrets that are known by their values; the others are known by their names.
 */
export function shownRequest(
  { method, url, headers }: Pick<PlainRequest, 'method' | 'url' | 'headers'>,
  mask: (text: string) => string,
): AttemptRequest {
  const shown = maskDocument({ url: mask(url), headers: shownHeaders(headers, mask) });
  return { method, url: shown.url.slice(0, MOST_CHARACTERS), headers: shown.headers };
}

/** Headers with secrets masked, each name once. */
export function shownHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  mask: (text: string) => string,
): Record<string, string> {
  let left = MOST_CHARACTERS;
  const shown = Object.entries(headers).flatMap(([name, value]) => {
    // Masked before it is cut, so that no part of a secret is left at its end.
    const text = mask([value ?? ''].flat().join(', ')).slice(0, 1_024);
    left -= name.length + text.length;
    return left < 0 ? [] : [[name, text] as const];
  });
  return maskDocument({ headers: Object.fromEntries(shown) }).headers;
}
