import type { JSX } from 'preact';
import type { FieldName, Json } from '../api/types.ts';
import { Field } from '../parts/field.tsx';
import { SelectField } from '../parts/select.tsx';
import { ROW_OPERATORS, typesOf, type Row, type RowOperator } from './rows.ts';
import { asType, typedOf } from './typed-value.ts';
import { ValueInput } from './value-input.tsx';

const OPERATORS = ROW_OPERATORS.map(({ operator, label }) => ({ value: operator, label }));

/** The id of the list of known fields. */
export const FIELD_LIST = 'known-fields';

/** One condition as field, operator and value. */
export function RowEditor({
  row,
  fields,
  onChange,
}: {
  readonly row: Row;
  readonly fields: ReadonlyMap<string, FieldName>;
  readonly onChange: (row: Row) => void;
}): JSX.Element {
  const known = fields.get(row.field);
  const types = typesOf(row.operator);
  return (
    <div class="condition-row">
      <Field label="Field">
        {(props) => (
          <input
            {...props}
            list={FIELD_LIST}
            spellcheck={false}
            autocomplete="off"
            value={row.field}
            onInput={(event) => {
              onChange(withField(row, event.currentTarget.value, fields));
            }}
          />
        )}
      </Field>
      <SelectField
        label="Operator"
        value={row.operator}
        choices={OPERATORS}
        onChoose={(operator) => {
          onChange(withOperator(row, operator));
        }}
      />
      {types.length > 0 && (
        <ValueInput
          value={row.value}
          types={types}
          sample={sampleOf(known)}
          onChange={(value) => {
            onChange({ ...row, value });
          }}
        />
      )}
      {known?.description !== undefined && <p class="hint wide">{firstSentence(known.description)}</p>}
    </div>
  );
}

/** What a field means, in short. */
function firstSentence(text: string): string {
  return text.replace(/(?<=[^.]\.)\s.*/s, '');
}

/** Another field; as long as no value is typed, its type is the one the field had lately. */
function withField(row: Row, field: string, fields: ReadonlyMap<string, FieldName>): Row {
  const sample: Json | undefined = fields.get(field)?.samples[0];
  const type = sample === undefined ? undefined : typedOf(sample)?.type;
  const isFree = row.value.text === '' && type !== undefined && typesOf(row.operator).includes(type);
  return { ...row, field, value: isFree && type !== 'empty' ? asType(row.value, type) : row.value };
}

function withOperator(row: Row, operator: RowOperator): Row {
  const types = typesOf(operator);
  const [usual] = types;
  const fits = usual === undefined || types.includes(row.value.type);
  return { ...row, operator, value: fits ? row.value : asType(row.value, usual) };
}

function sampleOf(field: FieldName | undefined): string | undefined {
  const sample = field?.samples.find((value) => value !== '' && value !== null);
  return sample === undefined || typeof sample === 'object' ? undefined : String(sample);
}
