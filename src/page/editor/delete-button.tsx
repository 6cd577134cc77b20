import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api } from '../api/calls.ts';
import { Confirm } from '../parts/dialog.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { useAction } from '../parts/use-action.ts';
import { hrefOf } from '../routing/route.ts';
import { navigate } from '../routing/use-route.ts';
import { deliveriesOf } from './cancel-waiting.tsx';
import type { Draft } from './use-draft.ts';

/** Deletes a webhook after asking; only the version that the reader has seen. */
export function DeleteButton({
  id,
  name,
  draft,
  pending,
}: {
  readonly id: string;
  readonly name: string;
  readonly draft: Draft;
  /** How many deliveries wait for it; `undefined` while that is not known. */
  readonly pending: number | undefined;
}): JSX.Element {
  const [isAsking, setAsking] = useState(false);
  const { run, error } = useAction();
  return (
    <>
      <button
        type="button"
        class="danger"
        onClick={() => {
          setAsking(true);
        }}
      >
        Delete
      </button>
      {isAsking && (
        <Confirm
          title={`Delete “${name}”?`}
          action="Delete"
          onClose={() => {
            setAsking(false);
          }}
          onConfirm={() => {
            run(async () => {
              await api.remove(id, draft.base.etag);
              navigate(hrefOf('webhooks'));
            });
          }}
        >
          <p>{lossOf(pending)} This cannot be undone.</p>
          <ErrorNotice error={error} />
        </Confirm>
      )}
    </>
  );
}

function lossOf(pending: number | undefined): string {
  if (pending === undefined) return 'Deliveries that wait for it are cancelled.';
  if (pending === 0) return 'Nothing waits for it.';
  return pending === 1
    ? 'One delivery waits for it and is cancelled.'
    : `${deliveriesOf(pending)} wait for it and are cancelled.`;
}
