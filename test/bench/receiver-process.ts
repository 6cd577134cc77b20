import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { serialOf } from './cdr.ts';
import { answerQuestions } from './channel.ts';
import { machineMs } from './clock.ts';

/** Which serial numbers are waited for. */
export interface Expected {
  readonly first: number;
  readonly count: number;
}

/** The target of all deliveries: notes when each CDR first arrived, whole, and answers 200. Argument: the port. */
class Receiver {
  #expected: Expected = { first: 0, count: 0 };
  #arrivedMs = new Float64Array(0);
  #missing = 0;
  #repeats = 0;
  #lastBody = '';
  #whenAll = Promise.withResolvers<number>();

  /** Begins to wait for CDRs; whatever else arrives is not counted. */
  expect(expected: Expected): void {
    this.#expected = expected;
    this.#arrivedMs = new Float64Array(expected.count);
    this.#missing = expected.count;
    this.#repeats = 0;
    this.#whenAll = Promise.withResolvers<number>();
  }

  /** When the last of them had arrived, by `machineMs`. */
  whenAll(): Promise<number> {
    return this.#whenAll.promise;
  }

  /** When each of them arrived, by `machineMs`. */
  get arrivedMs(): number[] {
    return [...this.#arrivedMs];
  }

  /** How many arrived once more. */
  get repeats(): number {
    return this.#repeats;
  }

  /** How many have not arrived. */
  get missing(): number {
    return this.#missing;
  }

  get lastBody(): string {
    return this.#lastBody;
  }

  take(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      if (request.method !== 'GET') this.#note(Buffer.concat(chunks), machineMs());
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': 11 })
        .end('{"ok":true}');
    });
  }

  #note(body: Buffer, atMs: number): void {
    const index = (serialOf(body) ?? -1) - this.#expected.first;
    const known = this.#arrivedMs[index];
    if (known === undefined) return;
    if (known > 0) {
      this.#repeats += 1;
      return;
    }
    this.#arrivedMs[index] = atMs;
    this.#missing -= 1;
    if (this.#missing > 0) return;
    this.#lastBody = body.toString('utf8');
    this.#whenAll.resolve(atMs);
  }
}

const receiver = new Receiver();
answerQuestions({
  expect: (expected) => {
    receiver.expect(expected as Expected);
  },
  whenAll: () => receiver.whenAll(),
  arrivedMs: () => receiver.arrivedMs,
  missing: () => receiver.missing,
  repeats: () => receiver.repeats,
  lastBody: () => receiver.lastBody,
});
const server = createServer((request, response) => {
  receiver.take(request, response);
});
// Never closes a connection first: a request sent at that moment would fail, and the bare relay would lose its CDR.
server.keepAliveTimeout = 3_600_000;
server.listen(Number(process.argv[2]), '127.0.0.1');
