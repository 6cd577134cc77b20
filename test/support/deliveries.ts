import type { NewAttempt, NewCdr, Outcome } from '../../src/store/records.ts';
import type { Store } from '../../src/store/store.ts';
import { newCdr } from './webhooks.ts';

/**
 * Puts a delivery on record that has come to some outcome, or that was only leased.
 *
 * @param more what is to be special about it, and about its CDR.
 */
export async function addDelivery(
  { store }: { readonly store: Store },
  webhookId: string,
  outcome?: Outcome,
  more: { readonly attempts?: readonly NewAttempt[]; readonly cdr?: Partial<NewCdr> } = {},
): Promise<{ id: string; cdrId: string }> {
  const [accepted] = await store.accept([newCdr([], { hits: [{ webhookId, lease: true }], ...more.cdr })]);
  const [lease] = accepted?.leases ?? [];
  if (lease === undefined) throw new Error('there is no lease');
  if (outcome !== undefined) await store.settle([{ lease, attempts: more.attempts ?? [], outcome }]);
  return { id: lease.deliveryId, cdrId: lease.cdr.id };
}
