import { createServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { NetworkGuard } from '../../src/relay/network-guard.ts';
import { GotTransport } from '../../src/relay/got/got-transport.ts';
import type { TransportRequest } from '../../src/relay/transport.ts';
import { LOOPBACK } from '../support/networks.ts';
import { SELF_SIGNED } from './self-signed.ts';

/** Listens on a free loopback port until the running test has ended, and gives that port. */
export function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Starts an HTTP target for the running test. */
export async function httpTarget(listener: RequestListener): Promise<{ url: string; server: HttpServer }> {
  const server = createServer(listener);
  return { url: `http://127.0.0.1:${await listen(server)}/hook`, server };
}

/** Starts an HTTPS target with a certificate that nobody vouches for. */
export async function tlsTarget(listener: RequestListener): Promise<string> {
  return `https://127.0.0.1:${await listen(createTlsServer(SELF_SIGNED, listener))}/hook`;
}

/** Starts a target that speaks, or does not speak, whatever it likes over a connection. */
export async function tcpTarget(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createTcpServer((socket) => {
    // A caller that goes away is no matter for a target.
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  return `http://127.0.0.1:${await listen(server)}/hook`;
}

/** A transport for the running test; unless told otherwise it sends to this machine too. */
export function makeTransport(guard = new NetworkGuard(LOOPBACK), now?: () => number): GotTransport {
  const transport = new GotTransport(guard, now);
  onTestFinished(() => {
    transport.close();
  });
  return transport;
}

/** A request that is given plenty of time. */
export function requestTo(url: string, members: Partial<TransportRequest> = {}): TransportRequest {
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json' },
    body: '{"name":"Tickets","meta":{},"cdr":{}}',
    timeoutMs: 5_000,
    signal: new AbortController().signal,
    ...members,
  };
}
