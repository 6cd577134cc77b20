import { deliveryIdBoundary } from '../store/identity.ts';
import type { Lease, Outcome } from '../store/records.ts';
import type { Registry } from '../webhooks/registry.ts';
import type { Webhook } from '../webhooks/webhook.ts';

/** The webhook that a delivery was made for, as it is now; `undefined` when it is not in force. */
export function webhookOf(lease: Lease, registry: Registry): Webhook | undefined {
  return isOrphan(lease, registry) ? undefined : registry.webhooks.get(lease.webhookId);
}

/** What is to become of a delivery: what would wait for a webhook that is no more is cancelled. */
export function unlessOrphan(outcome: Outcome, lease: Lease, registry: Registry): Outcome {
  return outcome.state === 'pending' && isOrphan(lease, registry) ? { state: 'cancelled' } : outcome;
}

/** Whether the webhook that a delivery was made for is no more. Another may have got its id. */
function isOrphan({ webhookId, deliveryId }: Lease, registry: Registry): boolean {
  const deletedAtMs = registry.departures.deletedAtMs(webhookId);
  const isOlder = deletedAtMs !== undefined && deliveryId < deliveryIdBoundary(deletedAtMs + 1);
  return isOlder || registry.isGone(webhookId);
}
