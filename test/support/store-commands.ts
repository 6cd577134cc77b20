import fc from 'fast-check';
import { DELIVERY_STATES, type NewAttempt, type NewHit, type Outcome } from '../../src/store/records.ts';
import type { CdrFilter, DeliveryFilter, StoreSettings } from '../../src/store/store.ts';
import { callCommand, callWrite, type CallCommand, type CallWrite } from './store-call-commands.ts';
import { HOUR_MS } from './store-clock.ts';
import { runCommand, runWrite, type RunCommand, type RunWrite } from './store-run-commands.ts';

/** Webhooks that the commands speak of. A collation of a language would put them in another order. */
export const WEBHOOK_IDS = ['a', 'a-b', 'aa', 'b'] as const;

/** Short times, so that windows and leases end often. */
export const MODEL_SETTINGS: readonly StoreSettings[] = [
  { dedupeWindowMs: 1_000, leaseMs: 500 },
  { dedupeWindowMs: 0, leaseMs: 2_000 },
];

/** A CDR of an `accept`; when it came is the clock's business. */
export interface PlannedCdr {
  readonly source: string;
  readonly vendor: string;
  readonly raw: string;
  readonly violation: string | undefined;
  readonly hits: readonly NewHit[];
  readonly errors: readonly string[];
}

/** A settlement; `pick` counts from the lease that was granted last. */
export interface PlannedSettlement {
  readonly pick: number;
  readonly attempts: readonly NewAttempt[];
  readonly outcome: Outcome;
}

/** What is done in one call and changes something. */
export type Write =
  | { readonly verb: 'accept'; readonly cdrs: readonly PlannedCdr[] }
  | { readonly verb: 'lease'; readonly rooms: readonly (readonly [webhookId: string, room: number])[] }
  | { readonly verb: 'renew'; readonly picks: readonly number[] }
  | { readonly verb: 'settle'; readonly settlements: readonly PlannedSettlement[] }
  | CallWrite
  | RunWrite;

/** One step of a sequence. It speaks of records by their place, so that it can be played on any store. */
export type Command =
  | Write
  | RunCommand
  | CallCommand
  /** Many calls at the same time. */
  | { readonly verb: 'together'; readonly writes: readonly Write[] }
  /** Leases all that is due and settles it in these ways, in turn. */
  | { readonly verb: 'work'; readonly outcomes: readonly Outcome[] }
  | { readonly verb: 'due'; readonly after: string; readonly limit: number }
  | { readonly verb: 'purge'; readonly ageMs: number }
  | { readonly verb: 'advance'; readonly ms: number }
  | {
      readonly verb: 'cdrs';
      readonly filter: Omit<CdrFilter, 'beforeId'>;
      readonly before: number | undefined;
    }
  | {
      readonly verb: 'deliveries';
      readonly filter: Omit<DeliveryFilter, 'beforeId' | 'cdrId' | 'runId' | 'sinceMs' | 'untilMs'>;
      readonly sinceAgeMs: number | undefined;
      readonly untilAgeMs: number | undefined;
      readonly before: number | undefined;
      readonly ofCdr: number | undefined;
      readonly ofRun: number | undefined;
    }
  | { readonly verb: 'reopen' };

const webhookId = fc.constantFrom(...WEBHOOK_IDS);
const source = fc.constantFrom('one', 'two');
const vendor = fc.constantFrom('vodia', 'cisco');
/** Places of records among those there are; the last ones are the most interesting. */
const place = fc.oneof({ weight: 3, arbitrary: fc.nat(3) }, fc.nat(30));
/** Mostly not given, so that several together still find something. */
const optionally = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, arbitrary);

const cdr: fc.Arbitrary<PlannedCdr> = fc.record({
  source,
  vendor,
  // Few, so that duplicates are many.
  raw: fc.constantFrom('{"a":1}', '{"a":2}', '{"ä":"📞\\u0000"}', '{"id":9223372036854775807}'),
  violation: fc.constantFrom(undefined, undefined, 'odd'),
  hits: fc.uniqueArray(fc.record({ webhookId, lease: fc.boolean() }), {
    selector: (hit) => hit.webhookId,
    maxLength: 3,
  }),
  errors: fc.uniqueArray(webhookId, { maxLength: 2 }),
});

const attempt: fc.Arbitrary<NewAttempt> = fc.oneof(
  fc.record({
    startedAtMs: fc.nat(9_999),
    durationMs: fc.nat(99),
    status: fc.constantFrom(200, 410, 503),
    excerpt: fc.constantFrom('', 'ok', 'é\u0000'),
  }),
  fc.record({
    startedAtMs: fc.nat(9_999),
    durationMs: fc.nat(99),
    error: fc.constant({ code: 'ETIMEDOUT', message: 'no answer' }),
  }),
);

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ state: fc.constantFrom('delivered', 'failed', 'cancelled') }) },
  fc.record({
    state: fc.constant('pending'),
    delayMs: fc.constantFrom(0, 1, 400, 5_000),
    countsAsRound: fc.boolean(),
  }),
);

const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ verb: fc.constant('accept'), cdrs: fc.array(cdr, { maxLength: 4 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      verb: fc.constant('lease'),
      rooms: fc.uniqueArray(fc.tuple(webhookId, fc.nat(3)), { selector: ([id]) => id, minLength: 1 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ verb: fc.constant('renew'), picks: fc.array(place, { maxLength: 4 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      verb: fc.constant('settle'),
      settlements: fc.array(
        fc.record({ pick: place, attempts: fc.array(attempt, { maxLength: 3 }), outcome }),
        {
          minLength: 1,
          maxLength: 3,
        },
      ),
    }),
  },
  { weight: 3, arbitrary: runWrite(webhookId, place) },
  { weight: 3, arbitrary: callWrite(webhookId) },
);

const limit = fc.constantFrom(1, 3, 10, 100);

/** Any one command. */
export const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 12, arbitrary: write },
  {
    weight: 2,
    arbitrary: fc.record({
      verb: fc.constant('together'),
      writes: fc.array(write, { minLength: 2, maxLength: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ verb: fc.constant('due'), after: fc.constantFrom('', 'a', 'a-b', 'ab'), limit }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      verb: fc.constant('advance'),
      ms: fc.constantFrom(1, 99, 400, 500, 1_000, 2_000, HOUR_MS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ verb: fc.constant('purge'), ageMs: fc.constantFrom(-1, 0, 1, 500, 2 * HOUR_MS) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      verb: fc.constant('cdrs'),
      filter: fc.record({
        source: optionally(source),
        vendor: optionally(vendor),
        matched: optionally(fc.boolean()),
        limit,
      }),
      before: optionally(place),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      verb: fc.constant('deliveries'),
      filter: fc.record({
        webhookId: optionally(webhookId),
        state: optionally(
          fc.oneof(
            fc.constantFrom(...DELIVERY_STATES),
            fc.array(fc.constantFrom(...DELIVERY_STATES), { maxLength: 3 }),
          ),
        ),
        limit,
      }),
      sinceAgeMs: optionally(fc.constantFrom(0, 1, 500, HOUR_MS)),
      untilAgeMs: optionally(fc.constantFrom(0, 1, 500)),
      ofRun: optionally(fc.nat(2)),
      before: optionally(place),
      ofCdr: optionally(place),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      verb: fc.constant('work'),
      outcomes: fc.array(outcome, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 6, arbitrary: runCommand(webhookId, place) },
  { weight: 2, arbitrary: callCommand },
  { weight: 1, arbitrary: fc.constant({ verb: 'reopen' }) },
);
