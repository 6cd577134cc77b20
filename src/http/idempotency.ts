import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { HttpProblem } from './problem.ts';

const KEPT_MS = 24 * 3_600_000;
const MAX_KEYS = 1_000;
const MAX_BYTES = 16 * 1_048_576;
const SHOWN_HEADERS = ['content-type', 'etag', 'location'];

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Remembered {
  readonly fingerprint: string;
  readonly sinceMs: number;
  /** `undefined` while the first request is under way. */
  answer?: Answer;
}

/**
 * The key by which a client that asks again is recognised, `undefined` when it sends none.
 *
 * @throws HttpProblem for a key that is too long.
 */
function idempotencyKeyOf(request: Request): string | undefined {
  const key = request.get('idempotency-key')?.trim();
  if (key === undefined || (key !== '' && key.length <= 255)) return key;
  throw new HttpProblem('bad-request', 'the header Idempotency-Key must have 1 to 255 characters');
}

/** The key under which a caller's request is remembered: two callers may hit upon the same. `undefined` when it sends none. */
export function callersKeyOf(request: Request, response: Response): string | undefined {
  const key = idempotencyKeyOf(request);
  return key === undefined ? undefined : JSON.stringify([response.locals['caller'], key]);
}

/** What carries a request out: when its promise is fulfilled the request is answered. */
type AsyncHandler = (request: Request, response: Response) => Promise<void>;

/**
 * A handler whose request may come again with the same Idempotency-Key: it is answered as it was the first time, and nothing
 * is done (draft-ietf-httpapi-idempotency-key-header). Only success is remembered: what was refused changed nothing and may
 * be mended and sent again. A client that goes before it is answered may ask again for the answer. Kept in this process for
 * 24 hours, the last thousand keys or 16 MiB of answers. It stands behind what reads the body.
 *
 * @param clock epoch milliseconds.
 */
export function rememberAnswers(clock: () => number, handler: AsyncHandler): AsyncHandler {
  const answers = new AnswerMemory(clock);
  return async (request, response) => {
    const name = callersKeyOf(request, response);
    if (name === undefined) return handler(request, response);
    const known = answers.begin(name, fingerprintOf(request));
    if (known !== undefined) {
      response.status(known.status).set(known.headers).send(known.body);
      return;
    }
    let answer: Answer | undefined;
    noteAnswer(response, (given) => {
      answer = given;
    });
    try {
      await handler(request, response);
    } finally {
      // The connection may be closed long before: what it was for goes on.
      answers.end(name, answer);
    }
  };
}

class AnswerMemory {
  readonly #clock: () => number;
  /** The oldest first. */
  readonly #remembered = new Map<string, Remembered>();
  #bytes = 0;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /**
   * The answer to the request that came with this key before; `undefined` when this is the first, which has to be ended.
   *
   * @throws HttpProblem 409 while the first is under way, 422 when it was another request.
   */
  begin(name: string, fingerprint: string): Answer | undefined {
    this.#forgetOld();
    const known = this.#remembered.get(name);
    if (known === undefined) {
      this.#remembered.set(name, { fingerprint, sinceMs: this.#clock() });
      return undefined;
    }
    if (known.fingerprint !== fingerprint) {
      const detail = 'this Idempotency-Key came with another request before: use a new key for this one';
      throw new HttpProblem('idempotency-key-used', detail);
    }
    if (known.answer === undefined) {
      const detail = 'the first request with this Idempotency-Key is still under way; ask again in a moment';
      throw new HttpProblem('conflict', detail, { headers: { 'retry-after': '1' } });
    }
    return known.answer;
  }

  /** Remembers an answer; without one the key is free again. */
  end(name: string, answer: Answer | undefined): void {
    const known = this.#remembered.get(name);
    if (known === undefined || known.answer !== undefined) return;
    if (answer === undefined) {
      this.#remembered.delete(name);
      return;
    }
    known.answer = answer;
    this.#bytes += answer.body.length;
    this.#forgetOld();
  }

  #forgetOld(): void {
    const oldestMs = this.#clock() - KEPT_MS;
    for (const [name, { sinceMs, answer }] of this.#remembered) {
      const isRoom = this.#remembered.size <= MAX_KEYS && this.#bytes <= MAX_BYTES;
      if (isRoom && sinceMs > oldestMs) return;
      // While the first request is under way, a second one must not be taken for the first.
      if (answer === undefined) continue;
      this.#remembered.delete(name);
      this.#bytes -= answer.body.length;
    }
  }
}

function fingerprintOf(request: Request): string {
  const body = Buffer.isBuffer(request.body) ? request.body : '';
  return createHash('sha256').update(`${request.method} ${request.originalUrl}\n`).update(body).digest('hex');
}

/** Tells what is sent when it is success. */
function noteAnswer(response: Response, note: (answer: Answer) => void): void {
  const send = response.send.bind(response);
  response.send = (body: unknown) => {
    if (typeof body === 'string' && response.statusCode < 300) {
      note({ status: response.statusCode, headers: shownHeaders(response), body });
    }
    return send(body);
  };
}

function shownHeaders(response: Response): Record<string, string> {
  return Object.fromEntries(
    SHOWN_HEADERS.flatMap((name) => {
      const value = response.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
