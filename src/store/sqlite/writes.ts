import { fingerprintOf, newCdrId } from '../identity.ts';
import { isRound, settle } from '../settlement.ts';
import type { Accepted, Lease, NewCdr, NewHit, Settlement, StoredCdr } from '../records.ts';
import { findEarlier } from './find-earlier.ts';
import { insertDelivery } from './insert-delivery.ts';
import { CDR_COLUMNS, toLease } from '../sql/rows.ts';
import { integer, jsonOf } from '../sql/columns.ts';
import type { Transaction } from './transaction.ts';

/** One CDR of `Store.accept`. */
export function acceptCdr(transaction: Transaction, cdr: NewCdr): Accepted {
  const { statements } = transaction;
  const fingerprint = fingerprintOf(cdr);
  const earlier = findEarlier(transaction, 'cdrs', fingerprint, cdr.receivedAtMs);
  if (earlier !== undefined) return { id: earlier, duplicate: true, leases: [] };
  const { source, vendor, receivedAtMs, raw, identity, revision, violation } = cdr;
  const stored = {
    id: newCdrId(receivedAtMs),
    source,
    vendor,
    receivedAtMs,
    raw,
    identity,
    revision,
    violation,
    hits: cdr.hits.length,
  };
  statements.run(
    `INSERT INTO cdrs (id, source, vendor, received_at_ms, hits, fingerprint, identity, revision, violation, raw)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    stored.id,
    source,
    vendor,
    receivedAtMs,
    stored.hits,
    fingerprint,
    identity,
    revision,
    violation,
    raw,
  );
  transaction.counters.accepted(cdr);
  const leases = cdr.hits.flatMap((hit) => addDelivery(transaction, stored, hit));
  return { id: stored.id, duplicate: false, leases };
}

function addDelivery(transaction: Transaction, cdr: StoredCdr, { webhookId, lease }: NewHit): Lease[] {
  const made = { cdrId: cdr.id, webhookId, createdAtMs: cdr.receivedAtMs, lease };
  const deliveryId = insertDelivery(transaction, made);
  return lease ? [{ deliveryId, webhookId, cdr, number: 1, attempts: 0, rounds: 0 }] : [];
}

/** `Store.lease` for one webhook. */
export function leaseDue(
  { statements, settings, nowMs }: Transaction,
  webhookId: string,
  room: number,
): Lease[] {
  const rows = statements.all(
    `SELECT d.id AS delivery_id, d.webhook_id, d.lease_number + 1 AS lease_number, d.attempts, d.rounds, ${CDR_COLUMNS}
     FROM deliveries d JOIN cdrs c ON c.id = d.cdr_id
     WHERE d.state = 'pending' AND d.webhook_id = ? AND d.due_at_ms <= ?
     ORDER BY d.due_at_ms, d.id LIMIT ?`,
    webhookId,
    nowMs,
    room,
  );
  return rows.map((row) => {
    const lease = toLease(row);
    statements.run(
      `UPDATE deliveries SET state = 'delivering', due_at_ms = NULL, lease_number = ?, lease_ends_at_ms = ? WHERE id = ?`,
      lease.number,
      nowMs + settings.leaseMs,
      lease.deliveryId,
    );
    return lease;
  });
}

/** `Store.renew` for one lease; whether it is still held. */
export function renewLease({ statements, settings, nowMs }: Transaction, lease: Lease): boolean {
  const changed = statements.run(
    `UPDATE deliveries SET state = 'delivering', due_at_ms = NULL, lease_ends_at_ms = ?
     WHERE id = ? AND state IN ('pending', 'delivering') AND lease_number = ?`,
    nowMs + settings.leaseMs,
    lease.deliveryId,
    lease.number,
  );
  return changed === 1;
}

/** Makes deliveries whose lease ended before a time wait again. */
export function endLeases(
  { statements, nowMs }: Pick<Transaction, 'statements' | 'nowMs'>,
  endedByMs: number,
): void {
  statements.run(
    `UPDATE deliveries SET state = 'pending', due_at_ms = ?, lease_ends_at_ms = NULL
     WHERE state = 'delivering' AND lease_ends_at_ms <= ?`,
    nowMs,
    endedByMs,
  );
}

/** One settlement of `Store.settle`. Whether its lease was held. */
export function settleLease(transaction: Transaction, settlement: Settlement): boolean {
  const { lease } = settlement;
  const attempts = endLease(transaction, settlement);
  if (attempts !== undefined) {
    transaction.counters.settled(settlement, transaction.nowMs);
    recordAttempts(transaction, settlement, attempts - settlement.attempts.length);
    return true;
  }
  const row = transaction.statements.get(
    'UPDATE deliveries SET attempts = attempts + ? WHERE id = ? RETURNING attempts',
    settlement.attempts.length,
    lease.deliveryId,
  );
  if (row !== undefined) {
    recordAttempts(transaction, settlement, integer(row['attempts']) - settlement.attempts.length);
  }
  return false;
}

/**
 * Sets the outcome of a lease that is still held; gives how many attempts its delivery has then, else `undefined`. The
 * number goes on, so that nobody holds a delivery that was put back to wait.
 */
function endLease({ statements, nowMs }: Transaction, settlement: Settlement): number | undefined {
  const { lease, attempts } = settlement;
  const after = settle({ lastStatus: undefined, lastError: undefined }, settlement, nowMs);
  const row = statements.get(
    `UPDATE deliveries SET state = ?, attempts = attempts + ?, rounds = rounds + ?, due_at_ms = ?, finished_at_ms = ?,
       lease_number = lease_number + 1, lease_ends_at_ms = NULL, last_status = coalesce(?, last_status),
       last_error = iif(? = 'delivered', NULL, coalesce(?, last_error))
     WHERE id = ? AND state IN ('pending', 'delivering') AND lease_number = ? RETURNING attempts`,
    after.state,
    attempts.length,
    isRound(settlement) ? 1 : 0,
    after.dueAtMs,
    after.finishedAtMs,
    after.lastStatus,
    after.state,
    after.lastError,
    lease.deliveryId,
    lease.number,
  );
  return row === undefined ? undefined : integer(row['attempts']);
}

function recordAttempts({ statements }: Transaction, { lease, attempts }: Settlement, before: number): void {
  for (const [index, attempt] of attempts.entries()) {
    statements.run(
      `INSERT INTO attempts (delivery_id, number, started_at_ms, duration_ms, status, excerpt, error_code, error_message,
         request, response_headers)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      lease.deliveryId,
      before + index + 1,
      attempt.startedAtMs,
      attempt.durationMs,
      attempt.status,
      attempt.excerpt,
      attempt.error?.code,
      attempt.error?.message,
      jsonOf(attempt.request),
      jsonOf(attempt.responseHeaders),
    );
  }
}
