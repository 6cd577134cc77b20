import type { JsonObject } from '../../../src/check/json-text.ts';
import type { Rule } from '../../../src/match/matcher.ts';
import { type RandomRules } from '../../support/random-rules.ts';
import { DEVICES, EXTENSIONS, USERS, extension, skewed } from './cdrs.ts';

/** A kind of rule set. */
export interface Mix {
  readonly name: string;
  readonly title: string;
  /** @param count how many rules there will be. */
  rule(random: RandomRules, index: number, count: number): Rule;
}

type Make = (random: RandomRules) => JsonObject;

const field = (name: string): JsonObject => ({ var: name });

function pick<Item>(random: RandomRules, items: readonly Item[]): Item {
  return items[random.below(items.length)] as Item;
}

/** What most rules ask for first: one of very many numbers, devices or users. */
const selective: Make = (random) => {
  const share = random.below(100);
  if (share < 55) return selectiveEquality(random);
  if (share < 65) {
    return { '==': [{ substr: [field('callingPartyNumber'), 0, 3] }, String(200 + random.below(200))] };
  }
  if (share < 75) {
    const numbers = Array.from({ length: 2 + random.below(8) }, () => extension(random));
    return { in: [field('finalCalledPartyNumber'), numbers] };
  }
  if (share < 83) return { in: [String(random.below(10_000)).padStart(4, '0'), field('origDeviceName')] };
  if (share < 90) return { some: [field('legs'), { '==': [field('number'), extension(random)] }] };
  if (share < 97) {
    return {
      or: [
        { '==': [field('callingPartyNumber'), extension(random)] },
        { '==': [field('finalCalledPartyNumber'), extension(random)] },
      ],
    };
  }
  if (share < 99) return wide(random);
  return arithmetic(random);
};

function selectiveEquality(random: RandomRules): JsonObject {
  switch (random.below(5)) {
    case 0:
      return { '==': [field('origDeviceName'), `SEP${String(skewed(random, DEVICES)).padStart(12, '0')}`] };
    case 1:
      return { '==': [field('callingPartyUnicodeLoginUserID'), `user${skewed(random, USERS)}`] };
    case 2:
      return { '==': [field('huntPilotDN'), extension(random)] };
    default: {
      const number = extension(random);
      const name = pick(random, ['callingPartyNumber', 'finalCalledPartyNumber']);
      return { '==': [field(name), random.below(10) === 0 ? Number(number) : number] };
    }
  }
}

/** Durations that people choose, in seconds. */
const DURATIONS = [10, 30, 60, 120, 180, 300, 600, 900, 1_200, 1_800];

/** What many CDRs meet. */
const WIDE: readonly Make[] = [
  (random) => ({ '>': [field('duration'), pick(random, DURATIONS)] }),
  (random) => ({ '==': [field('destCause_value'), pick(random, [0, 16, 17, 18, 19])] }),
  (random) => ({ '!=': [field('origCause_value'), pick(random, [0, 16, 17])] }),
  () => ({ in: [field('destCause_value'), [16, 17]] }),
  (random) => ({ '==': [field('globalCallId_ClusterID'), pick(random, ['C1', 'C2', 'C3'])] }),
  (random) => ({ '<': [10, field('duration'), pick(random, [60, 300, 600, 900, 1_800, 3_600])] }),
  () => ({ '!!': [field('callingPartyUnicodeLoginUserID')] }),
  () => ({ '!': [{ missing: ['destCause_value'] }] }),
  (random) => ({ none: [field('legs'), { '==': [field('kind'), pick(random, ['fax', 'modem'])] }] }),
];

const wide: Make = (random) => pick(random, WIDE)(random);

const arithmetic: Make = (random) => ({
  '>': [{ '-': [field('dateTimeDisconnect'), field('dateTimeConnect')] }, random.below(3_600)],
});

/** Two to four conditions, the given ones somewhere among wide ones. */
function ruleOf(random: RandomRules, index: number, first: JsonObject): Rule {
  const conditions = [first, ...Array.from({ length: 1 + random.below(3) }, () => wide(random))];
  const at = random.below(conditions.length);
  [conditions[0], conditions[at]] = [conditions[at] ?? first, first];
  return { id: `w${index}`, conditions };
}

const routing: Mix = {
  name: 'A',
  title: 'routing: by number, device, user, prefix, list, leg',
  rule: (random, index) => ruleOf(random, index, selective(random)),
};

const hostile: Mix = {
  name: 'C',
  title: 'hostile: a third of the rules only of conditions that many CDRs meet',
  rule: (random, index) => {
    const share = random.below(10);
    const first = share < 2 ? wide(random) : share < 3 ? arithmetic(random) : selective(random);
    return ruleOf(random, index, first);
  },
};

const everything: Mix = {
  name: 'D',
  title: 'everything matches: negations and comparisons of fields',
  rule: (random, index) => ({
    id: `w${index}`,
    conditions: [
      { '!=': [field('callingPartyNumber'), `x${extension(random)}`] },
      { '!==': [field('origDeviceName'), `none${random.below(EXTENSIONS)}`] },
      { '>=': [field('dateTimeDisconnect'), field('dateTimeConnect')] },
    ],
  }),
};

const unindexable: Mix = {
  name: 'F',
  title: 'nothing to index: fields compared with fields, nothing matches',
  rule: (random, index) => ({
    id: `w${index}`,
    conditions: [
      {
        '>': [field('dateTimeConnect'), { '+': [field('dateTimeDisconnect'), index] }],
      },
      { '!=': [field('callingPartyNumber'), extension(random)] },
      { '!=': [field('origCause_value'), 99] },
    ],
  }),
};

/** Ten rules ask for each of the numbers, however many rules there are: the matches stay the same. */
const steady: Mix = {
  name: 'S',
  title: 'the same number of matches however many rules',
  rule: (random, index, count) => {
    const numbers = Math.max(1, count / 10);
    // A few thousand of the numbers are called; those of the other rules never are.
    const number = String(20_000 + (index % numbers));
    return ruleOf(random, index, { '==': [field('finalCalledPartyNumber'), number] });
  },
};

/** All mixes. */
export const MIXES: readonly Mix[] = [routing, hostile, everything, unindexable, steady];
