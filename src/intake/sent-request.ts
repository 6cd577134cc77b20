/** A request as a sender made it; what verification and handshakes look at. */
export interface SentRequest {
  readonly method: string;
  /** By their names in lower case; a header sent twice has its values joined as Node joins them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The query string without its question mark, byte for byte. */
  readonly query: string;
  /** The body byte for byte, after `Content-Encoding` was undone. */
  readonly body: Buffer;
}

/** The value of a header, `''` when it was not sent. */
export function headerOf({ headers }: Pick<SentRequest, 'headers'>, name: string): string {
  const value = headers[name.toLowerCase()];
  return typeof value === 'string' ? value : (value?.join(', ') ?? '');
}
