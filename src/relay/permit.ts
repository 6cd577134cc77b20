import type { BreakerAttempt } from './breaker.ts';
import type { Breakers } from './breakers.ts';
import type { Gate } from './gate.ts';
import type { Slots } from './slots.ts';

/** What a delivery has to ask before its requests. */
export interface RequestPermit {
  /** Whether there may be one more request; then room is kept for it until it is begun. */
  mayRepeat(): boolean;
  /** A request is begun: the first one, or one that there may be. */
  begin(): void;
}

/** Where the room of a permit was taken, and is given back. */
export interface PermitRoom {
  readonly webhookId: string;
  readonly slots: Slots;
  readonly breakers: Breakers;
  /** The gate of the webhook, and that of the connection it had when the room was taken. */
  readonly gates: readonly Gate[];
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/**
 * The room that one delivery has taken. It knows where it is from, so it is given back there whatever has become of the
 * webhook meanwhile.
 */
export class Permit implements RequestPermit {
  readonly #room: PermitRoom;
  /** Since when it has been a breaker's probe, if it is one. */
  readonly #probeSinceMs: number | undefined;
  /** Whether room is kept for a request that is not begun. */
  #keepsRoom = true;
  #isSent = false;
  #isReleased = false;

  /** Takes the room. */
  constructor(room: PermitRoom) {
    this.#room = room;
    room.slots.take(room.webhookId);
    for (const gate of room.gates) gate.take();
    this.#probeSinceMs = room.breakers.begun(room.webhookId, room.clock());
  }

  mayRepeat(): boolean {
    const { webhookId, breakers, gates, clock } = this.#room;
    if (breakers.of(webhookId).state !== 'closed') return false;
    if (this.#keepsRoom) return true;
    const nowMs = clock();
    if (!gates.every((gate) => gate.hasRoomToRepeat(nowMs))) return false;
    for (const gate of gates) gate.keepRoom();
    this.#keepsRoom = true;
    return true;
  }

  begin(): void {
    const nowMs = this.#room.clock();
    for (const gate of this.#room.gates) gate.begin(nowMs);
    this.#keepsRoom = false;
  }

  /** Tells how an attempt ended. */
  attempted(attempt: BreakerAttempt): void {
    const { webhookId, breakers, clock } = this.#room;
    breakers.ended(webhookId, attempt, clock());
  }

  /** Gives back what others need for the same target: it has answered, or is asked nothing. A second time changes nothing. */
  sent(): void {
    if (this.#isSent) return;
    this.#isSent = true;
    const { webhookId, slots, breakers, gates, clock } = this.#room;
    slots.sent(webhookId);
    for (const gate of gates) {
      if (this.#keepsRoom) gate.giveBackRoom();
      gate.release();
    }
    if (this.#probeSinceMs !== undefined) breakers.probeReleased(webhookId, this.#probeSinceMs, clock());
  }

  /** Gives all room back: the delivery has ended, or is not begun after all. A second time changes nothing. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.sent();
    this.#room.slots.release(this.#room.webhookId);
  }
}
