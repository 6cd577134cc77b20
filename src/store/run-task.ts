import { cdrIdBoundary, deliveryIdBoundary } from './identity.ts';
import type { FinalState, RunTask } from './runs.ts';

const FINAL_STATES: readonly FinalState[] = ['delivered', 'failed', 'cancelled'];

/** A stretch of ids, both ends included. */
export interface IdSpan {
  readonly from: string;
  readonly to: string;
}

/**
 * The ids that a task goes through.
 *
 * @param newest the greatest id of what it goes through, `''` when there is nothing.
 */
export function spanOf({ kind, selection }: RunTask, newest: string): IdSpan {
  const { sinceMs, untilMs } = selection;
  const boundary = kind === 'replay' ? cdrIdBoundary : deliveryIdBoundary;
  const only = kind === 'replay' ? selection.cdrId : selection.deliveryId;
  const starts = [only ?? '', sinceMs === undefined ? '' : boundary(sinceMs)];
  // No id is itself a boundary, so it does not matter that this end is included.
  const ends = [newest, only ?? newest, untilMs === undefined ? newest : boundary(untilMs)];
  return { from: starts.sort().at(-1) ?? '', to: ends.sort().at(0) ?? '' };
}

/** The states that a redelivery asks for. */
export function statesOf(states: readonly FinalState[] | undefined): readonly FinalState[] {
  return states ?? FINAL_STATES;
}

/** A selection as text, the same for selections that say the same. */
export function selectionText({ selection }: RunTask): string {
  return JSON.stringify(selection, Object.keys(selection).sort());
}

/** Whether two tasks are the same. */
export function isSameTask(one: RunTask, other: RunTask): boolean {
  return one.kind === other.kind && selectionText(one) === selectionText(other);
}
