import { cutOffMessage } from '../../src/relay/cut-off.ts';
import {
  TransportError,
  type Transport,
  type TransportAnswer,
  type TransportRequest,
} from '../../src/relay/transport.ts';

/** What a scripted target does: answers with a status, answers in full, fails, or never answers (and times out). */
export type Reply = number | Partial<TransportAnswer> | Error | 'hang';

/**
 * Decides what becomes of a request. It may return a promise, and so hold the request until a test lets it go.
 *
 * @param number 1 for the first request to this url.
 */
export type TransportScript = (request: TransportRequest, number: number) => Reply | Promise<Reply>;

/** A request with when it was made. */
export interface RecordedRequest extends TransportRequest {
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** A transport without a network: records each request and does what its script says. */
export class ScriptedTransport implements Transport {
  /** What was sent, in its order. */
  readonly requests: RecordedRequest[] = [];
  /** What to do with requests from now on. */
  script: TransportScript;
  readonly #underWay = new Map<string, number>();
  readonly #mostUnderWay = new Map<string, number>();
  readonly #numbers = new Map<string, number>();

  /** By default every request is answered 200. */
  constructor(script: TransportScript = () => 200) {
    this.script = script;
  }

  /** The requests to one url, in the order made. */
  to(url: string): RecordedRequest[] {
    return this.requests.filter((request) => request.url === url);
  }

  /** Requests now under way, to one url or over all. */
  underWay(url = ALL): number {
    return this.#underWay.get(url) ?? 0;
  }

  /** The most that were ever under way at the same time, to one url or over all. */
  mostUnderWay(url = ALL): number {
    return this.#mostUnderWay.get(url) ?? 0;
  }

  async exchange(request: TransportRequest): Promise<TransportAnswer> {
    const { url } = request;
    this.requests.push({ ...request, atMs: Date.now() });
    const number = (this.#numbers.get(url) ?? 0) + 1;
    this.#numbers.set(url, number);
    for (const key of [url, ALL]) this.#count(key, 1);
    try {
      return await untilEnd(request, () => this.#answer(request, number));
    } finally {
      for (const key of [url, ALL]) this.#count(key, -1);
    }
  }

  close(): void {
    // There is nothing to close.
  }

  async #answer(request: TransportRequest, number: number): Promise<TransportAnswer> {
    const reply = await this.script(request, number);
    if (reply === 'hang') return new Promise<never>(() => undefined);
    if (reply instanceof Error) throw reply;
    return {
      status: 200,
      headers: {},
      body: '',
      isCutShort: false,
      ...(typeof reply === 'number' ? { status: reply } : reply),
    };
  }

  #count(key: string, change: number): void {
    const underWay = this.underWay(key) + change;
    this.#underWay.set(key, underWay);
    this.#mostUnderWay.set(key, Math.max(this.mostUnderWay(key), underWay));
  }
}

/** Stands for all urls. */
const ALL = '';

/** Ends work as a real transport does: when it is cut off, and when it takes too long. */
async function untilEnd<Result>(
  { signal, timeoutMs }: TransportRequest,
  work: () => Promise<Result>,
): Promise<Result> {
  const cutOffError = (): TransportError => new TransportError('ERR_CUT_OFF', cutOffMessage(signal));
  if (signal.aborted) throw cutOffError();
  const ended = Promise.withResolvers<never>();
  const cutOff = (): void => {
    ended.reject(cutOffError());
  };
  signal.addEventListener('abort', cutOff, { once: true });
  const timer = setTimeout(() => {
    ended.reject(new TransportError('ETIMEDOUT', `no answer within ${timeoutMs} ms`));
  }, timeoutMs);
  try {
    return await Promise.race([work(), ended.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cutOff);
  }
}
