import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Somebody who types on is not asked for after each letter. */
const PAUSE_MS = 250;

/** A search box that searches when its reader pauses. */
export function SearchField({
  label,
  value,
  placeholder,
  onSearch,
}: {
  readonly label: string;
  readonly value: string;
  readonly placeholder: string;
  readonly onSearch: (text: string) => void;
}): JSX.Element {
  const [text, setText] = useState(value);
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => {
      onSearch(text);
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [text]);
  return (
    <label>
      {label}{' '}
      <input
        type="search"
        value={text}
        placeholder={placeholder}
        onInput={(event) => {
          setText(event.currentTarget.value);
        }}
      />
    </label>
  );
}
