import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Json } from '../api/types.ts';
import { isSameJson } from '../conditions/equal.ts';
import { Field } from '../parts/field.tsx';
import type { FormProps } from './form-props.ts';

/** What a field for numbers is given. */
export interface NumberFieldProps extends Pick<FormProps, 'errorsAt' | 'setIncomplete'> {
  readonly label: string;
  /** What holds while the field is empty. */
  readonly usual: string;
  readonly pointer: string;
  readonly value: Json | undefined;
  readonly onValue: (value: Json | undefined) => void;
}

/** A number, or nothing. */
export function NumberField(props: NumberFieldProps): JSX.Element {
  return <ParsedField {...props} parse={numberOf} print={JSON.stringify} mistake="must be a number" />;
}

/** Numbers with commas between them, or nothing. */
export function NumbersField(props: NumberFieldProps): JSX.Element {
  return (
    <ParsedField
      {...props}
      parse={(text) => {
        const numbers = text.split(',').map(numberOf);
        return numbers.every((item) => item !== undefined) ? numbers : undefined;
      }}
      print={(value) => (Array.isArray(value) ? value.join(', ') : JSON.stringify(value))}
      mistake="must be numbers with commas between them"
    />
  );
}

/** A text that is a value when it can be read as one. */
function ParsedField({
  label,
  usual,
  pointer,
  value,
  onValue,
  errorsAt,
  setIncomplete,
  parse,
  print,
  mistake,
}: NumberFieldProps & {
  readonly parse: (text: string) => Json | undefined;
  readonly print: (value: Json) => string;
  readonly mistake: string;
}): JSX.Element {
  const printed = value === undefined ? '' : print(value);
  const [text, setText] = useState(printed);
  const read = text.trim() === '' ? undefined : parse(text);
  const isWrong = text.trim() !== '' && read === undefined;
  useEffect(() => {
    if (!isWrong && !isSameJson(read, value)) setText(printed);
  }, [value]);
  return (
    <Field label={label} errors={isWrong ? [mistake] : errorsAt(pointer)}>
      {(control) => (
        <input
          {...control}
          inputMode="decimal"
          placeholder={usual}
          value={text}
          onInput={(event) => {
            const typed = event.currentTarget.value;
            const next = typed.trim() === '' ? undefined : parse(typed);
            const isBad = typed.trim() !== '' && next === undefined;
            setText(typed);
            setIncomplete(pointer, isBad ? `${label}: ${mistake}` : undefined);
            if (!isBad) onValue(next);
          }}
        />
      )}
    </Field>
  );
}

function numberOf(text: string): number | undefined {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}
