import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import got, { type Response } from 'got';
import type { TlsFiles } from '../webhooks/connection.ts';
import { TlsAgents, TlsFilesError } from './tls-agents.ts';

/** One HTTP request to a target. */
export interface TransportRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For the whole exchange, from looking up the name to the end of the answer. */
  readonly timeoutMs: number;
  /** Ends the exchange early; it is then rejected with the signal's reason. */
  readonly signal: AbortSignal;
  /** Certificates of its own. */
  readonly tls?: TlsFiles | undefined;
}

/** The answer of a target. */
export interface TransportAnswer {
  readonly status: number;
  /** The `Retry-After` header as it came. */
  readonly retryAfter?: string | undefined;
  /** The body as text, 64 KiB at most. */
  readonly body: string;
}

/** Thrown when there is no whole answer. The message is for people and holds neither headers nor body. */
export class TransportError extends Error {
  /** Such as `ECONNREFUSED`, `ENOTFOUND`, `ECONNRESET`, `ETIMEDOUT`, `ERR_TLS_FILES`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'TransportError';
    this.code = code;
  }
}

/** Makes HTTP requests: everything about a delivery that touches the network. */
export interface Transport {
  /** @throws TransportError, or the signal's reason when it was aborted. */
  exchange(request: TransportRequest): Promise<TransportAnswer>;
  /** Closes idle connections. */
  close(): void;
}

/** An answer longer than this is not read to its end; its status counts all the same. */
const ANSWER_BYTES = 65_536;

/** Transport by got, with connections kept alive. */
export class GotTransport implements Transport {
  readonly #agent = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
  readonly #client = got.extend({
    // Retries are p-retry's within a lease and the queue's beyond it.
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    decompress: false,
  });
  readonly #tlsAgents: TlsAgents;

  /** @param now epoch milliseconds, for when to look at certificate files again. */
  constructor(now: () => number = Date.now) {
    this.#tlsAgents = new TlsAgents(now);
  }

  async exchange(request: TransportRequest): Promise<TransportAnswer> {
    const { method, url, headers, body, timeoutMs, signal, tls } = request;
    signal.throwIfAborted();
    const agent = tls === undefined ? this.#agent : { ...this.#agent, https: this.#tlsAgent(tls) };
    const ended = new AbortController();
    const end = (): void => {
      ended.abort(signal.reason);
    };
    const timer = setTimeout(() => {
      ended.abort(new TransportError('ETIMEDOUT', `no answer within ${timeoutMs} ms`));
    }, timeoutMs);
    signal.addEventListener('abort', end, { once: true });
    try {
      const options = { method, headers, body, agent, signal: ended.signal };
      return await readAnswer(this.#client.stream(url, options));
    } catch (error) {
      throw ended.signal.aborted ? (ended.signal.reason as Error) : toTransportError(error);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
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
      throw error instanceof TlsFilesError ? new TransportError('ERR_TLS_FILES', error.message) : error;
    }
  }
}

function readAnswer(stream: ReturnType<typeof got.stream>): Promise<TransportAnswer> {
  return new Promise((resolve, reject) => {
    let response: Response | undefined;
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (): void => {
      if (response === undefined) return;
      const retryAfter = response.headers['retry-after'];
      const body = Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString('utf8');
      resolve({ status: response.statusCode, retryAfter, body });
    };
    stream.once('response', (answer: Response) => {
      response = answer;
    });
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > ANSWER_BYTES) {
        finish();
        stream.destroy();
      }
    });
    stream.once('end', finish);
    stream.once('error', (error) => {
      // A target that has answered has decided; that the rest of its answer is lost changes nothing.
      finish();
      reject(error);
    });
    stream.once('close', () => {
      finish();
      reject(new TransportError('ECONNRESET', 'the connection was closed without an answer'));
    });
  });
}

/** got's own errors hold the request with its headers and body, so only their code and first words are taken over. */
function toTransportError(error: unknown): TransportError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'ERR_UNKNOWN';
  return new TransportError(code, error instanceof Error ? error.message : 'the request failed');
}
