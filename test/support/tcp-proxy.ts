import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Stands between a client and a server, and breaks what a network can break. */
export class TcpProxy {
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #pairs = new Set<readonly [client: Socket, server: Socket]>();
  #isFrozen = false;
  #isRefusing = false;
  #dropWhen: ((sent: Buffer) => boolean) | undefined;
  readonly #rewritten = new Map<string, string>();
  /** Connections made so far, those that were refused too. */
  connections = 0;

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
    this.#server = createServer((client) => {
      this.#accepted(client);
    });
  }

  /** Stands before a server on this machine. */
  static async open(port: number): Promise<TcpProxy> {
    const proxy = new TcpProxy({ host: '127.0.0.1', port });
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #accepted(client: Socket): void {
    this.connections += 1;
    client.on('error', ignore);
    if (this.#isRefusing) {
      client.destroy();
      return;
    }
    const server = connect(this.#target);
    server.on('error', ignore);
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    client.on('data', (sent: Buffer) => {
      if (this.#dropWhen?.(sent) === true) this.#dropAnswer(pair, sent);
      else server.write(this.#rewrite(sent));
    });
    server.on('data', (answer) => client.write(answer));
    if (this.#isFrozen) freeze(pair);
    const close = (): void => {
      client.destroy();
      server.destroy();
      this.#pairs.delete(pair);
    };
    client.on('close', close);
    server.on('close', close);
  }

  /** Lets the server do what it was sent, and the client hear nothing but that its connection is gone. */
  #dropAnswer([client, server]: readonly [Socket, Socket], sent: Buffer): void {
    this.#dropWhen = undefined;
    server.removeAllListeners('data');
    server.once('data', () => client.destroy());
    server.write(sent);
  }

  /** Loses the answer to the next message that a test is about, when the server has given it. */
  dropAnswerTo(isMeant: (sent: Buffer) => boolean): void {
    this.#dropWhen = isMeant;
  }

  /** Puts a word in the place of another of its length in all that clients send. */
  rewrite(word: string, by: string): void {
    this.#rewritten.set(word, by);
  }

  #rewrite(sent: Buffer): Buffer {
    let text = sent.toString('latin1');
    for (const [word, by] of this.#rewritten) text = text.replaceAll(word, by);
    return Buffer.from(text, 'latin1');
  }

  /** Breaks all connections. */
  cut(): void {
    for (const [client] of this.#pairs) client.destroy();
  }

  /** Breaks all connections, and every new one. */
  refuse(): void {
    this.#isRefusing = true;
    this.cut();
  }

  /** Lets new connections through again. */
  accept(): void {
    this.#isRefusing = false;
  }

  /** Lets nothing through any more, and says nothing, as a server that was stopped or a cable that was pulled. */
  freeze(): void {
    this.#isFrozen = true;
    for (const pair of this.#pairs) freeze(pair);
  }

  /** Lets everything through again. */
  thaw(): void {
    this.#isFrozen = false;
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function freeze(pair: readonly [Socket, Socket]): void {
  for (const socket of pair) socket.pause();
}

function ignore(): void {
  // The other side of the pair is closed, too: that is all there is to do.
}
