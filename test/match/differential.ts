import type { makeCdr as MakeCdr } from '../../src/cdr/cdr.ts';
import type { Matcher as MatcherType, Rule } from '../../src/match/matcher.ts';
import { libraryMatches } from '../support/library-logic.ts';
import { RandomRules } from '../support/random-rules.ts';

/** What a comparison needs of the code that is compared; another copy of it may stand in. */
export interface Subject {
  readonly Matcher: typeof MatcherType;
  readonly makeCdr: typeof MakeCdr;
}

/** How much is compared. */
export interface Extent {
  readonly seed: number;
  /** Webhooks in the matcher, about. */
  readonly rules: number;
  /** Times that some webhooks are changed and CDRs matched. */
  readonly steps: number;
  /** Whether one difference is enough. */
  readonly stopsAtFirst?: boolean;
}

/** What came of it. */
export interface Differences {
  /** Answers about one webhook and one CDR that were compared. */
  readonly comparisons: number;
  /** How many of them were matches. */
  readonly matches: number;
  /** A few of the webhooks and records about which the answers differ. */
  readonly examples: readonly string[];
  readonly differences: number;
}

const CDRS_PER_STEP = 8;
const EXAMPLES = 3;

/**
 * Compares a matcher with json-logic-js through random adds, changes and removals: the webhooks it says a CDR hits must be
 * those of which every condition holds, each once.
 */
export function compare(
  { Matcher, makeCdr }: Subject,
  { seed, rules, steps, stopsAtFirst = false }: Extent,
): Differences {
  const random = new RandomRules(seed);
  const live = new Map<string, Rule>();
  for (let index = 0; index < rules; index += 1) live.set(`r${index}`, random.rule(`r${index}`));
  const matcher = new Matcher(live.values());
  let [comparisons, matches, differences, added] = [0, 0, 0, rules];
  const examples: string[] = [];
  for (let step = 0; step < steps && !(stopsAtFirst && differences > 0); step += 1) {
    for (let edits = random.below(6); edits > 0; edits -= 1) added += edit(matcher, live, random, added);
    for (let cdr = 0; cdr < CDRS_PER_STEP; cdr += 1) {
      const record = random.record();
      const expected = [...live.values()].filter((rule) => libraryMatches(rule, record)).map(({ id }) => id);
      const { hits } = matcher.match(makeCdr({ raw: '', record }, 's', 'v', new Date(0)));
      comparisons += live.size;
      matches += expected.length;
      if (hits.toSorted().join() === expected.toSorted().join()) continue;
      const wrong = symmetricDifference(hits, expected);
      differences += Math.max(1, wrong.length);
      const [first = ''] = wrong;
      const text = JSON.stringify({ rule: live.get(first) ?? `${first} (gone, or told twice)`, record });
      if (examples.length < EXAMPLES) examples.push(text);
    }
  }
  return { comparisons, matches, differences, examples };
}

/** Changes, adds or removes one webhook. Returns how many ids were used up. */
function edit(matcher: MatcherType, live: Map<string, Rule>, random: RandomRules, added: number): number {
  const ids = [...live.keys()];
  const known = ids[random.below(ids.length)] ?? 'r0';
  switch (random.below(3)) {
    case 0:
      matcher.delete(known);
      live.delete(known);
      return 0;
    case 1: {
      const changed = random.rule(known);
      matcher.set(changed);
      live.set(known, changed);
      return 0;
    }
    default: {
      const rule = random.rule(`r${added}`);
      matcher.set(rule);
      live.set(rule.id, rule);
      return 1;
    }
  }
}

function symmetricDifference(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set(a).symmetricDifference(new Set(b))];
}
