import type { JSX } from 'preact';
import type { Webhook } from '../api/types.ts';
import { number } from '../parts/format.ts';
import { Pill } from '../parts/pill.tsx';
import { hrefOf } from '../routing/route.ts';

/**
 * How it stands with a webhook in short: its target, what waits, and what may surprise. What has more to tell leads to the
 * webhook, where all of it is written.
 */
export function WebhookState({ webhook }: { readonly webhook: Webhook }): JSX.Element {
  const notes = notesOf(webhook);
  const href = hrefOf('webhooks', webhook.id);
  const { pending } = webhook.stats;
  return (
    <span class="pills">
      <TargetState webhook={webhook} />
      {pending > 0 && <Pill tone="busy">{number(pending)} waiting</Pill>}
      {notes.length > 0 && (
        <Pill tone="warn" title={notes.join('\n')}>
          <a href={href}>{notes.length === 1 ? 'a warning' : `${notes.length} warnings`}</a>
        </Pill>
      )}
    </span>
  );
}

function TargetState({
  webhook: { id, enabled, breaker, stats },
}: {
  readonly webhook: Webhook;
}): JSX.Element {
  if (breaker.state !== 'closed')
    return (
      <Pill tone="bad">
        <a href={hrefOf('webhooks', id)}>target does not answer</a>
      </Pill>
    );
  if (!enabled) return <Pill tone="quiet">off</Pill>;
  const { lastFailure, lastDeliveredAt } = stats;
  if (lastFailure !== null && lastFailure.at > (lastDeliveredAt ?? '')) {
    return (
      <Pill tone="bad" title={lastFailure.error}>
        <a href={hrefOf('webhooks', id)}>failing</a>
      </Pill>
    );
  }
  return lastDeliveredAt === null ? (
    <Pill tone="quiet">nothing sent yet</Pill>
  ) : (
    <Pill tone="good">working</Pill>
  );
}

/** What an editor of the webhook should know. */
export function notesOf({ indexable, warnings }: Webhook): string[] {
  const notes = warnings.map(({ pointer, detail }) => (pointer === '' ? detail : `${pointer} ${detail}`));
  if (indexable?.indexed === false) {
    notes.push(
      `not indexed, so every CDR is compared with it${indexable.reason === undefined ? '' : `: ${indexable.reason}`}`,
    );
  }
  return notes;
}
