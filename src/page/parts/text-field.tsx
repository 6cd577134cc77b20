import type { ComponentChildren, JSX } from 'preact';
import { Field } from './field.tsx';

/** A text on one line that is no word of a language: an address, a name, a secret. */
export function TextField({
  label,
  hint,
  errors,
  value,
  placeholder,
  onText,
}: {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly errors?: readonly string[];
  readonly value: string;
  readonly placeholder?: string | undefined;
  readonly onText: (text: string) => void;
}): JSX.Element {
  return (
    <Field label={label} hint={hint} errors={errors}>
      {(control) => (
        <input
          {...control}
          placeholder={placeholder}
          spellcheck={false}
          autocomplete="off"
          value={value}
          onInput={(event) => {
            onText(event.currentTarget.value);
          }}
        />
      )}
    </Field>
  );
}
