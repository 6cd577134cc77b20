import fc from 'fast-check';
import type { FinalState, RunState } from '../../src/store/runs.ts';

/** A task that speaks of records by their place, and of times by how long ago they were. */
export interface PlannedTask {
  readonly kind: 'redeliver' | 'replay';
  /** The one delivery or CDR, counted from the last. */
  readonly only: number | undefined;
  readonly sinceAgeMs: number | undefined;
  readonly untilAgeMs: number | undefined;
  readonly webhookId: string | undefined;
  readonly states: readonly FinalState[] | undefined;
  readonly source: string | undefined;
  readonly again: boolean | undefined;
}

/** One step about runs that is done in one call and changes something; runs are counted from the last. */
export type RunWrite =
  | { readonly verb: 'redeliver'; readonly run: number; readonly limit: number }
  /** A page that was handed out, the last or an earlier one, with what each CDR of it hit. */
  | { readonly verb: 'replay'; readonly page: number; readonly hits: readonly (readonly string[])[] }
  | { readonly verb: 'cancelRun'; readonly run: number }
  | { readonly verb: 'cancel'; readonly picks: readonly number[] };

/** One step about runs that reads, or that takes more than one transaction. */
export type RunCommand =
  | { readonly verb: 'plan'; readonly task: PlannedTask }
  | { readonly verb: 'start'; readonly task: PlannedTask; readonly key: string | undefined }
  /** Begins a run and goes through all of it. */
  | { readonly verb: 'carryOut'; readonly task: PlannedTask; readonly hits: readonly (readonly string[])[] }
  | { readonly verb: 'replayPage'; readonly run: number; readonly limit: number }
  | {
      readonly verb: 'runs';
      readonly state: RunState | undefined;
      readonly before: number | undefined;
      readonly limit: number;
    }
  | { readonly verb: 'cancelPending'; readonly webhookId: string };

/** Mostly not given, so that several together still find something. */
function optionally<Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, arbitrary);
}

const limit = fc.constantFrom(1, 2, 3, 100);
const ageMs = fc.constantFrom(0, 1, 500, 3_600_000);

function task(webhookId: fc.Arbitrary<string>, place: fc.Arbitrary<number>): fc.Arbitrary<PlannedTask> {
  return fc.record({
    kind: fc.constantFrom('redeliver', 'replay'),
    only: optionally(place),
    sinceAgeMs: optionally(ageMs),
    untilAgeMs: optionally(ageMs),
    webhookId: optionally(webhookId),
    states: fc.oneof(
      fc.constantFrom(undefined, ['failed' as const]),
      fc.uniqueArray(fc.constantFrom<FinalState>('delivered', 'failed', 'cancelled'), { minLength: 1 }),
    ),
    source: optionally(fc.constantFrom('one', 'two')),
    again: fc.constantFrom(undefined, true, false),
  });
}

function hits(webhookId: fc.Arbitrary<string>): fc.Arbitrary<string[][]> {
  return fc.array(fc.uniqueArray(webhookId, { maxLength: 3 }), { minLength: 1, maxLength: 4 });
}

/** Any one step that writes. */
export function runWrite(
  webhookId: fc.Arbitrary<string>,
  place: fc.Arbitrary<number>,
): fc.Arbitrary<RunWrite> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ verb: fc.constant('redeliver'), run: fc.nat(2), limit }) },
    {
      weight: 3,
      arbitrary: fc.record({ verb: fc.constant('replay'), page: fc.nat(2), hits: hits(webhookId) }),
    },
    { weight: 1, arbitrary: fc.record({ verb: fc.constant('cancelRun'), run: fc.nat(3) }) },
    {
      weight: 1,
      arbitrary: fc.record({ verb: fc.constant('cancel'), picks: fc.array(place, { maxLength: 4 }) }),
    },
  );
}

/** Any one other step. */
export function runCommand(
  webhookId: fc.Arbitrary<string>,
  place: fc.Arbitrary<number>,
): fc.Arbitrary<RunCommand> {
  const planned = task(webhookId, place);
  return fc.oneof(
    { weight: 1, arbitrary: fc.record({ verb: fc.constant('plan'), task: planned }) },
    {
      weight: 4,
      arbitrary: fc.record({
        verb: fc.constant('start'),
        task: planned,
        key: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, fc.constantFrom('k', 'l')),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({ verb: fc.constant('carryOut'), task: planned, hits: hits(webhookId) }),
    },
    { weight: 4, arbitrary: fc.record({ verb: fc.constant('replayPage'), run: fc.nat(2), limit }) },
    {
      weight: 1,
      arbitrary: fc.record({
        verb: fc.constant('runs'),
        state: optionally(fc.constantFrom<RunState>('running', 'done', 'cancelled')),
        before: optionally(fc.nat(3)),
        limit,
      }),
    },
    { weight: 1, arbitrary: fc.record({ verb: fc.constant('cancelPending'), webhookId }) },
  );
}
