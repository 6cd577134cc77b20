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
  return (
    <Notice kind="error">
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
