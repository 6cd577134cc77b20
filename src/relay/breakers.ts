import { begun, CLOSED, ended, givenUp, type Breaker, type BreakerAttempt } from './breaker.ts';

/** The breakers of all webhooks; those that are as they begin are not kept. All times are epoch milliseconds. */
export class Breakers {
  readonly #breakers = new Map<string, Breaker>();

  /** The breaker of a webhook. */
  of(webhookId: string): Breaker {
    return this.#breakers.get(webhookId) ?? CLOSED;
  }

  /** The webhooks whose breakers are not closed, or have counted a failure. */
  get webhookIds(): string[] {
    return [...this.#breakers.keys()];
  }

  /** A delivery is taken. When it is a probe, since when: that tells it from other probes. */
  begun(webhookId: string, nowMs: number): number | undefined {
    const before = this.of(webhookId);
    const after = this.#set(webhookId, begun(before, nowMs));
    return before.state === 'open' ? after.probeSinceMs : undefined;
  }

  /** An attempt has ended. */
  ended(webhookId: string, attempt: BreakerAttempt, nowMs: number): void {
    this.#set(webhookId, ended(this.of(webhookId), attempt, nowMs));
  }

  /** A probe has ended. If no attempt of it told how the target is, another may be sent at once. */
  probeReleased(webhookId: string, sinceMs: number, nowMs: number): void {
    const breaker = this.of(webhookId);
    if (breaker.probeSinceMs === sinceMs) this.#set(webhookId, givenUp(breaker, nowMs));
  }

  /** Forgets a webhook. */
  delete(webhookId: string): void {
    this.#breakers.delete(webhookId);
  }

  #set(webhookId: string, breaker: Breaker): Breaker {
    if (breaker === CLOSED) this.#breakers.delete(webhookId);
    else this.#breakers.set(webhookId, breaker);
    return breaker;
  }
}
