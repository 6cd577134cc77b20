import type { Agent as HttpAgent, ClientRequest, IncomingHttpHeaders } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import got, { type Got, type Response } from 'got';
import type { TlsFiles } from '../webhooks/connection.ts';
import type { RelayErrorCode } from './attempt-error.ts';
import { cutOffMessage } from './cut-off.ts';
import { guardedAgents } from './guarded-agents.ts';
import type { NetworkGuard } from './network-guard.ts';
import { TlsAgents, TlsFilesError } from './tls-agents.ts';

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

/** An answer longer than this is not read to its end; its status counts all the same. */
const ANSWER_BYTES = 65_536;
/** A target that says "go on" (1xx) more often than this before it answers is not listened to any more. */
const MOST_INFORMATIONAL = 100;

/** Transport by got, with connections kept alive. */
export class GotTransport implements Transport {
  readonly #agent: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly #tlsAgents: TlsAgents;
  readonly #client: Got;

  /**
   * @param guard decides which addresses are connected to; the others are a TransportError `ERR_ADDRESS_REFUSED`.
   * @param now epoch milliseconds, for when to look at certificate files again.
   */
  constructor(guard: NetworkGuard, now: () => number = Date.now) {
    this.#agent = guardedAgents(guard);
    this.#tlsAgents = new TlsAgents(guard, now);
    this.#client = got.extend({
      // Retries are p-retry's within a lease and the queue's beyond it.
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
      decompress: false,
    });
  }

  async exchange(request: TransportRequest): Promise<TransportAnswer> {
    const { method, url, headers, body, timeoutMs, signal, tls } = request;
    const ended = new AbortController();
    let exchange: Exchange | undefined;
    const end = (code: RelayErrorCode, message: string): void => {
      ended.abort(new TransportError(code, message, exchange?.isSent));
    };
    const cutOff = (): void => {
      end('ERR_CUT_OFF', cutOffMessage(signal));
    };
    if (signal.aborted) cutOff();
    ended.signal.throwIfAborted();
    const agent = tls === undefined ? this.#agent : { ...this.#agent, https: this.#tlsAgent(tls) };
    const timer = setTimeout(end, timeoutMs, 'ETIMEDOUT', `no answer within ${timeoutMs} ms`);
    signal.addEventListener('abort', cutOff, { once: true });
    try {
      const options = { method, headers, body, agent, signal: ended.signal };
      exchange = new Exchange(this.#client.stream(url, options));
      return await exchange.answer();
    } catch (error) {
      throw ended.signal.aborted ? (ended.signal.reason as Error) : toTransportError(error, exchange?.isSent);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', cutOff);
    }
  }

  close(): void {
    this.#agent.http.destroy();
    this.#agent.https.destroy();
    this.#tlsAgents.close();
  }

  #tlsAgent(tls: TlsFiles): HttpsAgent {
    try {
      return this.#tlsAgents.agentFor(tls);
    } catch (error) {
      if (!(error instanceof TlsFilesError)) throw error;
      throw new TransportError('ERR_TLS_FILES' satisfies RelayErrorCode, error.message);
    }
  }
}

/** One request of got under way. */
class Exchange {
  readonly #stream: ReturnType<typeof got.stream>;
  #isSent = false;

  constructor(stream: ReturnType<typeof got.stream>) {
    this.#stream = stream;
    stream.once('request', (request: ClientRequest) => {
      request.once('finish', () => {
        this.#isSent = true;
      });
      let informational = 0;
      request.on('information', () => {
        informational += 1;
        if (informational === MOST_INFORMATIONAL) stream.destroy(this.#tooInformational());
      });
    });
  }

  /** Whether the network has taken the whole request. */
  get isSent(): boolean {
    return this.#isSent;
  }

  #tooInformational(): TransportError {
    const message = `the target sent ${MOST_INFORMATIONAL} informational responses (1xx) and no answer`;
    return new TransportError('ERR_INFORMATIONAL' satisfies RelayErrorCode, message, this.#isSent);
  }

  /** Reads the answer, as far as it is kept. */
  answer(): Promise<TransportAnswer> {
    const stream = this.#stream;
    return new Promise((resolve, reject) => {
      let response: Response | undefined;
      const chunks: Buffer[] = [];
      let length = 0;
      const finish = (isCutShort: boolean): void => {
        if (response === undefined) return;
        const body = Buffer.concat(chunks).toString('utf8', 0, ANSWER_BYTES);
        resolve({ status: response.statusCode, headers: response.headers, body, isCutShort });
      };
      stream.once('response', (answer: Response) => {
        response = answer;
      });
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > ANSWER_BYTES) {
          finish(false);
          stream.destroy();
        }
      });
      stream.once('end', () => {
        finish(false);
      });
      stream.once('error', (error) => {
        // A target that has answered has decided, whatever becomes of the rest of its answer.
        finish(true);
        reject(error);
      });
      stream.once('close', () => {
        finish(true);
        reject(new TransportError('ECONNRESET', 'the connection was closed without an answer', this.#isSent));
      });
    });
  }
}

/** got's own errors hold the request with its headers and body, so only their code and first words are taken over. */
function toTransportError(error: unknown, sent = false): TransportError {
  if (error instanceof TransportError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'ERR_UNKNOWN';
  return new TransportError(code, error instanceof Error ? error.message : 'the request failed', sent);
}
