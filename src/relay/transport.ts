import type { IncomingHttpHeaders } from 'node:http';
import type { TlsFiles } from '../webhooks/connection.ts';

/** One HTTP request to a target. */
export interface TransportRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For the whole exchange, from looking up the name to the end of the answer; of one that has begun, what is there counts. */
  readonly timeoutMs: number;
  /** Ends the exchange early. */
  readonly signal: AbortSignal;
  /** Certificates of its own. */
  readonly tls?: TlsFiles | undefined;
}

/** The answer of a target. */
export interface TransportAnswer {
  readonly status: number;
  /** By names in lower case. */
  readonly headers: Readonly<IncomingHttpHeaders>;
  /** The body as text; of a long one the beginning. */
  readonly body: string;
  /** Whether the connection broke or the time was over before the body's end. */
  readonly isCutShort: boolean;
}

/** Thrown when there is no whole answer. The message is for people and holds neither headers nor body. */
export class TransportError extends Error {
  /** Such as `ECONNREFUSED`, `ENOTFOUND`, `ECONNRESET`, `ETIMEDOUT`, `ERR_TLS_FILES`. */
  readonly code: string;
  /** Whether the request had been handed to the network whole, so that the target may have taken it. */
  readonly sent: boolean;

  constructor(code: string, message: string, sent = false) {
    super(message);
    this.name = 'TransportError';
    this.code = code;
    this.sent = sent;
  }
}

/** Makes HTTP requests: everything about a delivery that touches the network. */
export interface Transport {
  /** @throws TransportError, of code `ERR_CUT_OFF` when the signal was aborted. */
  exchange(request: TransportRequest): Promise<TransportAnswer>;
  /** Closes idle connections. */
  close(): void;
}
