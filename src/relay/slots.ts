import type { Webhook } from '../webhooks/webhook.ts';

/** What limits the slots of a webhook. */
export type SlotLimits = Pick<Webhook, 'enabled' | 'concurrency'>;

/** For deliveries of a webhook that is no more: they are only cancelled, which takes no time. */
const ROOM_WITHOUT_WEBHOOK = 10;

/**
 * Counts what is under way, so that each webhook keeps to its concurrency and none takes the room of the others: while
 * more than half of all slots are taken, a webhook gets one only if it has none. A delivery is the webhook's until its target
 * has answered, and has its slot until that is on record: a store that does not take what was sent stops the sending.
 */
export class Slots {
  readonly #max: number;
  /** From here on a webhook gets a slot only if it has none. */
  readonly #scarceFrom: number;
  readonly #taken = new Map<string, number>();
  #total = 0;

  /** @param max deliveries under way at the same time over all webhooks. */
  constructor(max: number) {
    this.#max = max;
    this.#scarceFrom = Math.ceil(max / 2);
  }

  /** Whether a webhook has nothing under way to its target. */
  isIdle(webhookId: string): boolean {
    return !this.#taken.has(webhookId);
  }

  /** Whether no webhook may have any more under way. */
  get isFull(): boolean {
    return this.#total >= this.#max;
  }

  /** Whether so many are taken that no webhook gets more than one. */
  get isScarce(): boolean {
    return this.#total >= this.#scarceFrom;
  }

  /** How many more deliveries a webhook may have under way. */
  room(webhookId: string, webhook: SlotLimits | undefined): number {
    const taken = this.#taken.get(webhookId) ?? 0;
    if (this.isFull || webhook?.enabled === false) return 0;
    const most = this.isScarce ? 1 : this.#scarceFrom;
    return Math.max(0, Math.min(webhook?.concurrency ?? ROOM_WITHOUT_WEBHOOK, most) - taken);
  }

  /** A webhook has one more delivery under way. */
  take(webhookId: string): void {
    this.#taken.set(webhookId, (this.#taken.get(webhookId) ?? 0) + 1);
    this.#total += 1;
  }

  /** A delivery of a webhook needs nothing of its target any more. */
  sent(webhookId: string): void {
    const left = (this.#taken.get(webhookId) ?? 0) - 1;
    if (left > 0) this.#taken.set(webhookId, left);
    else this.#taken.delete(webhookId);
  }

  /** A delivery has ended. */
  release(): void {
    this.#total -= 1;
  }
}
