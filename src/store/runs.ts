import type { DeliveryState, StoredCdr } from './records.ts';

/** What a delivery can have become for good. */
export type FinalState = Exclude<DeliveryState, 'pending' | 'delivering'>;

/** Deliveries to be made again: those of which all that is given holds. None is in it before it is final. */
export interface RedeliverySelection {
  readonly deliveryId?: string | undefined;
  readonly webhookId?: string | undefined;
  /** What became of them; anything, if not given. */
  readonly states?: readonly FinalState[] | undefined;
  /** Created at this time or later; epoch milliseconds. */
  readonly sinceMs?: number | undefined;
  /** Created before this time. */
  readonly untilMs?: number | undefined;
}

/** Stored CDRs to be matched against the rules of today: those of which all that is given holds. */
export interface ReplaySelection {
  readonly cdrId?: string | undefined;
  readonly source?: string | undefined;
  /** Received at this time or later; epoch milliseconds. */
  readonly sinceMs?: number | undefined;
  /** Received before this time. */
  readonly untilMs?: number | undefined;
  /** The one webhook to match them against; whoever matches them heeds it. */
  readonly webhookId?: string | undefined;
  /** Whether webhooks that were delivered a CDR before get it once more. */
  readonly again?: boolean | undefined;
}

/** What a run is to do. */
export type RunTask =
  | { readonly kind: 'redeliver'; readonly selection: RedeliverySelection }
  | { readonly kind: 'replay'; readonly selection: ReplaySelection };

/** What a run would do if it began now. */
export interface Plan {
  /** How many deliveries, or CDRs for a replay, it would go through. */
  readonly total: number;
  /** How many of these deliveries it would not make again; of a replay that shows only when it is matched. */
  readonly skipped: number;
}

/** `running` until it has gone through everything, or is cancelled. */
export type RunState = 'running' | 'done' | 'cancelled';

/** A task that is carried out in small steps, each of them on record. */
export type Run = RunTask & {
  readonly id: string;
  readonly state: RunState;
  readonly createdAtMs: number;
  readonly finishedAtMs?: number | undefined;
  /**
   * Deliveries, or CDRs for a replay, that there were at its beginning. `done` may end a little above, when deliveries
   * became final meanwhile, or below, when CDRs were purged.
   */
  readonly total: number;
  /** How many of them it has gone through. */
  readonly done: number;
  /** New deliveries it has made; a cancelled run does not take them back. */
  readonly made: number;
  /** Deliveries it did not make, because the webhook has the CDR or is about to get it. */
  readonly skipped: number;
  readonly idempotencyKey?: string | undefined;
};

/** Which runs to list, newest first. */
export interface RunFilter {
  readonly state?: RunState | undefined;
  /** Only those older than this run. */
  readonly beforeId?: string | undefined;
  readonly limit: number;
}

/** The next CDRs of a replay. */
export interface ReplayPage {
  readonly runId: string;
  /** What the run has behind it, as an id; the page is good only as long as that is so. */
  readonly after: string;
  /** What it has behind it when this page is done. */
  readonly upTo: string;
  readonly cdrs: readonly StoredCdr[];
}

/** Thrown when a key that began one run is given for another task. */
export class IdempotencyKeyError extends Error {
  constructor(run: Run) {
    super(
      `this idempotency key has begun the run ${run.id} with another selection: use a new key for this one`,
    );
    this.name = 'IdempotencyKeyError';
  }
}

/**
 * Redelivery and replay. A run is a record; it goes on when somebody asks for its next step, on whatever node and however
 * often the process died in between. Each step is one transaction that makes its deliveries and moves the run past what
 * they were made of, so nothing is made twice and nothing is left out. Rejects with StoreUnavailableError as `Store` does.
 */
export interface RunStore {
  /** How much there is to do. Reads in small parts and changes nothing. */
  plan(task: RunTask): Promise<Plan>;

  /**
   * Begins a run over what there is now: what comes later is not in it. A key that is known gives the run it began, and
   * begins none; keys are forgotten when runs are purged.
   *
   * @throws IdempotencyKeyError when the key began a run with another task.
   */
  start(task: RunTask, idempotencyKey?: string): Promise<Run>;

  /** A run by its id. */
  find(id: string): Promise<Run | undefined>;
  /** Runs, newest first. */
  list(filter: RunFilter): Promise<Run[]>;

  /** Ends a run that is running where it is; one that has ended stays as it is. The deliveries it has made stay. */
  cancel(id: string): Promise<Run | undefined>;

  /**
   * Takes a redelivery's next step: looks at up to `limit` deliveries and makes those of its selection again, pending and
   * due now. Skipped are those whose CDR waits or is under way to the same webhook, those that the run makes again in a
   * newer delivery of the same CDR and webhook, and, unless delivered ones are asked for, those that a newer one has
   * delivered. Gives the run as it is then, `undefined` when no redelivery of this id is running.
   */
  redeliver(id: string, limit: number): Promise<Run | undefined>;

  /** The next CDRs of a replay, up to `limit`; `undefined` when no replay of this id is running. Changes nothing. */
  replayPage(id: string, limit: number): Promise<ReplayPage | undefined>;

  /**
   * Takes a replay's next step: makes deliveries of a page's CDRs, pending and due now. A page that is not the run's next
   * one, because it was done already, changes nothing. Skipped are webhooks to which the CDR waits or is under way, CDRs
   * purged meanwhile and, unless the selection says again, webhooks that were delivered it before. Gives the run as it is
   * then, `undefined` when it is not running.
   *
   * @param hits the webhooks that the CDRs hit, each once, by the CDRs' ids.
   */
  replay(page: ReplayPage, hits: ReadonlyMap<string, readonly string[]>): Promise<Run | undefined>;
}
