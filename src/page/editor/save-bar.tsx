import type { JSX } from 'preact';
import { ErrorNotice } from '../parts/notice.tsx';
import type { Draft } from './use-draft.ts';
import type { Save } from './use-save.ts';

/** The button that saves, with what came of it. */
export function SaveBar({
  draft,
  save,
  isNew,
}: {
  readonly draft: Draft;
  readonly save: Save;
  readonly isNew: boolean;
}): JSX.Element {
  const state = save.isSaved ? 'Saved.' : draft.isChanged && !isNew ? 'There are unsaved changes.' : '';
  return (
    <div class="save-bar">
      <ErrorNotice error={save.refusal ?? draft.error} />
      <div class="buttons">
        <button type="submit" class="primary" disabled={save.isRunning}>
          {isNew ? 'Create webhook' : 'Save'}
        </button>
        {draft.isChanged && !isNew && (
          <button
            type="button"
            onClick={() => {
              draft.take(draft.base);
            }}
          >
            Undo changes
          </button>
        )}
        <span role="status" class={save.isSaved ? 'saved' : 'hint'}>
          {state}
        </span>
      </div>
    </div>
  );
}
