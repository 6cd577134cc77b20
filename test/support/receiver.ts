import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';

/** A request as it arrived at a receiver. */
export interface ReceivedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** When the last byte of it was there, in epoch milliseconds. */
  readonly receivedAtMs: number;
}

/** An answer to give. Without any member: 200, at once, no body. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How long to wait before it. */
  readonly delayMs?: number;
}

/** What to do with a request: answer it, leave the caller without an answer, or reset its connection. */
export type Reaction = Answer | 'hang' | 'reset';

/**
 * Decides what to do with a request. It may return a promise, and so hold the request until a test lets it go.
 *
 * @param number 1 for the first request to this path.
 */
export type Script = (request: ReceivedRequest, number: number) => Reaction | Promise<Reaction>;

/** An HTTP server of the test's own: records every request and reacts to it as a script says. */
export class Receiver {
  /** What arrived, in its order. */
  readonly requests: ReceivedRequest[] = [];
  /** What to do with requests from now on. */
  script: Script;
  readonly #server: Server;
  readonly #numbers = new Map<string, number>();

  private constructor(script: Script) {
    this.script = script;
    this.#server = createServer((request, response) => {
      this.#receive(request, response).catch(() => {
        // The caller went away, as a router that was killed does.
        response.destroy();
      });
    });
    // The receiver never closes an idle connection: every failed attempt in a test is one the script asked for.
    this.#server.keepAliveTimeout = 0;
  }

  /** Starts a receiver on a free port of the loopback interface. By default it answers 200 to everything. */
  static async start(script: Script = () => ({})): Promise<Receiver> {
    const receiver = new Receiver(script);
    await new Promise<void>((resolve, reject) => {
      receiver.#server.once('error', reject);
      receiver.#server.listen(0, '127.0.0.1', resolve);
    });
    return receiver;
  }

  /** Where it listens, such as `http://127.0.0.1:54321`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What arrived at one path, in its order. */
  to(path: string): ReceivedRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  /** Cuts off whatever is under way and stops. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
      this.#server.closeAllConnections();
    });
  }

  async #receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await record(incoming);
    const number = (this.#numbers.get(request.path) ?? 0) + 1;
    this.#numbers.set(request.path, number);
    this.requests.push(request);
    await react(await this.script(request, number), incoming, response);
  }
}

async function record(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const { method = '', url: path = '', headers } = incoming;
  return { method, path, headers, body: await text(incoming), receivedAtMs: Date.now() };
}

async function react(reaction: Reaction, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  if (reaction === 'hang') return;
  if (reaction === 'reset') {
    incoming.socket.resetAndDestroy();
    return;
  }
  const { status = 200, headers = {}, body = '', delayMs = 0 } = reaction;
  if (delayMs > 0) await wait(delayMs);
  response.writeHead(status, headers).end(body);
}
