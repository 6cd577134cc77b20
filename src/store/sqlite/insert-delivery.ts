import { newDeliveryId } from '../identity.ts';
import type { Delivery } from '../records.ts';
import type { Transaction } from './transaction.ts';

/** What a delivery is made of. */
export type NewDelivery = Pick<Delivery, 'cdrId' | 'webhookId' | 'createdAtMs' | 'redeliveryOf' | 'runId'> & {
  /** Whether the caller takes its lease, which has the number 1; otherwise it waits and is due now. */
  readonly lease: boolean;
};

/** Adds a delivery and gives its id; counting it is the caller's business. */
export function insertDelivery({ statements, settings, nowMs }: Transaction, made: NewDelivery): string {
  const id = newDeliveryId(made.createdAtMs);
  const { lease } = made;
  statements.run(
    `INSERT INTO deliveries (id, cdr_id, webhook_id, state, attempts, rounds, lease_number, lease_ends_at_ms, due_at_ms,
       created_at_ms, redelivery_of, run_id)
     VALUES (?, ?, ?, ?, 0, 0, ?, ?, ?, ?, ?, ?)`,
    id,
    made.cdrId,
    made.webhookId,
    lease ? 'delivering' : 'pending',
    lease ? 1 : 0,
    lease ? nowMs + settings.leaseMs : undefined,
    lease ? undefined : nowMs,
    made.createdAtMs,
    made.redeliveryOf,
    made.runId,
  );
  return id;
}
