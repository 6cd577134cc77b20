import { types } from 'pg';
import { unescaped } from './text.ts';

type TypeId = Parameters<typeof types.getTypeParser>[0];

/** How values come from the database: all integers here are below 2^53; texts as they were before `escaped`. */
export function typeParser(type: TypeId, format?: 'text' | 'binary'): (value: string) => unknown {
  if (type === types.builtins.INT8) return Number;
  if (type === types.builtins.TEXT) return unescaped;
  return types.getTypeParser(type, format) as (value: string) => unknown;
}
