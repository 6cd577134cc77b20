import type { JSX } from 'preact';
import type { Webhook } from '../api/types.ts';
import { number } from '../parts/format.ts';
import { Pill } from '../parts/pill.tsx';

/** How it stands with a webhook: its target, what waits, and what may surprise. */
export function WebhookState({ webhook }: { readonly webhook: Webhook }): JSX.Element {
  const notes = notesOf(webhook);
  const { pending } = webhook.stats;
  return (
    <span class="pills">
      <TargetState webhook={webhook} />
      {pending > 0 && <Pill tone="busy">{number(pending)} waiting</Pill>}
      {notes.length > 0 && (
        <Pill tone="warn" title={notes.join('\n')}>
          {notes.length === 1 ? 'a warning' : `${notes.length} warnings`}
        </Pill>
      )}
    </span>
  );
}

function TargetState({ webhook: { enabled, breaker, stats } }: { readonly webhook: Webhook }): JSX.Element {
  if (breaker.state !== 'closed') return <Pill tone="bad">target does not answer</Pill>;
  if (!enabled) return <Pill tone="quiet">off</Pill>;
  const { lastFailure, lastDeliveredAt } = stats;
  if (lastFailure !== null && lastFailure.at > (lastDeliveredAt ?? '')) {
    return (
      <Pill tone="bad" title={lastFailure.error}>
        failing
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
function notesOf({ indexable, warnings }: Webhook): string[] {
  const notes = warnings.map(({ detail }) => detail);
  if (indexable?.indexed === false) {
    notes.push(
      `not indexed, so every CDR is compared with it${indexable.reason === undefined ? '' : `: ${indexable.reason}`}`,
    );
  }
  return notes;
}
