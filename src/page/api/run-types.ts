/** How much a run would go through. */
export interface Plan {
  readonly total: number;
  readonly skipped: number;
}

/** A redelivery or replay of many. */
export interface Run {
  readonly id: string;
  readonly kind: string;
  readonly state: 'running' | 'done' | 'cancelled';
  readonly total: number | null;
  readonly done: number;
  readonly made: number;
  readonly skipped: number;
}
