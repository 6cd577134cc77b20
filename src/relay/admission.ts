import type { Membership } from '../store/store.ts';
import type { Connection } from '../webhooks/connection.ts';
import type { Registry } from '../webhooks/registry.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { roomOf, type Breaker } from './breaker.ts';
import { Breakers } from './breakers.ts';
import { Gate, type GateLimits } from './gate.ts';
import { nodeShareOf, nodeShareOfRate } from './node-share.ts';
import { Permit } from './permit.ts';
import { Slots, type SlotLimits } from './slots.ts';

/** What admission needs. */
export interface AdmissionOptions {
  /** The webhooks in force. */
  readonly registry: Pick<Registry, 'webhooks' | 'isGone'>;
  /** Deliveries under way at the same time over all webhooks. */
  readonly maxInFlight: number;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/**
 * Says how many deliveries may be begun to each webhook's target: what the router, the webhook and its connection have room
 * for at the same time, what their rate limits leave, and nothing but a probe while the webhook's breaker is open. Of the
 * limits of webhooks and connections a node of several keeps to its share; the router's slots and the breaker are its own.
 *
 * Whoever has been told of room takes it at once, and gets a permit to give back.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #slots: Slots;
  readonly #webhooks = new Map<string, Gate>();
  readonly #connections = new Map<string, Gate>();
  readonly #breakers = new Breakers();
  #membership: Membership = { nodes: 1, rank: 0 };

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#slots = new Slots(options.maxInFlight);
  }

  /** From now on this node is one of so many. */
  joined(membership: Membership): void {
    this.#membership = membership;
  }

  /** Whether there is no room for any webhook. */
  get isFull(): boolean {
    return this.#slots.isFull;
  }

  /** Whether so much is under way that webhooks take turns. */
  get isScarce(): boolean {
    return this.#slots.isScarce;
  }

  /** Whether a webhook has nothing under way. */
  isIdle(webhookId: string): boolean {
    return this.#slots.isIdle(webhookId);
  }

  /** How many more deliveries of a webhook may be begun now. */
  room(webhookId: string): number {
    const nowMs = this.#options.clock();
    const webhook = this.#webhook(webhookId);
    const slots = this.#slots.room(webhookId, webhook && this.#shareOf(webhook));
    // What is left of a webhook that is no more is only cancelled; one that may come back is waited for.
    if (webhook === undefined) return this.#options.registry.isGone(webhookId) ? slots : 0;
    if (slots === 0) return 0;
    const breaker = roomOf(this.#breakers.of(webhookId), nowMs);
    const own = gateIn(this.#webhooks, webhookId).room(this.#rateShareOf(webhookId, webhook), nowMs);
    const { connection } = webhook;
    if (connection === undefined) return Math.min(slots, breaker, own);
    const limits = this.#connectionShareOf(connection);
    return Math.min(slots, breaker, own, gateIn(this.#connections, connection.name).room(limits, nowMs));
  }

  /**
   * Whether a webhook has something under way, and will have room again as soon as that has ended: nothing else holds it
   * back, neither a rate limit nor its breaker, nor a connection that it shares with others.
   */
  isMerelyBusy(webhookId: string): boolean {
    const webhook = this.#webhook(webhookId);
    if (this.isIdle(webhookId) || webhook?.enabled !== true) return false;
    if (webhook.rateLimit !== undefined || webhook.connection !== undefined) return false;
    return this.#breakers.of(webhookId).state === 'closed';
  }

  /** Takes room for one delivery. */
  take(webhookId: string): Permit {
    const { clock } = this.#options;
    const gates = [gateIn(this.#webhooks, webhookId)];
    const connection = this.#webhook(webhookId)?.connection;
    if (connection !== undefined) gates.push(gateIn(this.#connections, connection.name));
    return new Permit({ webhookId, slots: this.#slots, breakers: this.#breakers, gates, clock });
  }

  /**
   * Until when a webhook has no room whatever others end: it is disabled or missing, or its breaker or a rate limit holds it back. It
   * may have room earlier when it ends something itself. `undefined` when it is not held back like that.
   */
  heldUntilMs(webhookId: string): number | undefined {
    const nowMs = this.#options.clock();
    const webhook = this.#webhook(webhookId);
    if (webhook === undefined)
      return this.#options.registry.isGone(webhookId) ? undefined : Number.POSITIVE_INFINITY;
    if (!webhook.enabled) return Number.POSITIVE_INFINITY;
    const breaker = this.#breakers.of(webhookId);
    if (roomOf(breaker, nowMs) === 0) return breaker.nextProbeAtMs ?? Number.POSITIVE_INFINITY;
    const { connection } = webhook;
    const gates = [this.#webhooks.get(webhookId), connection && this.#connections.get(connection.name)];
    const nextAtMs = Math.max(...gates.map((gate) => gate?.nextAtMs(nowMs) ?? nowMs));
    return nextAtMs > nowMs ? nextAtMs : undefined;
  }

  /** The breaker of a webhook. */
  breakerOf(webhookId: string): Breaker {
    return this.#breakers.of(webhookId);
  }

  /** The webhooks whose breakers are not closed. */
  get broken(): string[] {
    return this.#breakers.webhookIds.filter((id) => this.#breakers.of(id).state !== 'closed');
  }

  /** Forgets what is not needed any more: webhooks that are gone, limits that nothing counts against. */
  tidy(): void {
    const nowMs = this.#options.clock();
    for (const gates of [this.#webhooks, this.#connections]) {
      for (const [name, gate] of gates) if (gate.isIdle(nowMs)) gates.delete(name);
    }
    for (const webhookId of this.#breakers.webhookIds) {
      if (this.#webhook(webhookId) === undefined) this.#breakers.delete(webhookId);
    }
  }

  #webhook(webhookId: string): Webhook | undefined {
    return this.#options.registry.webhooks.get(webhookId);
  }

  #shareOf({ id, enabled, concurrency }: Webhook): SlotLimits {
    return { enabled, concurrency: nodeShareOf(concurrency, id, this.#membership) };
  }

  #rateShareOf(name: string, { rateLimit }: Pick<GateLimits, 'rateLimit'>): GateLimits {
    return { rateLimit: nodeShareOfRate(rateLimit, name, this.#membership) };
  }

  #connectionShareOf(connection: Connection): GateLimits {
    const { name, concurrency } = connection;
    return {
      ...this.#rateShareOf(name, connection),
      concurrency: concurrency === undefined ? undefined : nodeShareOf(concurrency, name, this.#membership),
    };
  }
}

function gateIn(gates: Map<string, Gate>, name: string): Gate {
  const known = gates.get(name);
  if (known !== undefined) return known;
  const made = new Gate();
  gates.set(name, made);
  return made;
}
