import fc from 'fast-check';
import type { HeldCall, HeldCallStore, NewLeg } from '../../src/store/held-calls.ts';

/** A leg of a `hold`; when it came is the clock's business. */
export type PlannedLeg = Omit<NewLeg, 'receivedAtMs'>;

/** One step about held calls that is done in one call and changes something. */
export type CallWrite =
  | { readonly verb: 'hold'; readonly legs: readonly PlannedLeg[] }
  /** A call that was handed out, counted from the last, whether or not it is as it was then. */
  | {
      readonly verb: 'release';
      readonly call: number;
      readonly raw: string;
      readonly hits: readonly { readonly webhookId: string; readonly lease: boolean }[];
    };

/** One step about held calls that reads. */
export type CallCommand = { readonly verb: 'dueCalls' };

const leg: fc.Arbitrary<PlannedLeg> = fc.record({
  source: fc.constantFrom('one', 'two'),
  vendor: fc.constantFrom('vodia', 'cisco'),
  groupKey: fc.constantFrom('a', 'ä', 'b'),
  // Few, so that duplicates are many.
  raw: fc.constantFrom('{"a":1}', '{"a":2}', '{"a":3}', '{"ä":"📞\\u0000"}'),
  violation: fc.constantFrom(undefined, undefined, 'odd'),
  waitMs: fc.constantFrom(0, 1, 400, 1_000),
  maxLegs: fc.constantFrom(2, 10),
});

/** Any one step that writes. */
export function callWrite(webhookId: fc.Arbitrary<string>): fc.Arbitrary<CallWrite> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.record({ verb: fc.constant('hold'), legs: fc.array(leg, { maxLength: 4 }) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        verb: fc.constant('release'),
        call: fc.nat(3),
        raw: fc.constantFrom('{"legs":[1]}', '{"legs":[2]}', '{"legs":[3]}'),
        hits: fc.uniqueArray(fc.record({ webhookId, lease: fc.boolean() }), {
          selector: (hit) => hit.webhookId,
          maxLength: 2,
        }),
      }),
    },
  );
}

/** Any one other step. */
export const callCommand: fc.Arbitrary<CallCommand> = fc.constant({ verb: 'dueCalls' });

/** More than a sequence makes of anything. */
const ALL = 10_000;

/** Which calls are held, in an order that does not depend on which of those due at once comes first. */
export async function heldCalls(calls: HeldCallStore): Promise<unknown> {
  return { count: await calls.count(), waiting: inOrder(await calls.waiting(ALL)) };
}

/** All calls that are due, in such an order. */
export async function dueCalls(calls: HeldCallStore): Promise<HeldCall[]> {
  return inOrder(await calls.due(ALL));
}

function inOrder<Call extends { readonly source: string; readonly groupKey: string }>(
  calls: readonly Call[],
): Call[] {
  const key = ({ source, groupKey }: Call): string => JSON.stringify([source, groupKey]);
  return calls.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
