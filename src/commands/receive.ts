import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { print, readOptions, tell, UsageError, type Command } from './command.ts';
import { untilStopped } from './until-stopped.ts';

const HELP = `hookswitch receive [--port 9090]

Runs a target for trying webhooks out: it prints every request that arrives and answers 200.
Stop it with Ctrl-C.`;

/** The port that the webhooks of the example rules send to. */
const USUAL_PORT = '9090';

/** `hookswitch receive`. */
export const receive: Command = {
  help: HELP,
  async run(args) {
    const { values } = readOptions(args, { port: { type: 'string', default: USUAL_PORT } });
    if (!/^\d{1,5}$/.test(values.port)) throw new UsageError(`--port must be a number, not "${values.port}"`);
    const receiver = await startReceiver(Number(values.port), (request, body) => {
      const headers = Object.entries(request.headers).map(([name, value]) => `  ${name}: ${String(value)}`);
      print([requestLine(request), ...headers, '', body, ''].join('\n'));
    });
    tell(`receiving at ${receiverUrl(receiver)}`);
    await untilStopped();
    receiver.close();
    receiver.closeAllConnections();
    return 0;
  },
};

/**
 * Starts a target that answers every request with 200.
 *
 * @param port 0 takes a free one.
 * @param onRequest told of each request with its whole body.
 * @throws Error when the port cannot be had, with what to do.
 */
export function startReceiver(
  port: number,
  onRequest: (request: IncomingMessage, body: string) => void,
): Promise<Server> {
  const server = createServer((request, response) => {
    textOf(request).then(
      (body) => {
        onRequest(request, body);
        response.end('received\n');
      },
      // A sender that goes away in the middle of its request is no trouble of ours.
      () => response.destroy(),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const message = `cannot listen at 127.0.0.1:${port} (${error.message}); --port takes another`;
      reject(new Error(message, { cause: error }));
    });
    server.listen(port, '127.0.0.1', () => {
      resolve(server);
    });
  });
}

/** Where a receiver can be reached. */
export function receiverUrl(receiver: Server): string {
  return `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
}

/** Such as `POST /tickets`. */
export function requestLine({ method = '', url = '' }: IncomingMessage): string {
  return `${method} ${url}`;
}
