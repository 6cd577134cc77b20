import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/field.tsx';
import { sinceOf, SinceField } from '../parts/since-field.tsx';
import { RunPlan } from '../redelivery/run-plan.tsx';

/** Makes everything again that has failed since a time: first it tells how much that is. */
export function RetryFailed({
  webhookId,
  onMade,
}: {
  /** The webhook that the list is kept to; empty for all. */
  readonly webhookId: string;
  readonly onMade: () => void;
}): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        onClick={() => {
          setOpen(true);
        }}
      >
        Retry failed…
      </button>
      {isOpen && (
        <RetryDialog
          webhookId={webhookId}
          onClose={() => {
            setOpen(false);
            onMade();
          }}
        />
      )}
    </>
  );
}

function RetryDialog({
  webhookId: first,
  onClose,
}: {
  readonly webhookId: string;
  readonly onClose: () => void;
}): JSX.Element {
  const [webhookId, setWebhookId] = useState(first);
  const [span, setSpan] = useState('24h');
  // Once for a span, or the plan would begin anew as time goes on, and a run be lost sight of.
  const since = useMemo(() => sinceOf(span), [span]);
  const body = {
    kind: 'redeliver',
    states: ['failed'],
    ...(webhookId === '' ? {} : { webhookId }),
    ...(since === undefined ? {} : { since }),
  };
  return (
    <Dialog title="Retry what has failed" onClose={onClose}>
      <p>Every failed delivery is made again, unless its webhook has got the CDR by now.</p>
      <Field label="Only of the webhook" hint="Its id; empty means all.">
        {(props) => (
          <input
            {...props}
            spellcheck={false}
            value={webhookId}
            onInput={(event) => {
              setWebhookId(event.currentTarget.value.trim());
            }}
          />
        )}
      </Field>
      <SinceField value={span} onChange={setSpan} />
      <RunPlan body={body} what={['failed delivery', 'failed deliveries']} onClose={onClose} />
    </Dialog>
  );
}
