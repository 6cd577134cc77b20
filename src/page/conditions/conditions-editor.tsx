import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { api } from '../api/calls.ts';
import type { FieldName, Json } from '../api/types.ts';
import { JsonField } from '../parts/json-field.tsx';
import { useData } from '../parts/use-data.ts';
import {
  conditionOf,
  conditionsOf,
  emptyItem,
  itemsOf,
  nextKey,
  type ConditionItem,
} from './condition-items.ts';
import { isSameJson } from './equal.ts';
import { FIELD_LIST, RowEditor } from './row-editor.tsx';
import { parseRow } from './rows.ts';

/** What is given to whoever edits conditions. */
export interface ConditionsEditorProps {
  readonly conditions: readonly Json[];
  /** What is wrong with the condition of an index. */
  readonly errorsAt: (index: number) => readonly string[];
  /** Given the conditions that are complete, and which are not. */
  readonly onChange: (conditions: readonly Json[], incomplete: string | undefined) => void;
}

/** Conditions joined by AND, each as a row or, when it is richer than a row, as JSON. */
export function ConditionsEditor({ conditions, errorsAt, onChange }: ConditionsEditorProps): JSX.Element {
  const [items, setItems] = useState(() => itemsOf(conditions));
  const list = useRef<HTMLOListElement>(null);
  const { data: page } = useData('fields', () => api.fields());
  const fields = useMemo(() => new Map((page?.data ?? []).map((field) => [field.path, field])), [page]);
  useEffect(() => {
    // Changed elsewhere, such as by a recipe.
    if (!isSameJson(conditionsOf(items).conditions, conditions)) setItems(itemsOf(conditions));
  }, [conditions]);
  const change = (next: readonly ConditionItem[]): void => {
    setItems([...next]);
    const said = conditionsOf(next);
    onChange(said.conditions, incompleteReason(said.incomplete));
  };
  const add = (): void => {
    change([...items, emptyItem()]);
    // The new row's first control, as soon as it is there.
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>('li:last-child input')?.focus());
  };
  return (
    <>
      <FieldList fields={fields} />
      {items.length === 0 && <p class="hint">Without conditions every CDR matches.</p>}
      <ol class="conditions" ref={list}>
        {items.map((item, index) => (
          <li key={item.key}>
            <ConditionEditor
              item={item}
              number={index + 1}
              fields={fields}
              errors={errorsAt(index)}
              onChange={(changed) => {
                change(items.map((one) => (one.key === item.key ? changed : one)));
              }}
              onRemove={() => {
                change(items.filter((one) => one.key !== item.key));
              }}
            />
          </li>
        ))}
      </ol>
      <button type="button" onClick={add}>
        Add condition
      </button>
    </>
  );
}

/** Which conditions are not complete, by their indexes. */
function incompleteReason(indexes: readonly number[]): string | undefined {
  if (indexes.length === 0) return undefined;
  const numbers = indexes.map((index) => index + 1).join(', ');
  return indexes.length === 1
    ? `condition ${numbers} is not complete`
    : `conditions ${numbers} are not complete`;
}

function FieldList({ fields }: { readonly fields: ReadonlyMap<string, FieldName> }): JSX.Element {
  return (
    <datalist id={FIELD_LIST}>
      {[...fields.values()].map(({ path, description }) => (
        <option key={path} value={path}>
          {description}
        </option>
      ))}
    </datalist>
  );
}

function ConditionEditor({
  item,
  number,
  fields,
  errors,
  onChange,
  onRemove,
}: {
  readonly item: ConditionItem;
  readonly number: number;
  readonly fields: ReadonlyMap<string, FieldName>;
  readonly errors: readonly string[];
  readonly onChange: (item: ConditionItem) => void;
  readonly onRemove: () => void;
}): JSX.Element {
  return (
    <fieldset>
      <legend>{number === 1 ? 'Condition 1' : `and condition ${number}`}</legend>
      {'row' in item ? (
        <RowEditor
          row={item.row}
          fields={fields}
          onChange={(row) => {
            onChange({ key: item.key, row });
          }}
        />
      ) : (
        <JsonField
          label="JSON-Logic"
          value={item.json}
          onChange={(read) => {
            onChange({ key: item.key, json: 'error' in read ? undefined : read.value });
          }}
        />
      )}
      {errors.map((error) => (
        <p key={error} class="field-error">
          <span aria-hidden="true">✕</span> {error}
        </p>
      ))}
      <div class="buttons">
        <SwitchButton item={item} onChange={onChange} />
        <button type="button" class="small quiet" onClick={onRemove}>
          Remove<span class="hidden"> condition {number}</span>
        </button>
      </div>
    </fieldset>
  );
}

/** To JSON from a row that is complete, and back where a row says exactly the same. */
function SwitchButton({
  item,
  onChange,
}: {
  readonly item: ConditionItem;
  readonly onChange: (item: ConditionItem) => void;
}): JSX.Element | null {
  const condition = conditionOf(item);
  const row = condition === undefined || 'row' in item ? undefined : parseRow(condition);
  if (condition === undefined || (!('row' in item) && row === undefined)) return null;
  const other = row === undefined ? { key: nextKey(), json: condition } : { key: nextKey(), row };
  return (
    <button
      type="button"
      class="small quiet"
      onClick={() => {
        onChange(other);
      }}
    >
      {row === undefined ? 'Edit as JSON' : 'Edit as a row'}
    </button>
  );
}
