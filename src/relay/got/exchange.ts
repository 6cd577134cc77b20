import type { ClientRequest } from 'node:http';
import type { Request, Response } from 'got';
import type { RelayErrorCode } from '../attempt-error.ts';
import { TransportError, type TransportAnswer } from '../transport.ts';

/** An answer longer than this is not read to its end; its status counts all the same. */
const ANSWER_BYTES = 65_536;
/** A target that says "go on" (1xx) more often than this before it answers is not listened to any more. */
const MOST_INFORMATIONAL = 100;

/** One request of got under way. */
export class Exchange {
  readonly #stream: Request;
  readonly #answer = Promise.withResolvers<TransportAnswer>();
  #isSent = false;
  #isOver = false;
  /** Why it was ended early. */
  #reason: TransportError | undefined;
  #response: Response | undefined;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  constructor(stream: Request) {
    this.#stream = stream;
    stream.once('request', (request: ClientRequest) => {
      this.#watch(request);
    });
    stream.once('response', (response: Response) => {
      this.#response = response;
    });
    stream.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    stream.once('end', () => {
      this.#finish(false);
    });
    stream.once('error', (error) => {
      this.#fail(() => this.#reason ?? toTransportError(error, this.#isSent));
    });
    stream.once('close', () => {
      this.#fail(
        () => new TransportError('ECONNRESET', 'the connection was closed without an answer', this.#isSent),
      );
    });
  }

  /**
   * The answer, as far as it is kept.
   *
   * @throws TransportError when there is none.
   */
  get answer(): Promise<TransportAnswer> {
    return this.#answer.promise;
  }

  /** Ends it early: there is no answer then, unless it has begun. */
  end(code: RelayErrorCode, message: string): void {
    this.#reason ??= new TransportError(code, message, this.#isSent);
    this.#stream.destroy(this.#reason);
  }

  #watch(request: ClientRequest): void {
    request.once('finish', () => {
      this.#isSent = true;
    });
    let informational = 0;
    request.on('information', () => {
      informational += 1;
      if (informational === MOST_INFORMATIONAL)
        this.end(
          'ERR_INFORMATIONAL',
          `the target sent ${MOST_INFORMATIONAL} informational responses (1xx) and no answer`,
        );
    });
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length <= ANSWER_BYTES) return;
    this.#finish(false);
    this.#stream.destroy();
  }

  /** A target that has answered has decided, whatever becomes of the rest of its answer. */
  #fail(error: () => TransportError): void {
    if (this.#response !== undefined) this.#finish(true);
    if (this.#isOver) return;
    this.#isOver = true;
    this.#answer.reject(error());
  }

  #finish(isCutShort: boolean): void {
    if (this.#isOver || this.#response === undefined) return;
    this.#isOver = true;
    const { statusCode: status, headers } = this.#response;
    const body = Buffer.concat(this.#chunks).toString('utf8', 0, ANSWER_BYTES);
    this.#answer.resolve({ status, headers, body, isCutShort });
  }
}

/** got's own errors hold the request with its headers and body, so only their code and first words are taken over. */
function toTransportError(error: unknown, sent: boolean): TransportError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'ERR_UNKNOWN';
  return new TransportError(code, error instanceof Error ? error.message : 'the request failed', sent);
}
