import type { Breaker } from '../../relay/breaker.ts';
import { whyUnindexed } from '../../match/indexability.ts';
import { warningAt, type Problem } from '../../check/problem.ts';
import type { HourlyCounts, WebhookStats } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import { checkWebhook, type TargetProblem } from '../../webhooks/check-webhooks.ts';
import { checkSurroundings, type RouterSurroundings } from '../../webhooks/check-surroundings.ts';
import { maskDocument } from '../../webhooks/secrets.ts';
import type { Webhook } from '../../webhooks/webhook.ts';
import { bucketsOf, bucketStart, lastDay, type Span } from './buckets.ts';
import { showBreaker, showStats } from './representations.ts';
import { TlsProblems } from './tls-problems.ts';

/** Tells how it stands with a webhook's target; the relay's dispatcher. */
export interface Breakers {
  breakerOf(webhookId: string): Breaker;
}

/** What it takes to show webhooks. */
export interface ShownWebhooksOptions {
  readonly store: Store;
  readonly breakers: Breakers;
  /** Which targets are refused. */
  readonly targetProblem: TargetProblem;
  /** What webhooks rely on in this router. */
  readonly surroundings: RouterSurroundings;
}

/** What of a webhook changes only with what its editors write. */
type Findings = Pick<ReturnType<typeof findingsOf>, 'warnings' | 'indexable'>;

/**
 * Shows webhooks as the API has them: what their editors wrote, secrets masked, with `id` and `enabled`, their counters, how
 * it stands with their targets, and what may surprise in them.
 */
export class ShownWebhooks {
  readonly #options: ShownWebhooksOptions;
  readonly #tlsProblems = new TlsProblems();
  /** A webhook in force never changes, and checking one costs more than all the rest. */
  readonly #findings = new WeakMap<Webhook, Findings>();

  constructor(options: ShownWebhooksOptions) {
    this.#options = options;
  }

  /** Shows webhooks in their order. */
  async show(webhooks: readonly Webhook[]): Promise<object[]> {
    const { store } = this.#options;
    const ids = webhooks.map(({ id }) => id);
    const span = lastDay(Date.now());
    const [stats, hours] = await Promise.all([
      store.stats(ids),
      store.hourlyOf(ids, bucketStart(span.startMs, span.bucketMs)),
    ]);
    return webhooks.map((webhook) =>
      this.#show(webhook, stats.get(webhook.id), hitsOf(hours.get(webhook.id) ?? [], span)),
    );
  }

  #show(webhook: Webhook, stats: WebhookStats | undefined, hourly: readonly number[]): object {
    const { id, name, url, enabled = true, conditions = [], ...others } = maskDocument(webhook.document);
    const { warnings, indexable } = this.#findingsOf(webhook);
    return {
      ...{ id, name, url, enabled, ...offReasonOf(enabled, stats), conditions, ...others },
      stats: { ...showStats(stats), hourly },
      warnings: [...warnings, ...this.#warningsToday(webhook)],
      indexable,
      backlog: { pending: stats?.pending ?? 0 },
      breaker: showBreaker(this.#options.breakers.breakerOf(id)),
    };
  }

  /** What may be otherwise tomorrow, with the same webhook. */
  #warningsToday(webhook: Webhook): object[] {
    const problems = checkSurroundings(webhook, '', this.#options.surroundings);
    const tlsProblem = webhook.tls === undefined ? undefined : this.#tlsProblems.of(webhook.tls);
    if (tlsProblem !== undefined) {
      const isOwn = webhook.document.tls !== undefined;
      problems.push(warningAt(isOwn ? '/tls' : '/connection', tlsProblem));
    }
    return problems.map(showWarning);
  }

  #findingsOf(webhook: Webhook): Findings {
    const known = this.#findings.get(webhook);
    if (known !== undefined) return known;
    const found = findingsOf(webhook, this.#options.targetProblem);
    this.#findings.set(webhook, found);
    return found;
  }
}

function showWarning({ pointer, message }: Problem): object {
  return { pointer, detail: message };
}

/** A target that answers 410 has its webhook switched off; whoever finds it off should know. */
function offReasonOf(enabled: boolean, stats: WebhookStats | undefined): { offReason?: string } {
  const { lastFailure, lastDeliveredAtMs = 0 } = stats ?? {};
  const isGone = lastFailure?.status === GONE && lastFailure.atMs >= lastDeliveredAtMs;
  return enabled || !isGone ? {} : { offReason: 'The target answered 410 (gone), so it was switched off' };
}

/** The resource is gone for good (RFC 9110 §15.5.11). */
const GONE = 410;

/** Hits in each hour, the oldest first. */
function hitsOf(hours: readonly HourlyCounts[], span: Span): number[] {
  return bucketsOf(hours, span).map(({ matched }) => matched);
}

function findingsOf({ document, conditions }: Webhook, targetProblem: TargetProblem) {
  const problems = checkWebhook(document, '', { targetProblem });
  const reason = whyUnindexed(conditions);
  return {
    warnings: problems.map(showWarning),
    indexable: reason === undefined ? { indexed: true } : { indexed: false, reason },
  };
}
