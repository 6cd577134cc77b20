import type { JSX } from 'preact';
import { Field, type ControlProps } from '../parts/field.tsx';
import { SelectField } from '../parts/select.tsx';
import { asType, valueOf, type TypedValue, type ValueType } from './typed-value.ts';

const TYPE_LABELS: Readonly<Record<ValueType, string>> = {
  text: 'text',
  number: 'number',
  'true/false': 'true / false',
  empty: 'nothing (null)',
  texts: 'list of texts',
  numbers: 'list of numbers',
};

/** A value with its type beside it, so that "16" and 16 are told apart. */
export function ValueInput({
  value,
  types,
  sample,
  onChange,
}: {
  readonly value: TypedValue;
  readonly types: readonly ValueType[];
  /** What the field had lately. */
  readonly sample: string | undefined;
  readonly onChange: (value: TypedValue) => void;
}): JSX.Element {
  const isWrong = value.text !== '' && valueOf(value) === undefined;
  const errors = isWrong
    ? [value.type === 'numbers' ? 'a number on each line, such as 16' : 'a number, such as 16']
    : [];
  const control = (props: ControlProps): JSX.Element => (
    <ValueControl props={props} value={value} sample={sample} onChange={onChange} />
  );
  return (
    <>
      <SelectField
        label="Type"
        value={value.type}
        choices={types.map((type) => ({ value: type, label: TYPE_LABELS[type] }))}
        onChoose={(type) => {
          onChange(asType(value, type));
        }}
      />
      {value.type !== 'empty' && (
        <Field label={isList(value.type) ? 'Values, one on each line' : 'Value'} errors={errors}>
          {control}
        </Field>
      )}
    </>
  );
}

function ValueControl({
  props,
  value,
  sample,
  onChange,
}: {
  readonly props: ControlProps;
  readonly value: TypedValue;
  readonly sample: string | undefined;
  readonly onChange: (value: TypedValue) => void;
}): JSX.Element {
  const { type, text } = value;
  const placeholder = sample === undefined ? '' : `such as ${sample}`;
  const take = (event: { readonly currentTarget: { readonly value: string } }): void => {
    onChange({ type, text: event.currentTarget.value });
  };
  if (isList(type)) {
    const rows = Math.min(8, Math.max(2, text.split('\n').length));
    return <textarea {...props} rows={rows} value={text} placeholder={placeholder} onInput={take} />;
  }
  if (type === 'true/false') {
    return (
      <select {...props} value={text} onChange={take}>
        <option value="true">true</option>
        <option value="false">false</option>
      </select>
    );
  }
  const inputMode = type === 'number' ? 'decimal' : 'text';
  return <input {...props} value={text} inputMode={inputMode} placeholder={placeholder} onInput={take} />;
}

function isList(type: ValueType): boolean {
  return type === 'texts' || type === 'numbers';
}
