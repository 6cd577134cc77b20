import type { Membership } from '../store/store.ts';
import type { Connection } from '../webhooks/connection.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { begun, CLOSED, ended, givenUp, roomOf, type Breaker, type BreakerAttempt } from './breaker.ts';
import { Gate, type GateLimits } from './gate.ts';
import { rateShareOf, shareOf } from './share.ts';
import { Slots, type SlotLimits } from './slots.ts';

/** The webhooks in force. */
interface Webhooks {
  readonly webhooks: ReadonlyMap<string, Webhook>;
}

/**
 * Says how many requests may be begun to each webhook's target: what the router, the webhook and its connection have room
 * for at the same time, what their rate limits leave, and nothing but a probe while the webhook's breaker is open. Of the
 * limits of webhooks and connections a node of several keeps to its share; the router's slots and the breaker are its own.
 *
 * Whoever has been told of room takes it at once. Every delivery taken is later either ended or given back.
 */
export class Admission {
  readonly #registry: Webhooks;
  readonly #slots: Slots;
  readonly #webhooks = new Map<string, Gate>();
  readonly #connections = new Map<string, Gate>();
  readonly #breakers = new Map<string, Breaker>();
  /** Room taken for deliveries that are not here yet, by webhook. */
  readonly #reserved = new Map<string, number>();
  /** The connection that a webhook had when the first of what it has under way was taken. */
  readonly #heldBy = new Map<string, string>();
  #membership: Membership = { nodes: 1, rank: 0 };

  /** @param max deliveries under way at the same time over all webhooks. */
  constructor(registry: Webhooks, max: number) {
    this.#registry = registry;
    this.#slots = new Slots(max);
  }

  /** From now on this node is one of so many. */
  joined(membership: Membership): void {
    this.#membership = membership;
  }

  /** Whether a webhook has nothing under way. */
  isIdle(webhookId: string): boolean {
    return this.#slots.isIdle(webhookId);
  }

  /** How many more deliveries of a webhook may be begun now. */
  room(webhookId: string): number {
    const nowMs = Date.now();
    const webhook = this.#registry.webhooks.get(webhookId);
    const slots = this.#slots.room(webhookId, webhook && this.#shareOf(webhook));
    // What is left of a webhook that is no more is only cancelled.
    if (slots === 0 || webhook === undefined) return slots;
    const breaker = roomOf(this.breakerOf(webhookId), nowMs);
    const own = this.#gateOf(webhookId).room(this.#rateShareOf(webhookId, webhook), nowMs);
    const limits = this.#connectionShareOf(webhook.connection);
    const connection = this.#connectionGate(webhookId)?.room(limits, nowMs);
    return Math.min(slots, breaker, own, connection ?? Number.POSITIVE_INFINITY);
  }

  /**
   * Whether a webhook has something under way, and will have room again as soon as that has ended: nothing else holds it
   * back, neither a rate limit nor its breaker, nor a connection that it shares with others.
   */
  isMerelyBusy(webhookId: string): boolean {
    const webhook = this.#registry.webhooks.get(webhookId);
    if (this.isIdle(webhookId) || webhook?.enabled !== true) return false;
    if (webhook.rateLimit !== undefined || webhook.connection !== undefined) return false;
    return this.breakerOf(webhookId).state === 'closed';
  }

  /** Takes room for deliveries. */
  take(webhookId: string, count: number): void {
    const nowMs = Date.now();
    if (this.isIdle(webhookId)) this.#hold(webhookId);
    this.#slots.take(webhookId, count);
    this.#gateOf(webhookId).take(count, nowMs);
    this.#connectionGate(webhookId)?.take(count, nowMs);
    this.#update(webhookId, (breaker) => begun(breaker, nowMs));
  }

  /** Takes room for one delivery that is not here yet. */
  reserve(webhookId: string): void {
    this.take(webhookId, 1);
    this.#reserved.set(webhookId, (this.#reserved.get(webhookId) ?? 0) + 1);
  }

  /** Uses room that was reserved for a webhook. Whether there was any. */
  useReserved(webhookId: string): boolean {
    const reserved = this.#reserved.get(webhookId);
    if (reserved === undefined) return false;
    if (reserved > 1) this.#reserved.set(webhookId, reserved - 1);
    else this.#reserved.delete(webhookId);
    return true;
  }

