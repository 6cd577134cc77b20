import type { Webhook } from '../webhooks/webhook.ts';

/** What limits the slots of a webhook. */
export type SlotLimits = Pick<Webhook, 'enabled' | 'concurrency'>;

/** For deliveries of a webhook that is no more: they are only cancelled, which takes no time. */
const ROOM_WITHOUT_WEBHOOK = 10;

/**
 * Counts what is under way, so that each webhook keeps to its concurrency and none takes the room of the others: while
 * more than half of all slots are taken, a webhook gets one only if it has none.
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

  /** Whether a webhook has nothing under way. */
  isIdle(webhookId: string): boolean {
    return !this.#taken.has(webhookId);
  }

  /** Whether no webhook may have any more under way. */
  get isFull(): boolean {
    return this.#total >= this.#max;
  }

  /** How many more deliveries a webhook may have under way. */
  room(webhookId: string, webhook: SlotLimits | undefined): number {
    const taken = this.#taken.get(webhookId) ?? 0;
    if (this.isFull || webhook?.enabled === false) return 0;
    const most = this.#total >= this.#scarceFrom ? 1 : this.#scarceFrom;
    return Math.max(0, Math.min(webhook?.concurrency ?? ROOM_WITHOUT_WEBHOOK, most) - taken);
  }

  /** A webhook has one more delivery under way. */
  take(webhookId: string): void {
    this.#taken.set(webhookId, (this.#taken.get(webhookId) ?? 0) + 1);
    this.#total += 1;
  }

  /** A delivery of a webhook has ended. */
  release(webhookId: string): void {
    const left = (this.#taken.get(webhookId) ?? 0) - 1;
    if (left > 0) this.#taken.set(webhookId, left);
    else this.#taken.delete(webhookId);
    this.#total -= 1;
  }
}
