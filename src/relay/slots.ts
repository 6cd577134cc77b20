import type { Webhook } from '../webhooks/webhook.ts';

/** What limits the slots of a webhook. */
export type SlotLimits = Pick<Webhook, 'enabled' | 'concurrency'>;

/** For deliveries of a webhook that is no more: they are only cancelled, which takes no time. */
const ROOM_WITHOUT_WEBHOOK = 10;

/** What a webhook has of the slots. */
interface Share {
  /** Deliveries that wait for its target. */
  underWay: number;
  /** These, and those that are sent and not on record. */
  taken: number;
}

/**
 * Counts what is under way, so that each webhook keeps to its concurrency and none takes the room of the others: while
 * more than half of all slots are taken, a webhook gets one only if it has none. A target need not wait until what it got is
 * on record, but as much as its concurrency may be sent and not be on record: so much is repeated after a crash, and a store
 * that takes nothing stops the sending.
 */
export class Slots {
  readonly #max: number;
  /** From here on a webhook gets a slot only if it has none. */
  readonly #scarceFrom: number;
  readonly #shares = new Map<string, Share>();
  #total = 0;

  /** @param max deliveries under way at the same time over all webhooks. */
  constructor(max: number) {
    this.#max = max;
    this.#scarceFrom = Math.ceil(max / 2);
  }

  /** Whether a webhook has nothing under way to its target. */
  isIdle(webhookId: string): boolean {
    return this.#of(webhookId).underWay === 0;
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
    if (this.isFull || webhook?.enabled === false) return 0;
    const { underWay, taken } = this.#of(webhookId);
    const concurrency = webhook?.concurrency ?? ROOM_WITHOUT_WEBHOOK;
    const most = this.isScarce ? 1 : this.#scarceFrom;
    return Math.max(0, Math.min(Math.min(concurrency, most) - underWay, 2 * concurrency - taken));
  }

  /** A webhook has one more delivery under way. */
  take(webhookId: string): void {
    const share = this.#of(webhookId);
    this.#shares.set(webhookId, share);
    share.underWay += 1;
    share.taken += 1;
    this.#total += 1;
  }

  /** A delivery of a webhook needs nothing of its target any more. */
  sent(webhookId: string): void {
    this.#of(webhookId).underWay -= 1;
  }

  /** A delivery of a webhook, which was sent, has ended. */
  release(webhookId: string): void {
    const share = this.#of(webhookId);
    share.taken -= 1;
    if (share.taken === 0) this.#shares.delete(webhookId);
    this.#total -= 1;
  }

  #of(webhookId: string): Share {
    return this.#shares.get(webhookId) ?? { underWay: 0, taken: 0 };
  }
}
