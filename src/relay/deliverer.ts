import type { Lease, Outcome, Settlement } from '../store/records.ts';
import type { Registry } from '../webhooks/registry.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { recordOf, type AttemptResult } from './attempt-result.ts';
import type { Breaker } from './breaker.ts';
import type { LeaseKeeper } from './lease-keeper.ts';
import { unlessOrphan, webhookOf } from './orphan.ts';
import type { Permit } from './permit.ts';
import { outcomeOf } from './retry-policy.ts';
import type { Sender } from './sender.ts';
import { verdictOf } from './verdict.ts';

/** Who wants to know what the relay does. */
export interface RelayObserver {
  /** An attempt has ended. `number` is 1 for a delivery's first. */
  attempted(lease: Lease, attempt: AttemptResult, number: number): void;
  /** A delivery has become final or was put back to wait, and that is on record. Not told of a lease that was lost. */
  settled(lease: Lease, outcome: Outcome): void;
  /** A webhook's breaker has opened, or closed again. */
  breakerChanged(webhookId: string, breaker: Breaker): void;
  /** The store did not take something; it is tried again. */
  storeFailed(error: unknown): void;
  /** The store can do its work. */
  storeAnswered(): void;
  /** Something in Hookswitch itself went wrong. */
  failed(error: unknown): void;
}

/** What delivering needs. */
export interface DelivererOptions {
  readonly registry: Registry;
  readonly sender: Pick<Sender, 'send'>;
  readonly leases: Pick<LeaseKeeper, 'settle'>;
  readonly observer: RelayObserver;
  readonly breakerOf: (webhookId: string) => Breaker;
  /** Called when a target has answered that it is gone for good: its webhook, as it was then, should be disabled. */
  readonly onGone: (webhook: Webhook) => void;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** A number from 0 to 1, another each time. */
  readonly random: () => number;
}

/** Gives the lease back as it was. */
export const GIVE_BACK: Outcome = { state: 'pending', delayMs: 0, countsAsRound: false };

/** Has the attempts of a lease made, and settles it by how they ended: in two steps, because a target need not wait for the disk. */
export class Deliverer {
  readonly #options: DelivererOptions;

  constructor(options: DelivererOptions) {
    this.#options = options;
  }

  /**
   * Delivers what a lease is for, or tries to. The permit stays with the caller.
   *
   * @param signal cuts it off.
   * @returns what came of it, to be put on record.
   */
  async deliver(lease: Lease, permit: Permit, signal: AbortSignal): Promise<Settlement> {
    const { registry, onGone } = this.#options;
    // Looked up now and not when the CDR matched, so that a corrected webhook helps what already waits.
    const webhook = webhookOf(lease, registry);
    const attempts = webhook?.enabled === true ? await this.#send(webhook, lease, permit, signal) : [];
    const outcome = unlessOrphan(this.#outcomeOf(webhook, lease, attempts, signal), lease, registry);
    if (webhook !== undefined && attempts.at(-1)?.verdict === 'gone') onGone(webhook);
    return { lease, attempts: attempts.map(recordOf), outcome };
  }

  /** Puts on record what came of a delivery. */
  async settle(settlement: Settlement): Promise<void> {
    const { observer, leases } = this.#options;
    const { lease, outcome } = settlement;
    const held = await leases.settle([settlement]);
    if (held.includes(lease))
      this.#tell(() => {
        observer.settled(lease, outcome);
      });
  }

  async #send(webhook: Webhook, lease: Lease, permit: Permit, signal: AbortSignal): Promise<AttemptResult[]> {
    const attempts: AttemptResult[] = [];
    const startedAtMs = this.#options.clock();
    const onAttempt = (attempt: AttemptResult): void => {
      attempts.push(attempt);
      this.#attempted(lease, permit, attempt, lease.attempts + attempts.length);
    };
    try {
      await this.#options.sender.send(webhook, lease.cdr, { onAttempt, permit, signal });
    } catch (error) {
      this.#options.observer.failed(error);
      onAttempt(this.#internalFailure(webhook, startedAtMs));
    }
    return attempts;
  }

  /** A mistake of ours counts as an attempt, so that it is seen and the delivery comes to an end. */
  #internalFailure(webhook: Webhook, startedAtMs: number): AttemptResult {
    const message = 'something in Hookswitch itself went wrong; its log tells more under internal.failed';
    const error = { code: 'ERR_INTERNAL', message };
    const verdict = verdictOf({ error, isAmbiguous: true }, webhook);
    return { startedAtMs, durationMs: this.#options.clock() - startedAtMs, verdict, error };
  }

  #attempted(lease: Lease, permit: Permit, attempt: AttemptResult, number: number): void {
    const { observer, breakerOf } = this.#options;
    const { webhookId } = lease;
    const before = breakerOf(webhookId).openedAtMs;
    permit.attempted(attempt);
    const breaker = breakerOf(webhookId);
    this.#tell(() => {
      observer.attempted(lease, attempt, number);
      if ((before === undefined) !== (breaker.openedAtMs === undefined))
        observer.breakerChanged(webhookId, breaker);
    });
  }

  /** Whoever is told must not change what becomes of the delivery. */
  #tell(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#options.observer.failed(error);
    }
  }

  #outcomeOf(
    webhook: Webhook | undefined,
    lease: Lease,
    attempts: readonly AttemptResult[],
    signal: AbortSignal,
  ): Outcome {
    const last = attempts.at(-1);
    // A burst cut short is not held against the delivery.
    const wasCutOff = signal.aborted && (last === undefined || last.verdict === 'retry');
    if (webhook === undefined || last === undefined || wasCutOff) return GIVE_BACK;
    return outcomeOf(last, lease.rounds, webhook.retry, this.#options.random());
  }
}
