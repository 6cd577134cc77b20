import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';

/** An address to listen at. */
export interface Listen {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly certFile: string; readonly keyFile: string } | undefined;
}

/**
 * A connection that is idle for so long is closed: longer than senders and balancers usually keep one, so that hardly one sends a CDR on
 * a connection that is just being closed.
 */
const IDLE_MS = 75_000;

/**
 * Begins to listen.
 *
 * @throws Error when the address cannot be had, with what to do; and when a file of TLS cannot be read.
 */
export function listen(app: Express, { host, port, tls }: Listen): Promise<Server> {
  const server =
    tls === undefined
      ? createServer(app)
      : createTlsServer({ cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) }, app);
  server.keepAliveTimeout = IDLE_MS;
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const advice =
        'another address is set by listen in the configuration, HOOKSWITCH_HOST or HOOKSWITCH_PORT';
      reject(new Error(`cannot listen at ${host}:${port} (${error.message}); ${advice}`, { cause: error }));
    });
    server.listen(port, host, () => {
      resolve(server);
    });
  });
}

/** Where a server that listens is found, such as `http://127.0.0.1:8080`. */
export function urlOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  const scheme = server instanceof TlsServer ? 'https' : 'http';
  return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** Takes no new connections, lets requests under way end within `graceMs`, then cuts the rest off. */
export function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cutOff = setTimeout(() => {
      server.closeAllConnections();
    }, graceMs);
    server.close(() => {
      clearTimeout(cutOff);
      resolve();
    });
  });
}
