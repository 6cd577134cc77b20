import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api } from '../api/calls.ts';
import { Confirm } from '../parts/dialog.tsx';
import { number } from '../parts/format.ts';
import { ErrorNotice } from '../parts/notice.tsx';
import { useAction } from '../parts/use-action.ts';

/** Cancels all that waits for a webhook after asking. */
export function CancelWaiting({
  id,
  pending,
  onChanged,
}: {
  readonly id: string;
  /** How many deliveries are not final. */
  readonly pending: number;
  readonly onChanged: () => void;
}): JSX.Element {
  const [isAsking, setAsking] = useState(false);
  const { run, isRunning, error } = useAction();
  const close = (): void => {
    setAsking(false);
  };
  return (
    <>
      <button
        type="button"
        onClick={() => {
          setAsking(true);
        }}
      >
        Cancel all that waits…
      </button>
      {isAsking && (
        <Confirm
          title={`Cancel ${deliveriesOf(pending)}?`}
          action={isRunning ? 'Cancelling…' : 'Cancel them'}
          onClose={close}
          onConfirm={() => {
            run(async () => {
              await api.cancelPending(id);
              onChanged();
              close();
            });
          }}
        >
          <p>
            They are not sent. What is under way now ends as it would; each can be made again later from the
            list of deliveries.
          </p>
          <ErrorNotice error={error} />
        </Confirm>
      )}
    </>
  );
}

/** Such as "1 delivery" and "2,000 deliveries". */
export function deliveriesOf(count: number): string {
  return `${number(count)} ${count === 1 ? 'delivery' : 'deliveries'}`;
}
