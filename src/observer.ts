import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { hasErrors, problemLine } from './check/problem.ts';
import type { TrialObserver } from './http/api/trials.ts';
import type { MetricsSource } from './http/operations.ts';
import type { ProblemKind, ProblemObserver } from './http/problem.ts';
import type { IntakeObserver } from './intake/acceptance.ts';
import type { SourceState } from './intake/source-watch.ts';
import type { RunObserver } from './runs/run-worker.ts';
import { isoTime, reasonOf, type Log } from './log.ts';
import type { Breaker } from './relay/breaker.ts';
import type { RelayObserver } from './relay/deliverer.ts';
import type { AttemptResult } from './relay/attempt-result.ts';
import type { Held, NewLeg } from './store/held-calls.ts';
import type { Accepted, Lease, NewCdr, Outcome } from './store/records.ts';
import type { Run } from './store/runs.ts';
import { RecordingObserver } from './recording-observer.ts';
import { SourceObserver } from './source-observer.ts';
import { StoreObserver } from './store-observer.ts';
import type { RulesStatus } from './webhooks/rules.ts';
import type { SecretsStatus } from './webhooks/secrets-file.ts';

/** Figures that are looked up when somebody asks for the metrics. */
export interface Readings {
  readonly pending: () => Promise<number>;
  readonly inFlight: () => number;
  readonly heldCalls: () => Promise<number>;
  readonly overdueMs: () => number;
  readonly webhooks: () => number;
  readonly brokenTargets: () => number;
  readonly sources: () => readonly SourceState[];
}

/** Who else is told of some of the stages of a CDR's way, and of the rules. */
export type Follower = Partial<
  Pick<IntakeObserver, 'received'> & Pick<RelayObserver, 'attempted' | 'settled' | 'breakerChanged'>
> & { rulesChanged?(status: RulesStatus): void };

