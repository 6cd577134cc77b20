import type { JSX } from 'preact';
import type { Json, JsonObject } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { differencesOf } from './document.ts';

/** Shows both versions of a webhook that somebody else changed, and lets the reader choose. */
export function Conflict({
  theirs,
  mine,
  onTakeTheirs,
  onOverwrite,
  onClose,
}: {
  readonly theirs: JsonObject;
  readonly mine: JsonObject;
  readonly onTakeTheirs: () => void;
  readonly onOverwrite: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const differences = differencesOf(theirs, mine);
  return (
    <Dialog title="Somebody else changed this webhook" onClose={onClose}>
      {differences.length === 0 ? (
        <p>Both versions are the same now.</p>
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-label="Both versions">
          <table class="versions">
            <caption class="hidden">What differs</caption>
            <thead>
              <tr>
                <th scope="col">Member</th>
                <th scope="col">Theirs, in force now</th>
                <th scope="col">Mine</th>
              </tr>
            </thead>
            <tbody>
              {differences.map(({ member, ...versions }) => (
                <tr key={member}>
                  <th scope="row">{member}</th>
                  <td>
                    <pre>{shown(versions.theirs)}</pre>
                  </td>
                  <td>
                    <pre>{shown(versions.mine)}</pre>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div class="buttons end">
        <button type="button" onClick={onClose}>
          Go on editing
        </button>
        <button type="button" onClick={onTakeTheirs}>
          Take theirs
        </button>
        <button type="button" class="primary" onClick={onOverwrite}>
          Overwrite with mine
        </button>
      </div>
    </Dialog>
  );
}

function shown(value: Json | undefined): string {
  return value === undefined ? '(not there)' : JSON.stringify(value, null, 2);
}
