import { api } from '../api/calls.ts';
import { useLive } from '../api/events.ts';
import type { Webhook } from '../api/types.ts';
import { useData, type Loaded } from '../parts/use-data.ts';

const EVENTS = ['delivery.attempted', 'delivery.settled', 'cdr.received', 'rules.changed', 'webhook.breaker'];

/** Follows how it stands with a stored webhook; of one that is not stored there is nothing. */
export function useStanding(id: string | undefined): Loaded<Webhook | undefined> {
  const standing = useData(id ?? '', async () =>
    id === undefined ? undefined : (await api.webhook(id)).body,
  );
  useLive(EVENTS, standing.reload);
  return standing;
}
