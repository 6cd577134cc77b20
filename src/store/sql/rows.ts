import type { HeldLeg, WaitingCall } from '../held-calls.ts';
import type {
  Attempt,
  AttemptRequest,
  Delivery,
  DeliveryState,
  HourlyCounts,
  Lease,
  StoredCdr,
  WebhookStats,
} from '../records.ts';
import { integer, optionalInteger, optionalText, text, type Row } from './columns.ts';

/** The columns of `cdrs` that a StoredCdr is made of. */
export const CDR_COLUMNS =
  'c.id, c.source, c.vendor, c.received_at_ms, c.hits, c.identity, c.revision, c.violation, c.raw';

export function toCdr(row: Row): StoredCdr {
  return {
    id: text(row['id']),
    source: text(row['source']),
    vendor: text(row['vendor']),
    receivedAtMs: integer(row['received_at_ms']),
    hits: integer(row['hits']),
    identity: optionalText(row['identity']),
    revision: optionalText(row['revision']),
    violation: optionalText(row['violation']),
    raw: text(row['raw']),
  };
}

/** Needs the columns of the delivery's CDR, and the delivery's own under `delivery_id` and their names. */
export function toLease(row: Row): Lease {
  return {
    deliveryId: text(row['delivery_id']),
    webhookId: text(row['webhook_id']),
    cdr: toCdr(row),
    number: integer(row['lease_number']),
    attempts: integer(row['attempts']),
    rounds: integer(row['rounds']),
  };
}

export function toDelivery(row: Row): Delivery {
  return {
    id: text(row['id']),
    cdrId: text(row['cdr_id']),
    webhookId: text(row['webhook_id']),
    state: text(row['state']) as DeliveryState,
    attempts: integer(row['attempts']),
    createdAtMs: integer(row['created_at_ms']),
    redeliveryOf: optionalText(row['redelivery_of']),
    runId: optionalText(row['run_id']),
    dueAtMs: optionalInteger(row['due_at_ms']),
    finishedAtMs: optionalInteger(row['finished_at_ms']),
    lastStatus: optionalInteger(row['last_status']),
    lastError: optionalText(row['last_error']),
  };
}

export function toAttempt(row: Row): Attempt {
  const code = optionalText(row['error_code']);
  return {
    number: integer(row['number']),
    startedAtMs: integer(row['started_at_ms']),
    durationMs: integer(row['duration_ms']),
    status: optionalInteger(row['status']),
    excerpt: optionalText(row['excerpt']),
    error: code === undefined ? undefined : { code, message: text(row['error_message']) },
    request: parsed(row['request']) as AttemptRequest | undefined,
    responseHeaders: parsed(row['response_headers']) as Attempt['responseHeaders'],
  };
}

/** A column with JSON in it that may be null. */
function parsed(value: Row[string] | undefined): unknown {
  const json = optionalText(value);
  return json === undefined ? undefined : JSON.parse(json);
}

export function toStats(row: Row): WebhookStats {
  const failedAtMs = optionalInteger(row['last_failure_at_ms']);
  const status = optionalInteger(row['last_failure_status']);
  return {
    hits: integer(row['hits']),
    lastHitAtMs: optionalInteger(row['last_hit_at_ms']),
    delivered: integer(row['delivered']),
    lastDeliveredAtMs: optionalInteger(row['last_delivered_at_ms']),
    failed: integer(row['failed']),
    cancelled: integer(row['cancelled']),
    pending: integer(row['pending']),
    errors: integer(row['errors']),
    lastFailure:
      failedAtMs === undefined
        ? undefined
        : {
            atMs: failedAtMs,
            error: text(row['last_failure_error']),
            ...(status === undefined ? {} : { status }),
          },
  };
}

export function toHourlyCounts(row: Row): HourlyCounts {
  return {
    hourMs: integer(row['hour_ms']),
    received: integer(row['received']),
    matched: integer(row['matched']),
    delivered: integer(row['delivered']),
    failed: integer(row['failed']),
  };
}

export function toLeg(row: Row): HeldLeg {
  return {
    id: text(row['id']),
    vendor: text(row['vendor']),
    receivedAtMs: integer(row['received_at_ms']),
    violation: optionalText(row['violation']),
    raw: text(row['raw']),
  };
}

export function toWaitingCall(row: Row): WaitingCall {
  return {
    source: text(row['source']),
    groupKey: text(row['group_key']),
    legs: integer(row['legs']),
    dueAtMs: integer(row['due_at_ms']),
  };
}
