import type { Breaker } from '../../relay/breaker.ts';
import type { Attempt, Delivery, StoredCdr, WebhookStats } from '../../store/records.ts';
import type { Run } from '../../store/runs.ts';

/** Epoch milliseconds as RFC 3339 in UTC; null stands for what has not happened. */
export function time(atMs: number | undefined): string | null {
  return atMs === undefined ? null : new Date(atMs).toISOString();
}

/** How it stands with a webhook's target; while it is not `closed`, what is sent are probes. */
export function showBreaker({ state, openedAtMs, nextProbeAtMs }: Breaker): object {
  return { state, openedAt: time(openedAtMs), nextProbeAt: time(nextProbeAtMs) };
}

/** The counters of a webhook that was never hit. */
const NO_STATS: WebhookStats = { hits: 0, delivered: 0, failed: 0, cancelled: 0, pending: 0, errors: 0 };

/** The counters of a webhook. */
export function showStats(stats: WebhookStats = NO_STATS): object {
  const { hits, delivered, failed, cancelled, pending, errors, lastFailure } = stats;
  return {
    hits,
    lastHitAt: time(stats.lastHitAtMs),
    delivered,
    failed,
    cancelled,
    pending,
    lastDeliveredAt: time(stats.lastDeliveredAtMs),
    lastFailure: lastFailure === undefined ? null : showFailure(lastFailure),
    evaluationErrors: errors,
  };
}

function showFailure({ atMs, status, error }: NonNullable<WebhookStats['lastFailure']>): object {
  return { at: time(atMs), statusCode: status ?? null, error };
}

export function showDelivery(delivery: Delivery): object {
  return {
    id: delivery.id,
    webhookId: delivery.webhookId,
    cdrId: delivery.cdrId,
    state: delivery.state,
    attemptCount: delivery.attempts,
    createdAt: time(delivery.createdAtMs),
    nextAttemptAt: time(delivery.dueAtMs),
    finishedAt: time(delivery.finishedAtMs),
    lastStatusCode: delivery.lastStatus ?? null,
    lastError: delivery.lastError ?? null,
    redeliveryOf: delivery.redeliveryOf ?? null,
    runId: delivery.runId ?? null,
  };
}

export function showAttempt(attempt: Attempt): object {
  return {
    number: attempt.number,
    at: time(attempt.startedAtMs),
    durationMs: attempt.durationMs,
    statusCode: attempt.status ?? null,
    excerpt: attempt.excerpt ?? null,
    error: attempt.error ?? null,
    request: attempt.request ?? null,
    responseHeaders: attempt.responseHeaders ?? null,
  };
}

export function showRun({ id, kind, state, selection, ...run }: Run): object {
  const { sinceMs, untilMs, ...others } = selection;
  const span = {
    ...(sinceMs === undefined ? {} : { since: time(sinceMs) }),
    ...(untilMs === undefined ? {} : { until: time(untilMs) }),
  };
  return {
    id,
    kind,
    state,
    selection: { ...others, ...span },
    createdAt: time(run.createdAtMs),
    finishedAt: time(run.finishedAtMs),
    total: run.total,
    done: run.done,
    made: run.made,
    skipped: run.skipped,
  };
}

export function showCdr(cdr: StoredCdr): object {
  return {
    id: cdr.id,
    source: cdr.source,
    vendor: cdr.vendor,
    receivedAt: time(cdr.receivedAtMs),
    hits: cdr.hits,
    identity: cdr.identity ?? null,
    revision: cdr.revision ?? null,
    violation: cdr.violation ?? null,
  };
}
