import type { ComponentChildren, JSX } from 'preact';
import { ApiError } from '../api/client.ts';

/** A message to the reader; each kind has its own sign, so that colour is not all that tells. */
export function Notice({
  kind = 'info',
  children,
}: {
  readonly kind?: 'info' | 'good' | 'warning' | 'error';
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <div class={`notice ${kind}`} role={kind === 'error' ? 'alert' : 'status'}>
      <span class="sign" aria-hidden="true">
        {SIGNS[kind]}
      </span>
      <div>{children}</div>
    </div>
  );
}

const SIGNS = { info: 'i', good: '✓', warning: '!', error: '✕' };

/** Why something could not be done; nothing without an error. */
export function ErrorNotice({ error }: { readonly error: Error | undefined }): JSX.Element | null {
  if (error === undefined) return null;
  const problems = error instanceof ApiError ? error.problems : [];
  // Problems of what was sent come with 422.
  const isOfRules = error instanceof ApiError && error.status === 409 && problems.length > 0;
  return (
    <Notice kind="error">
      {isOfRules && <p>Nothing was saved: the rules file has an error, which is to be mended there first.</p>}
      {problems.length === 0 ? (
        error.message
      ) : (
        <ul class="plain">
          {problems.map(({ pointer, detail }) => (
            <li key={`${pointer} ${detail}`}>
              {pointer !== '' && <code>{pointer}</code>} {detail}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}
