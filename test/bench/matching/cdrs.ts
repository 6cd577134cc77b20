import { makeCdr, makeFields, type Cdr } from '../../../src/cdr/cdr.ts';
import type { JsonObject } from '../../../src/check/json-text.ts';
import type { RandomRules } from '../../support/random-rules.ts';

export const EXTENSIONS = 20_000;
export const DEVICES = 20_000;
export const USERS = 15_000;

/** Chosen so that mix A has about six hits per CDR and thousand webhooks. */
const SKEW = 1.4;

/** A number below `limit`, small ones more often: a few extensions have most of the calls. */
export function skewed(random: RandomRules, limit: number): number {
  return Math.floor((random.below(1_000_000) / 1_000_000) ** SKEW * limit);
}

export function extension(random: RandomRules): string {
  return String(20_000 + skewed(random, EXTENSIONS));
}

/** Fields that no rule asks for, as most of a Cisco Unified CM record is. */
const FILLERS = 85;

/** A record as of Cisco Unified CM: a hundred fields, many of them empty, and the legs of the call. */
export function benchmarkCdr(random: RandomRules, number = extension(random)): Cdr {
  const record: JsonObject = {};
  for (let index = 0; index < FILLERS; index += 1)
    record[`field${index}_value`] = index % 3 === 0 ? index : '';
  const connect = 1_773_736_200;
  Object.assign(record, {
    callingPartyNumber: extension(random),
    finalCalledPartyNumber: number,
    origDeviceName: `SEP${String(skewed(random, DEVICES)).padStart(12, '0')}`,
    callingPartyUnicodeLoginUserID: `user${skewed(random, USERS)}`,
    huntPilotDN: random.below(2) === 0 ? '' : extension(random),
    duration: random.below(1_000),
    destCause_value: [0, 16, 17, 18, 19][random.below(5)],
    origCause_value: [0, 16][random.below(2)],
    globalCallId_ClusterID: ['C1', 'C2', 'C3'][random.below(3)],
    dateTimeConnect: connect,
    dateTimeDisconnect: connect + random.below(4_000),
    legs: Array.from({ length: 1 + random.below(3) }, () => ({ number: extension(random), kind: 'voice' })),
  });
  const cdr = makeCdr({ raw: '', record }, 'bench', 'cisco', new Date(0));
  // Both ways of matching read them: flattening is not what is compared.
  makeFields(cdr);
  return cdr;
}
