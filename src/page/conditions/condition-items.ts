import type { Json } from '../api/types.ts';
import { parseRow, printRow, type Row } from './rows.ts';

/** A condition while it is edited: as a row, or as JSON where it is richer than that. */
export type ConditionItem =
  { readonly key: number; readonly row: Row } | { readonly key: number; readonly json: Json | undefined };

let lastKey = 0;

/** A key of its own for each item, so that rows keep their focus when others come and go. */
export function nextKey(): number {
  lastKey += 1;
  return lastKey;
}

/** A row to be filled in. */
export function emptyItem(): ConditionItem {
  return { key: nextKey(), row: { field: '', operator: '==', value: { type: 'text', text: '' } } };
}

/** Conditions as they are edited: each as a row if the row says exactly the same. */
export function itemsOf(conditions: readonly Json[]): ConditionItem[] {
  return conditions.map((condition) => {
    const row = parseRow(condition);
    return row === undefined ? { key: nextKey(), json: condition } : { key: nextKey(), row };
  });
}

/** What an item says; `undefined` while it is not complete. */
export function conditionOf(item: ConditionItem): Json | undefined {
  return 'row' in item ? printRow(item.row) : item.json;
}

/** What the items say that are complete, and the numbers of the others, counted from 0. */
export function conditionsOf(items: readonly ConditionItem[]): {
  readonly conditions: readonly Json[];
  readonly incomplete: readonly number[];
} {
  const said = items.map(conditionOf);
  return {
    conditions: said.filter((one) => one !== undefined),
    incomplete: said.flatMap((one, index) => (one === undefined ? [index] : [])),
  };
}
