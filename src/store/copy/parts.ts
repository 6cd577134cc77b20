/** The type of a column, whatever a database calls it. */
export type ColumnType = 'text' | 'integer' | 'bytes';

/** One kind of record, as every store that can be copied gives and takes it. */
export interface Part {
  readonly name: PartName;
  /** The columns that tell its rows apart; they come in this order. */
  readonly key: readonly string[];
  /** By their names. */
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** The column by which calls are told. */
  readonly nameOfCall?: string;
}

/** The kinds of records. */
export type PartName =
  'cdrs' | 'deliveries' | 'attempts' | 'webhook_stats' | 'hourly_counts' | 'runs' | 'held_calls' | 'legs';

const DELIVERIES: Part = {
  name: 'deliveries',
  key: ['id'],
  columns: {
    id: 'text',
    cdr_id: 'text',
    webhook_id: 'text',
    // Never `delivering`: whoever held a lease is gone. It waits until the lease would have ended.
    state: 'text',
    attempts: 'integer',
    rounds: 'integer',
    lease_number: 'integer',
    due_at_ms: 'integer',
    created_at_ms: 'integer',
    finished_at_ms: 'integer',
    last_status: 'integer',
    last_error: 'text',
    redelivery_of: 'text',
    run_id: 'text',
  },
};

const WEBHOOK_STATS: Part = {
  name: 'webhook_stats',
  key: ['webhook_id'],
  columns: {
    webhook_id: 'text',
    hits: 'integer',
    delivered: 'integer',
    failed: 'integer',
    cancelled: 'integer',
    pending: 'integer',
    errors: 'integer',
    last_hit_at_ms: 'integer',
    last_delivered_at_ms: 'integer',
    last_failure_at_ms: 'integer',
    last_failure_status: 'integer',
    last_failure_error: 'text',
  },
};

/**
 * Everything that a store keeps. What can be told from it is left out: a database that recognises duplicates by a table of
 * its own fills that by the fingerprints of the CDRs.
 */
export const PARTS: readonly Part[] = [
  {
    name: 'cdrs',
    key: ['id'],
    nameOfCall: 'identity',
    columns: {
      id: 'text',
      source: 'text',
      vendor: 'text',
      received_at_ms: 'integer',
      hits: 'integer',
      fingerprint: 'bytes',
      identity: 'text',
      revision: 'text',
      violation: 'text',
      raw: 'text',
    },
  },
  DELIVERIES,
  {
    name: 'attempts',
    key: ['delivery_id', 'number'],
    columns: {
      delivery_id: 'text',
      number: 'integer',
      started_at_ms: 'integer',
      duration_ms: 'integer',
      status: 'integer',
      excerpt: 'text',
      error_code: 'text',
      error_message: 'text',
      request: 'text',
      response_headers: 'text',
    },
  },
  WEBHOOK_STATS,
  {
    name: 'hourly_counts',
    key: ['webhook_id', 'hour_ms'],
    columns: {
      webhook_id: 'text',
      hour_ms: 'integer',
      received: 'integer',
      matched: 'integer',
      delivered: 'integer',
      failed: 'integer',
    },
  },
  {
    name: 'runs',
    key: ['id'],
    columns: {
      id: 'text',
      kind: 'text',
      selection: 'text',
      state: 'text',
      created_at_ms: 'integer',
      finished_at_ms: 'integer',
      total: 'integer',
      done: 'integer',
      made: 'integer',
      skipped: 'integer',
      idempotency_key: 'text',
      cursor: 'text',
      to_id: 'text',
    },
  },
  {
    name: 'held_calls',
    key: ['source', 'group_key'],
    nameOfCall: 'group_key',
    columns: { source: 'text', group_key: 'text', due_at_ms: 'integer', legs: 'integer' },
  },
  {
    name: 'legs',
    // In the order in which they were held, which is not kept otherwise.
    key: ['position'],
    nameOfCall: 'group_key',
    columns: {
      position: 'integer',
      id: 'text',
      source: 'text',
      group_key: 'text',
      vendor: 'text',
      received_at_ms: 'integer',
      fingerprint: 'bytes',
      violation: 'text',
      raw: 'text',
      cdr_id: 'text',
    },
  },
];

/** SQL that gives the rows of a part where a database keeps them otherwise than the part has them. */
export type PartViews = Readonly<Partial<Record<PartName, string>>>;

/** SQL that gives the rows of a part, in no order. */
export function rowsOf({ name, columns }: Part, views: PartViews): string {
  return views[name] ?? `SELECT ${Object.keys(columns).join(', ')} FROM ${name}`;
}
