import type { JSX } from 'preact';
import type { Webhook } from '../api/types.ts';
import { number } from '../parts/format.ts';
import { When } from '../parts/when.tsx';
import { hrefOf } from '../routing/route.ts';
import { notesOf, WebhookState } from '../webhook-list/webhook-state.tsx';
import { CancelWaiting } from './cancel-waiting.tsx';

/** How it stands with a stored webhook: what waits and why, and what went wrong last. */
export function Standing({
  webhook,
  onChanged,
}: {
  readonly webhook: Webhook;
  readonly onChanged: () => void;
}): JSX.Element {
  const { id, stats } = webhook;
  const notes = notesOf(webhook);
  const held = whyHeld(webhook);
  return (
    <section class="card" aria-label="How it stands">
      <dl class="facts">
        <dt>State</dt>
        <dd>
          <WebhookState webhook={webhook} /> {held}
        </dd>
        <dt>Waiting</dt>
        <dd>
          <a href={hrefOf('deliveries', undefined, { webhookId: id, state: 'pending,delivering' })}>
            {number(stats.pending)}
          </a>{' '}
          {stats.pending > 0 && <CancelWaiting id={id} pending={stats.pending} onChanged={onChanged} />}
        </dd>
        <dt>Last delivered</dt>
        <dd>
          <When at={stats.lastDeliveredAt} />
        </dd>
        <dt>Last failure</dt>
        <dd>
          <LastFailure failure={stats.lastFailure} />
        </dd>
        {notes.length > 0 && (
          <>
            <dt>Warnings</dt>
            <dd>
              <ul class="plain">
                {notes.map((note) => (
                  <li key={note}>{note}</li>
                ))}
              </ul>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

/** Why nothing is sent, with what will change that. */
function whyHeld({ enabled, offReason, breaker }: Webhook): JSX.Element | null {
  if (!enabled) {
    const reason = offReason ?? 'It is switched off';
    return <>{reason}: what hits it waits until it is switched on.</>;
  }
  if (breaker.state === 'closed') return null;
  return (
    <>
      Nothing was taken since <When at={breaker.openedAt} />;{' '}
      {breaker.nextProbeAt === null ? (
        'one delivery is on its way as a probe.'
      ) : (
        <>
          the next probe is sent at <When at={breaker.nextProbeAt} />.
        </>
      )}
    </>
  );
}

function LastFailure({ failure }: { readonly failure: Webhook['stats']['lastFailure'] }): JSX.Element {
  if (failure === null) return <span class="faint">–</span>;
  return (
    <>
      <When at={failure.at} /> {failure.statusCode !== null && `answered ${failure.statusCode} `}
      {failure.error}
    </>
  );
}
