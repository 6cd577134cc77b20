import type { JSX } from 'preact';
import { Notice } from '../parts/notice.tsx';
import type { ElsewhereChange } from './use-watch.ts';

/** Tells that the webhook was changed elsewhere while it is open here. */
export function ChangedElsewhere({
  change,
  onShow,
}: {
  readonly change: ElsewhereChange;
  readonly onShow: () => void;
}): JSX.Element | null {
  switch (change) {
    case 'none':
      return null;
    case 'reloaded':
      return <Notice>This webhook was changed elsewhere. You see the new version.</Notice>;
    case 'deleted':
      return (
        <Notice kind="warning">
          This webhook was deleted elsewhere. What you see here is not stored any more.
        </Notice>
      );
    case 'changed':
      return (
        <Notice kind="warning">
          This webhook was changed elsewhere while you edit it.{' '}
          <button type="button" class="small" onClick={onShow}>
            Show both versions
          </button>
        </Notice>
      );
  }
}
