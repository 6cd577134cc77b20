import { useRef, useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import { useLive } from '../api/events.ts';
import { loadVersion } from './editor-view.tsx';
import type { Draft } from './use-draft.ts';

/** What somebody else did to the webhook that is open. */
export type ElsewhereChange = 'none' | 'changed' | 'reloaded' | 'deleted';

/**
 * Watches the rules while a webhook is edited. Without changes of the reader's own it takes the new version over; with
 * some it only tells.
 */
export function useWatch(id: string | undefined, draft: Draft, isSaving: boolean): ElsewhereChange {
  const [change, setChange] = useState<{ kind: ElsewhereChange; etag?: string | undefined }>({
    kind: 'none',
  });
  const now = useRef({ draft, isSaving });
  now.current = { draft, isSaving };
  const look = async (webhookId: string): Promise<void> => {
    const version = await loadVersion(webhookId);
    const { draft: open, isSaving: isBusy } = now.current;
    if (isBusy || version.etag === open.base.etag) return;
    if (!open.isChanged) open.take(version);
    setChange({ kind: open.isChanged ? 'changed' : 'reloaded', etag: version.etag });
  };
  useLive(['rules.changed'], () => {
    if (id === undefined) return;
    look(id).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) setChange({ kind: 'deleted' });
    });
  });
  // Once the reader has taken or overwritten that version there is nothing more to tell.
  const isSettled = change.kind === 'changed' && change.etag === draft.base.etag;
  return isSettled ? 'none' : change.kind;
}
