import type { Json } from '../api/types.ts';
import { parseRow, ROW_OPERATORS, typesOf } from './rows.ts';

/** A condition in words where a row can show it, else as JSON. */
export function describeCondition(condition: Json): string {
  const row = parseRow(condition);
  if (row === undefined) return JSON.stringify(condition);
  const label = ROW_OPERATORS.find(({ operator }) => operator === row.operator)?.label ?? row.operator;
  if (typesOf(row.operator).length === 0) return `${row.field} ${label}`;
  return `${row.field} ${label} ${describeValue(row.value.type, row.value.text)}`;
}

function describeValue(type: string, text: string): string {
  if (type === 'text') return JSON.stringify(text);
  if (type === 'empty') return 'null';
  if (type === 'texts')
    return text
      .split('\n')
      .map((item) => JSON.stringify(item))
      .join(', ');
  return text.replaceAll('\n', ', ');
}
