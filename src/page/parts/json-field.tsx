import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { isSameJson } from '../conditions/equal.ts';
import type { Json } from '../api/types.ts';
import { Field } from './field.tsx';

/** What was typed: a value, nothing at all, or the reason why it is no JSON. */
export type JsonText = { readonly value: Json | undefined } | { readonly error: string };

/** Reads what was typed. */
export function readJsonText(text: string): JsonText {
  if (text.trim() === '') return { value: undefined };
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    return { error: `This is not JSON yet: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** A text area with a JSON value. While it holds none, `onChange` is given the reason and nothing is taken over. */
export function JsonField({
  label,
  hint,
  value,
  errors = [],
  onChange,
}: {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly value: Json | undefined;
  readonly errors?: readonly string[];
  readonly onChange: (read: JsonText) => void;
}): JSX.Element {
  const [text, setText] = useState(() => printed(value));
  const read = readJsonText(text);
  useEffect(() => {
    // Changed elsewhere, such as by a recipe; what only looks different is left as it was typed.
    if (!('error' in read) && !isSameJson(read.value, value)) setText(printed(value));
  }, [value]);
  return (
    <Field label={label} hint={hint} errors={'error' in read ? [read.error] : errors}>
      {(props) => (
        <textarea
          {...props}
          class="code"
          spellcheck={false}
          rows={Math.min(16, Math.max(3, text.split('\n').length))}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            onChange(readJsonText(event.currentTarget.value));
          }}
        />
      )}
    </Field>
  );
}

function printed(value: Json | undefined): string {
  return value === undefined ? '' : JSON.stringify(value, null, 2);
}
