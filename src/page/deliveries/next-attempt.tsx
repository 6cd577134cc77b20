import type { JSX } from 'preact';
import type { Delivery, Webhook } from '../api/types.ts';
import { When } from '../parts/when.tsx';

/** How it stands with the target of a delivery. */
type Breaker = Webhook['breaker'];

/** When a delivery is sent next; behind an open breaker that is not before the target answers a probe. */
export function NextAttempt({
  delivery: { state, nextAttemptAt },
  breaker,
}: {
  readonly delivery: Delivery;
  /** Of its webhook; `undefined` while that is not known. */
  readonly breaker: Breaker | undefined;
}): JSX.Element {
  if (state !== 'pending' || breaker === undefined || !holdsBack(breaker, nextAttemptAt)) {
    return <When at={nextAttemptAt} />;
  }
  const { nextProbeAt } = breaker;
  return (
    <>
      when the target answers again;{' '}
      {nextProbeAt === null ? (
        'a probe is under way'
      ) : (
        <>
          next probe at <When at={nextProbeAt} />
        </>
      )}
    </>
  );
}

function holdsBack({ state, nextProbeAt }: Breaker, nextAttemptAt: string | null): boolean {
  if (state === 'closed') return false;
  const dueMs = nextAttemptAt === null ? 0 : Date.parse(nextAttemptAt);
  return dueMs <= (nextProbeAt === null ? Date.now() : Date.parse(nextProbeAt));
}
