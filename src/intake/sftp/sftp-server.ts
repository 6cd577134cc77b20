import { mkdirSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import ssh2 from 'ssh2';
import { addressGroup } from '../address-group.ts';
import { Authentication, knownUsers, type KnownUser } from './authentication.ts';
import { Drop } from './drop.ts';
import { loadHostKeys } from './host-keys.ts';
import { SftpSession } from './sftp-session.ts';
import type { SftpSettings } from './sftp-settings.ts';
import { removeLeftUploads } from './upload.ts';

/** Who wants to know what the server does. */
export interface SftpObserver {
  /** A file has come in whole and is safe. */
  sftpReceived(user: string, path: string, bytes: number): void;
  /** A client was turned away. */
  sftpRefused(address: string, reason: 'authentication' | 'connections' | 'flood'): void;
}

/** What an SFTP server needs. */
export interface SftpServerOptions {
  readonly settings: SftpSettings;
  /** Where its own keys are kept. */
  readonly keyDirectory: string;
  readonly observer: SftpObserver;
  /** How long the first wrong password of a connection waits for its answer. */
  readonly authenticationDelayMs?: number;
}

const DELAY_MS = 1_000;
const MOST_CONNECTIONS = 50;
/** Connections of which nobody knows yet whose they are, of one address and of all together. */
const MOST_STRANGERS = { ofAddress: 5, overall: 40 };
const AUTHENTICATION_TIMEOUT_MS = 30_000;
const IDLE_TIMEOUT_MS = 300_000;

/** An SFTP server that only takes files, each user's into a directory. It has no shell and forwards nothing. */
export class SftpServer {
  readonly #options: SftpServerOptions;
  readonly #users: ReadonlyMap<string, KnownUser>;
  /** One for each user, over all connections. */
  readonly #drops: ReadonlyMap<string, Drop>;
  readonly #server: Server;
  /** By the client's address and port. */
  readonly #sockets = new Map<string, Socket>();
  /** With the group of their address. */
  readonly #strangers = new Map<Socket, string>();
  readonly #sessions = new Set<SftpSession>();

  private constructor(options: SftpServerOptions) {
    const { settings, keyDirectory } = options;
    this.#options = options;
    this.#users = knownUsers(settings.users);
    this.#drops = new Map(settings.users.map(({ name, directory }) => [name, new Drop(directory)]));
    const hostKeys = loadHostKeys(settings.hostKeyFile, keyDirectory);
    const ssh = new ssh2.Server({ hostKeys, ident: 'Hookswitch' }, (connection, { ip, port }) => {
      const socket = this.#sockets.get(placeOf(ip, port));
      if (socket === undefined) connection.end();
      else this.#authenticate(connection, socket);
    });
    this.#server = createServer((socket) => {
      if (this.#welcome(socket)) ssh.injectSocket(socket);
    });
  }

  /**
   * Begins to listen. Directories are made when they are missing.
   *
   * @throws Error when a key, a directory or the address cannot be had, with what to do.
   */
  static async start(options: SftpServerOptions): Promise<SftpServer> {
    mkdirSync(options.keyDirectory, { recursive: true });
    for (const { directory } of options.settings.users) {
      mkdirSync(directory, { recursive: true });
      await removeLeftUploads(directory);
    }
    const server = new SftpServer(options);
    await server.#listen();
    return server;
  }

  /** Where it listens, such as `sftp://127.0.0.1:2222`. */
  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `sftp://${address.includes(':') ? `[${address}]` : address}:${port}`;
  }

  /** Takes no new connections and ends the others. What has not come in whole is not kept; its sender sends it again. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    for (const socket of this.#sockets.values()) socket.destroy();
    await Promise.all([...this.#sessions].map((session) => session.end()));
    await closed;
  }

  #listen(): Promise<void> {
    const { host, port } = this.#options.settings.listen;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        const advice = 'another address is set by sftp.listen in the configuration';
        reject(
          new Error(`SFTP cannot listen at ${host}:${port} (${error.message}); ${advice}`, { cause: error }),
        );
      });
      this.#server.listen(port, host, resolve);
    });
  }

  /** Strangers of one address that say nothing must not keep the others out. */
  #hasRoomFor(group: string): boolean {
    if (this.#sockets.size >= MOST_CONNECTIONS || this.#strangers.size >= MOST_STRANGERS.overall)
      return false;
    const neighbours = [...this.#strangers.values()].filter((one) => one === group);
    return neighbours.length < MOST_STRANGERS.ofAddress;
  }

  /** Takes a client in if there is room; tells whether. */
  #welcome(socket: Socket): boolean {
    const { remoteAddress: address = '', remotePort = 0 } = socket;
    // Broken connections are everyday.
    socket.on('error', () => undefined);
    const group = addressGroup(address);
    if (!this.#hasRoomFor(group)) {
      this.#options.observer.sftpRefused(address, 'connections');
      socket.destroy();
      return false;
    }
    const place = placeOf(address, remotePort);
    this.#sockets.set(place, socket);
    this.#strangers.set(socket, group);
    const tooLate = setTimeout(() => {
      if (this.#strangers.has(socket)) socket.destroy();
    }, AUTHENTICATION_TIMEOUT_MS);
    socket.setTimeout(IDLE_TIMEOUT_MS, () => socket.destroy());
    socket.once('close', () => {
      clearTimeout(tooLate);
      this.#sockets.delete(place);
      this.#strangers.delete(socket);
    });
    return true;
  }

  #authenticate(connection: ssh2.Connection, socket: Socket): void {
    const { authenticationDelayMs = DELAY_MS, observer } = this.#options;
    const authentication = new Authentication(this.#users, authenticationDelayMs);
    connection.on('error', () => undefined);
    connection.on('authentication', (context) => {
      void authentication.answer(context).then(() => {
        if (authentication.user !== undefined || !authentication.isOver) return;
        observer.sftpRefused(socket.remoteAddress ?? '', 'authentication');
        socket.destroySoon();
      });
    });
    connection.once('ready', () => {
      this.#strangers.delete(socket);
      const { user } = authentication;
      const drop = user === undefined ? undefined : this.#drops.get(user.name);
      if (user === undefined || drop === undefined) socket.destroy();
      else this.#serve(connection, socket, { name: user.name, drop });
    });
  }

  #serve(connection: ssh2.Connection, socket: Socket, { name, drop }: { name: string; drop: Drop }): void {
    const { observer, settings } = this.#options;
    connection.on('session', (accept) => {
      accept().on('sftp', (acceptChannel) => {
        const session = new SftpSession(acceptChannel(), {
          drop,
          maxFileBytes: settings.maxFileBytes,
          onSent: (path, bytes) => {
            observer.sftpReceived(name, path, bytes);
          },
          onFlood: () => {
            observer.sftpRefused(socket.remoteAddress ?? '', 'flood');
            socket.destroy();
          },
        });
        this.#sessions.add(session);
        socket.once('close', () => {
          void session.end().finally(() => this.#sessions.delete(session));
        });
      });
    });
  }
}

function placeOf(address: string, port: number): string {
  return `${address} ${port}`;
}
