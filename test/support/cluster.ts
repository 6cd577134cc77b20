import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { createSchemaUrl, startPostgres, type PostgresServer } from './postgres.ts';
import { Receiver } from './receiver.ts';
import { RouterFolder, RouterProcess } from './router-process.ts';
import { TcpProxy } from './tcp-proxy.ts';

/** The webhook that all CDRs of a cluster's load hit. */
export const WEBHOOK_ID = 'everything';
export const CONCURRENCY = 12;
export const LEASE_SECONDS = 3;

/** What a cluster is made of. */
export interface ClusterOptions {
  readonly nodes: number;
  /** Whether PostgreSQL syncs to the disk. */
  readonly isSynced?: boolean;
  /** Of the webhook. */
  readonly concurrency?: number;
  /** How long its target takes to answer. */
  readonly delayMs?: number;
  /** Whether the nodes reach PostgreSQL without the proxy, which costs this process time that is not theirs. */
  readonly isDirect?: boolean;
}

interface ClusterParts {
  readonly server: PostgresServer;
  readonly proxy: TcpProxy;
  readonly receiver: Receiver;
  readonly concurrency: number;
  readonly isDirect: boolean;
}

/** Several routers, each a process of its own, on one PostgreSQL that they reach through a proxy, and their only target. */
export class Cluster {
  readonly server: PostgresServer;
  readonly proxy: TcpProxy;
  readonly receiver: Receiver;
  /** The schema, not through the proxy: for what a test asks itself. */
  readonly schemaUrl: string;
  /** The same for the nodes. */
  readonly #nodesUrl: string;
  readonly #folder: RouterFolder;
  #nodes: RouterProcess[] = [];

  private constructor({ server, proxy, receiver, concurrency, isDirect }: ClusterParts) {
    this.server = server;
    this.proxy = proxy;
    this.receiver = receiver;
    this.schemaUrl = createSchemaUrl(server.url);
    const nodesUrl = new URL(this.schemaUrl);
    if (!isDirect) nodesUrl.port = String(proxy.port);
    this.#nodesUrl = nodesUrl.href;
    const webhook = { id: WEBHOOK_ID, name: 'Everything', url: `${receiver.url}/hook` };
    this.#folder = new RouterFolder([{ ...webhook, concurrency }]);
  }

  /** Starts everything. */
  static async start({
    nodes,
    isSynced = false,
    isDirect = false,
    ...target
  }: ClusterOptions): Promise<Cluster> {
    const server = await startPostgres(isSynced);
    const proxy = await TcpProxy.open(Number(new URL(server.url).port));
    const { concurrency = CONCURRENCY, delayMs = 25 } = target;
    const receiver = await Receiver.start(() => ({ delayMs }));
    const cluster = new Cluster({ server, proxy, receiver, concurrency, isDirect });
    cluster.#nodes = await Promise.all(Array.from({ length: nodes }, () => cluster.#startNode()));
    return cluster;
  }

  #startNode(): Promise<RouterProcess> {
    return RouterProcess.start(this.#folder, {
      environment: {
        HOOKSWITCH_STORE: this.#nodesUrl,
        HOOKSWITCH_LEASE_SECONDS: String(LEASE_SECONDS),
        // What only one node keeps: the last good rules.
        HOOKSWITCH_DATA: `${this.#folder.dataDirectory}-${randomUUID()}`,
      },
    });
  }

  get nodes(): readonly RouterProcess[] {
    return this.#nodes;
  }

  /** Where a node listens; any other one when that is just being started again. */
  urlOf(number: number): string {
    return this.#nodes[number % this.#nodes.length]?.url ?? '';
  }

  /**
   * Ends a node and starts another in its place.
   *
   * @param meanwhile what is to happen while there is none.
   */
  async replace(
    number: number,
    how: 'kill' | 'terminate',
    meanwhile?: () => Promise<void> | void,
  ): Promise<void> {
    await this.#nodes[number]?.[how]();
    await meanwhile?.();
    const started = await this.#startNode();
    this.#nodes = this.#nodes.map((node, index) => (index === number ? started : node));
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.kill()));
    await this.receiver.close();
    await this.proxy.close();
    await this.server.remove();
    this.#folder.remove();
  }
}

/** How long a client that was refused waits before it asks the next node. */
const REFUSED_WAIT_MS = 50;
const ANSWER_PATIENCE_MS = 15_000;

/** Clients that hand CDRs in until they are told to stop, each CDR to one node after the other until it is answered 200. */
export class Load {
  /** The numbers of the CDRs that were answered 200. */
  readonly answered: number[] = [];
  /** How often each other answer was given; 0 is none at all. */
  readonly refusals = new Map<number, number>();
  readonly #cluster: Cluster;
  readonly #clients: Promise<void>;
  readonly #restMs: number;
  #isOver = false;
  #sent = 0;

  /** @param restMs how long a client rests after each CDR. */
  constructor(cluster: Cluster, clients: number, restMs = 0) {
    this.#cluster = cluster;
    this.#restMs = restMs;
    this.#clients = Promise.all(Array.from({ length: clients }, () => this.#client())).then(() => undefined);
    // Told by `stop`.
    this.#clients.catch(() => undefined);
  }

  /** Lets every client have its last CDR answered. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#clients;
  }

  async #client(): Promise<void> {
    while (!this.#isOver) {
      const serial = (this.#sent += 1);
      for (let node = serial; !(await this.#isTaken(serial, node)); node += 1) await wait(REFUSED_WAIT_MS);
      this.answered.push(serial);
      if (this.#restMs > 0) await wait(this.#restMs);
    }
  }

  async #isTaken(serial: number, node: number): Promise<boolean> {
    const status = await fetch(`${this.#cluster.urlOf(node)}/cdr/generic`, {
      method: 'POST',
      headers: { connection: 'close' },
      body: `{"serial":${serial}}`,
      signal: AbortSignal.timeout(ANSWER_PATIENCE_MS),
    }).then(
      async (answer) => {
        await answer.arrayBuffer();
        return answer.status;
      },
      () => 0,
    );
    if (status !== 200) this.refusals.set(status, (this.refusals.get(status) ?? 0) + 1);
    return status === 200;
  }
}
