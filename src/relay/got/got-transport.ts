import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import got, { type Got } from 'got';
import type { TlsFiles } from '../../webhooks/connection.ts';
import type { RelayErrorCode } from '../attempt-error.ts';
import { cutOffMessage } from '../cut-off.ts';
import { Exchange } from './exchange.ts';
import { guardedAgents } from '../guarded-agents.ts';
import type { NetworkGuard } from '../network-guard.ts';
import { nativeRequest } from './native-request.ts';
import { TlsAgents, TlsFilesError } from '../tls-agents.ts';
import { TransportError, type Transport, type TransportAnswer, type TransportRequest } from '../transport.ts';

const CUT_OFF = 'ERR_CUT_OFF' satisfies RelayErrorCode;

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
      request: nativeRequest,
      // Retries are p-retry's within a lease and the queue's beyond it.
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
      decompress: false,
    });
  }

  async exchange(request: TransportRequest): Promise<TransportAnswer> {
    const { method, url, headers, body, timeoutMs, signal, tls } = request;
    if (signal.aborted) throw new TransportError(CUT_OFF, cutOffMessage(signal));
    const agent = tls === undefined ? this.#agent : { ...this.#agent, https: this.#tlsAgent(tls) };
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const stream = this.#client.stream(url, { method, headers: { ...headers, ...length }, agent });
    const exchange = new Exchange(stream);
    // Given as an option, got would make bytes of it and cut them into pieces first.
    stream.end(body);
    const cutOff = (): void => {
      exchange.end(CUT_OFF, cutOffMessage(signal));
    };
    const timer = setTimeout(() => {
      exchange.end('ETIMEDOUT', `no answer within ${timeoutMs} ms`);
    }, timeoutMs);
    signal.addEventListener('abort', cutOff, { once: true });
    try {
      return await exchange.answer;
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
