import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api } from '../api/calls.ts';
import { Confirm } from '../parts/dialog.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { useAction } from '../parts/use-action.ts';
import { hrefOf } from '../routing/route.ts';
import { navigate } from '../routing/use-route.ts';
import type { Draft } from './use-draft.ts';

/** Deletes a webhook after asking; only the version that the reader has seen. */
export function DeleteButton({
  id,
  name,
  draft,
}: {
  readonly id: string;
  readonly name: string;
  readonly draft: Draft;
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
          <p>Deliveries that wait for it are cancelled. This cannot be undone.</p>
          <ErrorNotice error={error} />
        </Confirm>
      )}
    </>
  );
}
