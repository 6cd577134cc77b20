import type { JsonObject } from '../api/types.ts';

/** What the view of a webhook that was just created goes on with. */
export interface Created {
  readonly id: string;
  /** The webhook with what was typed while it was created; `undefined` when nothing was. */
  readonly begun: JsonObject | undefined;
}

let kept: Created | undefined;

/** Keeps it for the view that opens next. */
export function keepCreated(created: Created): void {
  kept = created;
}

/** What was kept for the view of a webhook, once. */
export function takeCreated(id: string): Created | undefined {
  const taken = kept?.id === id ? kept : undefined;
  kept = undefined;
  return taken;
}