/** Makes one log line of each stage of a CDR's way, and counts it for `/metrics`. */
export class Observer
  implements IntakeObserver, RunObserver, RelayObserver, TrialObserver, ProblemObserver, MetricsSource
{
  readonly #log: Log;
  readonly #registry = new Registry();
  readonly #received = this.#counter('cdrs_received_total', 'CDRs taken in, duplicates too', ['source']);
  readonly #legs = this.#counter('legs_received_total', 'Legs taken in, duplicates too', ['source']);
  readonly #duplicates = this.#counter('cdrs_duplicate_total', 'CDRs that had come before', ['source']);
  readonly #unmatched = this.#counter('cdrs_unmatched_total', 'CDRs that hit no webhook', ['source']);
  readonly #refused = this.#counter('cdrs_refused_total', 'Requests with CDRs that were refused', ['reason']);
  readonly #attempts = this.#counter('attempts_total', 'HTTP calls to targets, by status class', ['result']);
  readonly #deliveries = this.#counter('deliveries_total', 'Deliveries that became final', ['state']);
  readonly #attemptSeconds = new Histogram({
    name: 'hookswitch_attempt_seconds',
    help: 'How long HTTP calls to targets took',
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
    registers: [this.#registry],
  });
  readonly #rulesValid = new Gauge({
    name: 'hookswitch_rules_valid',
    help: '1 when the rules file as it is now is in force',
    registers: [this.#registry],
  });

  readonly #followers: Follower[] = [];
  /** What is told of sources themselves, and of files. */
  readonly sources: SourceObserver;
  readonly recordings: RecordingObserver;
  readonly #store: StoreObserver;

  constructor(log: Log) {
    this.#log = log;
    this.sources = new SourceObserver(log, this.#registry);
    this.recordings = new RecordingObserver(log, this.#registry);
    this.#store = new StoreObserver(log, this.#registry);
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Tells somebody else too from now on. */
  follow(follower: Follower): void {
    this.#followers.push(follower);
  }

  /** Adds the figures that are read when asked for. */
  watch(readings: Readings): void {
    this.#gauge('deliveries_pending', 'Deliveries not yet final', readings.pending);
    this.#gauge('calls_held', 'Calls whose legs wait for each other', readings.heldCalls);
    this.#gauge('deliveries_in_flight', 'Deliveries under way', readings.inFlight);
    const overdue = (): number => readings.overdueMs() / 1_000;
    this.#gauge('overdue_seconds', 'How long something that could be sent has not been', overdue);
    this.#gauge('webhooks', 'Webhooks in force', readings.webhooks);
    this.#gauge('breakers_open', 'Webhooks to which nothing but probes is sent', readings.brokenTargets);
    this.sources.watch(readings.sources);
  }

  received(cdr: NewCdr, accepted: Accepted): void {
    for (const follower of this.#followers) follower.received?.(cdr, accepted);
    const { id, duplicate } = accepted;
    const { source, vendor, violation, hits, errors } = cdr;
    this.#received.inc({ source });
    if (duplicate) this.#duplicates.inc({ source });
    else if (hits.length === 0) this.#unmatched.inc({ source });
    this.#log.info(
      { cdrId: id, source, vendor, characters: cdr.raw.length, hits: hits.length, duplicate, violation },
      'cdr.received',
    );
    if (errors.length > 0) this.#log.warn({ cdrId: id, webhookIds: errors }, 'condition.failed');
  }

  held({ source, vendor, raw, violation }: NewLeg, { id, duplicate }: Held): void {
    this.#legs.inc({ source });
    this.#log.info({ legId: id, source, vendor, characters: raw.length, duplicate, violation }, 'leg.held');
  }

  attempted(lease: Lease, attempt: AttemptResult, number: number): void {
    for (const follower of this.#followers) follower.attempted?.(lease, attempt, number);
    const { deliveryId, webhookId, cdr } = lease;
    const { status, durationMs, error, verdict } = attempt;
    this.#attempts.inc({ result: status === undefined ? 'none' : `${Math.floor(status / 100)}xx` });
    this.#attemptSeconds.observe(durationMs / 1_000);
    const line = {
      deliveryId,
      webhookId,
      cdrId: cdr.id,
      attempt: number,
      status,
      durationMs,
      error: error?.code,
    };
    this.#log[verdict === 'delivered' ? 'info' : 'warn'](line, 'delivery.attempted');
  }

  settled(lease: Lease, outcome: Outcome): void {
    for (const follower of this.#followers) follower.settled?.(lease, outcome);
    const { deliveryId, webhookId, cdr } = lease;
    if (outcome.state === 'pending') return;
    this.#deliveries.inc({ state: outcome.state });
    if (outcome.state !== 'delivered')
      this.#log.warn({ deliveryId, webhookId, cdrId: cdr.id }, `delivery.${outcome.state}`);
  }

  /** Somebody has cancelled deliveries that waited. */
  cancelled(count: number): void {
    this.#deliveries.inc({ state: 'cancelled' }, count);
  }

  breakerChanged(webhookId: string, breaker: Breaker): void {
    for (const follower of this.#followers) follower.breakerChanged?.(webhookId, breaker);
    const { openedAtMs, nextProbeAtMs } = breaker;
    if (openedAtMs === undefined) this.#log.info({ webhookId }, 'breaker.closed');
    else this.#log.warn({ webhookId, nextProbeAt: isoTime(nextProbeAtMs) }, 'breaker.opened');
  }

  tried(webhookId: string | null, { status, durationMs, error }: AttemptResult): void {
    this.#log.info({ webhookId, status, durationMs, error: error?.code }, 'webhook.tried');
  }

  /** A target answered 410, so its webhook is disabled; or that could not be done. */
  webhookGone(webhookId: string, error?: unknown): void {
    const reason = error === undefined ? undefined : reasonOf(error);
    this.#log.warn({ webhookId, disabled: error === undefined, reason }, 'webhook.gone');
  }

  runDone({ id, kind, total, done, made, skipped }: Run): void {
    this.#log.info({ runId: id, kind, total, done, made, skipped }, 'run.done');
  }

  storeFailed(error: unknown): void {
    this.#store.failed(error);
  }

  storeAnswered(): void {
    this.#store.answered();
  }

  /** A request could not be captured; it was answered all the same. Or old captures could not be removed. */
  captureFailed(source: string | undefined, error: unknown): void {
    this.#log.warn({ source, reason: reasonOf(error) }, 'capture.failed');
  }

  /** Something in Hookswitch itself went wrong. */
  failed(error: unknown): void {
    this.#log.error(
      { reason: reasonOf(error), stack: error instanceof Error ? error.stack : undefined },
      'internal.failed',
    );
  }

  refused(path: string, kind: ProblemKind): void {
    // A sender that is refused may lose a call, a client of the API only has to read its answer.
    if (!path.startsWith('/cdr')) return;
    this.#refused.inc({ reason: kind });
    this.#log.warn({ path: path.slice(0, 100), reason: kind }, 'cdr.refused');
  }

  /** Other rules are in force, or the rules file's errors have changed. */
  rulesChanged(status: RulesStatus, webhooks: number): void {
    for (const follower of this.#followers) follower.rulesChanged?.(status);
    const { kind, path, loadedAt, warnings, errors } = status;
    this.#rulesValid.set(errors.length === 0 ? 1 : 0);
    if (errors.length > 0) this.#log.error({ kind, path, errors: errors.map(problemLine) }, 'rules.rejected');
    else this.#log.info({ kind, path, webhooks, loadedAt, warnings: warnings.length }, 'rules.loaded');
  }

  /** The table of rules was empty and has got those of the rules file. */
  rulesSeeded(path: string): void {
    this.#log.info({ path }, 'rules.seeded');
  }

  /** There is a rules file, and the table of rules is used instead of it. */
  rulesFileUnused(path: string): void {
    this.#log.info({ path, reason: 'the rules are in the database' }, 'rules.file-unused');
  }

  /** The secrets file has been read, or cannot be. */
  secretsChanged({ path, names, problems }: SecretsStatus): void {
    const line = { path, names, ...(problems.length === 0 ? {} : { problems: problems.map(problemLine) }) };
    if (hasErrors(problems)) this.#log.error(line, 'secrets.rejected');
    else this.#log[problems.length === 0 ? 'info' : 'warn'](line, 'secrets.loaded');
  }

  /** A token endpoint has put another refresh token in the place of the one in the rules, which may be of no use now. */
  refreshTokenRotated(owner: string): void {
    this.#log.warn({ owner }, 'auth.refresh-token-rotated');
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  metrics(): Promise<string> {
    return this.#registry.metrics();
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name: `hookswitch_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, read: () => number | Promise<number>): void {
    const gauge: Gauge = new Gauge({
      name: `hookswitch_${name}`,
      help,
      registers: [this.#registry],
      collect: async () => {
        // Figures of the store are not to be had while it is not; the others are wanted all the more.
        const value = await Promise.resolve(read()).catch(() => undefined);
        if (value === undefined) gauge.reset();
        else gauge.set(value);
      },
    });
  }
}
