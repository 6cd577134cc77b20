import type { ComponentChildren, JSX } from 'preact';
import { Field, type ControlProps } from './field.tsx';

/** Something that can be chosen, and its name for the reader. */
export interface Choice<Value extends string = string> {
  readonly value: Value;
  readonly label: string;
}

/** What every select box is given. */
interface SelectProps<Value extends string> {
  readonly value: Value;
  readonly choices: readonly Choice<Value>[];
  readonly onChoose: (value: Value) => void;
}

/** One of several to choose, without a label of its own. */
export function Select<Value extends string>({
  value,
  choices,
  onChoose,
  control = {},
}: SelectProps<Value> & { readonly control?: Partial<ControlProps> }): JSX.Element {
  return (
    <select
      {...control}
      value={value}
      onChange={(event) => {
        const chosen = choices.find((choice) => choice.value === event.currentTarget.value);
        if (chosen !== undefined) onChoose(chosen.value);
      }}
    >
      {choices.map((choice) => (
        <option key={choice.value} value={choice.value}>
          {choice.label}
        </option>
      ))}
    </select>
  );
}

/** The same as a field of a form. */
export function SelectField<Value extends string>({
  label,
  hint,
  errors,
  ...select
}: SelectProps<Value> & {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly errors?: readonly string[];
}): JSX.Element {
  return (
    <Field label={label} hint={hint} errors={errors}>
      {(control) => <Select {...select} control={control} />}
    </Field>
  );
}
