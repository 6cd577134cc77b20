import type { Cdr } from '../api/types.ts';

/** Who called whom and what became of it; of a CDR that does not tell, what its vendor knows the call by, or its own id. */
export function callText({ call: { from, to, status }, identity, id }: Cdr): string {
  if (from === undefined && to === undefined) return identity ?? id;
  const outcome = status === undefined ? '' : ` · ${status}`;
  return `${from ?? '?'} → ${to ?? '?'}${outcome}`;
}