  /** A delivery has ended. */
  end(webhookId: string): void {
    this.#slots.free(webhookId, 1);
    this.#gateOf(webhookId).end(1);
    this.#connectionGate(webhookId)?.end(1);
    this.#letGo(webhookId);
  }

  /** Deliveries that were taken are not begun after all. */
  giveBack(webhookId: string, count: number): void {
    if (count === 0) return;
    this.#slots.free(webhookId, count);
    this.#gateOf(webhookId).giveBack(count);
    this.#connectionGate(webhookId)?.giveBack(count);
    this.#letGo(webhookId);
  }

  /** Takes note of how an attempt ended. */
  attempted(webhookId: string, attempt: BreakerAttempt): void {
    this.#update(webhookId, (breaker) => ended(breaker, attempt, Date.now()));
  }

  /** Whether a delivery under way may make one more request; then it is counted. */
  mayRepeat(webhookId: string): boolean {
    if (this.breakerOf(webhookId).state !== 'closed') return false;
    const nowMs = Date.now();
    return this.#gateOf(webhookId).repeat(nowMs) && (this.#connectionGate(webhookId)?.repeat(nowMs) ?? true);
  }

  /** From when on the rate limits have room again; a time that is past when they have. */
  nextAtMs(webhookId: string): number {
    const nowMs = Date.now();
    const connection = this.#connectionGate(webhookId)?.nextAtMs(nowMs) ?? nowMs;
    return Math.max(this.#gateOf(webhookId).nextAtMs(nowMs), connection);
  }

  /** The breaker of a webhook. */
  breakerOf(webhookId: string): Breaker {
    return this.#breakers.get(webhookId) ?? CLOSED;
  }

  /** The webhooks whose breakers are not closed. */
  get broken(): string[] {
    return [...this.#breakers.keys()];
  }

  /** Forgets what is not needed any more: webhooks that are gone, limits that nothing counts against. */
  tidy(): void {
    const nowMs = Date.now();
    for (const gates of [this.#webhooks, this.#connections]) {
      for (const [name, gate] of gates) if (gate.isIdle(nowMs)) gates.delete(name);
    }
    for (const webhookId of this.#breakers.keys()) {
      if (!this.#registry.webhooks.has(webhookId)) this.#breakers.delete(webhookId);
    }
  }

  #shareOf({ id, enabled, concurrency }: Webhook): SlotLimits {
    return { enabled, concurrency: shareOf(concurrency, id, this.#membership) };
  }

  #rateShareOf(name: string, { rateLimit }: Pick<GateLimits, 'rateLimit'>): GateLimits {
    return { rateLimit: rateShareOf(rateLimit, name, this.#membership) };
  }

  #connectionShareOf(connection: Connection | undefined): GateLimits {
    if (connection === undefined) return {};
    const { name, concurrency } = connection;
    return {
      ...this.#rateShareOf(name, connection),
      concurrency: concurrency === undefined ? undefined : shareOf(concurrency, name, this.#membership),
    };
  }

  #update(webhookId: string, change: (breaker: Breaker) => Breaker): void {
    const breaker = change(this.breakerOf(webhookId));
    if (breaker === CLOSED) this.#breakers.delete(webhookId);
    else this.#breakers.set(webhookId, breaker);
  }

  #hold(webhookId: string): void {
    const name = this.#registry.webhooks.get(webhookId)?.connection?.name;
    if (name !== undefined) this.#heldBy.set(webhookId, name);
  }

  #letGo(webhookId: string): void {
    if (!this.isIdle(webhookId)) return;
    this.#heldBy.delete(webhookId);
    // A probe that came to nothing, such as one whose webhook was disabled meanwhile.
    this.#update(webhookId, (breaker) => givenUp(breaker, Date.now()));
  }

  #connectionGate(webhookId: string): Gate | undefined {
    const held = this.#heldBy.get(webhookId);
    const name =
      held ?? (this.isIdle(webhookId) ? this.#registry.webhooks.get(webhookId)?.connection?.name : undefined);
    return name === undefined ? undefined : gateIn(this.#connections, name);
  }

  #gateOf(webhookId: string): Gate {
    return gateIn(this.#webhooks, webhookId);
  }
}

function gateIn(gates: Map<string, Gate>, name: string): Gate {
  const known = gates.get(name);
  if (known !== undefined) return known;
  const made = new Gate();
  gates.set(name, made);
  return made;
}
