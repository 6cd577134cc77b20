import type { CallField } from './call-fields.ts';
import type { SourceReading } from './read.ts';
import type { Vendors } from './vendor.ts';

/** The fields that `call.ts` makes of others: any one of the lists is enough. */
const FOLLOWS_FROM: Readonly<Partial<Record<CallField, readonly (readonly CallField[])[]>>> = {
  kind: [[]],
  answered: [['status']],
  // Without a direction it can only be false, which no rule waits for.
  missed: [['direction', 'status']],
  duration: [['answer', 'end']],
  wait: [
    ['start', 'answer'],
    ['start', 'end'],
  ],
  total: [['start', 'end']],
};

/** What is needed for a field that no mapping gives; nothing when it follows from no others. */
export function neededFor(field: CallField): readonly CallField[] {
  return FOLLOWS_FROM[field]?.[0] ?? [];
}

/**
 * The fields of the overlay that CDRs of each source can have, by its vendor's mapping and its own. A source without a
 * vendor takes the CDRs of all.
 */
export function givenCallFields(
  sources: ReadonlyMap<string, SourceReading>,
  vendors: Vendors,
): ReadonlyMap<string, ReadonlySet<CallField>> {
  return new Map(
    [...sources].map(([name, { vendor, rules }]) => {
      const names = vendor === undefined ? vendors.names : [vendor.profile.vendor];
      const mapped = names.map(
        (one) => new Set([...vendors.named(one).rules.keys(), ...(rules?.keys() ?? [])]),
      );
      return [name, new Set(mapped.flatMap((fields) => [...withConsequences(fields)]))] as const;
    }),
  );
}

function withConsequences(mapped: ReadonlySet<CallField>): ReadonlySet<CallField> {
  const follows = Object.entries(FOLLOWS_FROM) as [CallField, readonly (readonly CallField[])[]][];
  const given = follows
    .filter(([, ways]) => ways.some((needed) => needed.every((field) => mapped.has(field))))
    .map(([field]) => field);
  return new Set([...mapped, ...given]);
}
