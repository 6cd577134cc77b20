import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Json } from '../api/types.ts';

/** JSON to be read, with a button that copies it. A text is shown as it is. */
export function JsonBlock({ value, label }: { readonly value: Json; readonly label: string }): JSX.Element {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  const [isCopied, setCopied] = useState(false);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true);
      },
      () => undefined,
    );
  };
  return (
    <div class="json-block">
      {/* It scrolls, so the keyboard must reach it. */}
      <pre tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
      {'clipboard' in navigator && (
        <button type="button" class="small quiet" onClick={copy} aria-label={`Copy ${label}`}>
          {isCopied ? 'Copied' : 'Copy'}
        </button>
      )}
    </div>
  );
}
