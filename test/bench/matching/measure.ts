import type { Cdr } from '../../../src/cdr/cdr.ts';
import { CdrScope, holds } from '../../../src/match/logic.ts';
import { Matcher, type Rule } from '../../../src/match/matcher.ts';
import { RandomRules } from '../../support/random-rules.ts';
import { median, percentile } from '../statistics.ts';
import { benchmarkCdr } from './cdrs.ts';
import type { Mix } from './mixes.ts';

/** How much is measured. */
export interface Extent {
  readonly warmUpCdrs: number;
  /** They are matched over and over for as long, at least once: only then has V8 made of the code what it will. */
  readonly warmUpMs: number;
  readonly cdrs: number;
  readonly edits: number;
  /** At most this many CDRs go through the loop of json-logic-js, and it stops after `loopMs`. */
  readonly loopCdrs: number;
  readonly loopMs: number;
}

/** One mix at one size. Times per CDR in microseconds. */
export interface Measured {
  readonly mix: string;
  readonly webhooks: number;
  readonly hits: number;
  readonly p50: number;
  readonly p99: number;
  /** Processor time, as a mean. */
  readonly cpu: number;
  readonly loopP50: number;
  readonly loopP99: number;
  /** How many times as long the loop takes, by the medians. */
  readonly ratio: number;
  readonly loadMs: number;
  readonly heapBytes: number;
  readonly editP50: number;
  readonly editP99: number;
  /** CDRs of which index and loop told different hits. */
  readonly different: number;
}

/** Measures one mix at one size: index and loop take turns on the same CDRs. */
export function measure(mix: Mix, webhooks: number, extent: Extent): Measured {
  const random = new RandomRules(webhooks);
  const rules = Array.from({ length: webhooks }, (_, index) => mix.rule(random, index, webhooks));
  const { matcher, loadMs, heapBytes } = load(rules);
  const number =
    mix.name === 'S' ? () => String(20_000 + random.below(Math.min(2_000, webhooks / 10))) : undefined;
  const cdrs = Array.from({ length: extent.cdrs }, () => benchmarkCdr(random, number?.()));
  const warmUp = Array.from({ length: extent.warmUpCdrs }, () => benchmarkCdr(random, number?.()));
  const begin = performance.now();
  do for (const cdr of warmUp) matcher.match(cdr);
  while (performance.now() - begin < extent.warmUpMs);
  const { times, hits, cpu } = timeIndex(matcher, cdrs);
  const loop = timeLoop(rules, cdrs, extent, hits);
  const edits = timeEdits(matcher, rules, mix, extent.edits);
  return {
    mix: mix.name,
    webhooks,
    hits: hits.reduce((sum, one) => sum + one.length, 0) / cdrs.length,
    p50: median(times),
    p99: percentile(times, 0.99),
    cpu,
    loopP50: median(loop.times),
    loopP99: percentile(loop.times, 0.99),
    ratio: median(loop.times) / median(times),
    loadMs,
    heapBytes,
    editP50: median(edits),
    editP99: percentile(edits, 0.99),
    different: loop.different,
  };
}

function load(rules: readonly Rule[]): { matcher: Matcher; loadMs: number; heapBytes: number } {
  const before = heapUsed();
  const start = performance.now();
  const matcher = new Matcher(rules);
  const loadMs = performance.now() - start;
  return { matcher, loadMs, heapBytes: (heapUsed() - before) / rules.length };
}

function heapUsed(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

interface IndexTimes {
  readonly times: number[];
  readonly hits: (readonly string[])[];
  readonly cpu: number;
}

function timeIndex(matcher: Matcher, cdrs: readonly Cdr[]): IndexTimes {
  const cpuBefore = process.cpuUsage();
  const hits: (readonly string[])[] = [];
  const times = cdrs.map((cdr) => {
    const start = performance.now();
    hits.push(matcher.match(cdr).hits);
    return (performance.now() - start) * 1_000;
  });
  const { user, system } = process.cpuUsage(cpuBefore);
  return { times, hits, cpu: (user + system) / cdrs.length };
}

function timeLoop(
  rules: readonly Rule[],
  cdrs: readonly Cdr[],
  { loopCdrs, loopMs }: Extent,
  expected: readonly (readonly string[])[],
): { times: number[]; different: number } {
  const times: number[] = [];
  let different = 0;
  const begin = performance.now();
  for (const [index, cdr] of cdrs.slice(0, loopCdrs).entries()) {
    const start = performance.now();
    const scope = new CdrScope(cdr);
    const hits = rules.filter((rule) => matchesByLibrary(rule, scope)).map(({ id }) => id);
    times.push((performance.now() - start) * 1_000);
    if (hits.toSorted().join() !== expected[index]?.toSorted().join()) different += 1;
    if (performance.now() - begin > loopMs) break;
  }
  return { times, different };
}

function matchesByLibrary({ conditions }: Rule, scope: CdrScope): boolean {
  try {
    return conditions.every((condition) => holds(condition, scope));
  } catch {
    return false;
  }
}

function timeEdits(matcher: Matcher, rules: readonly Rule[], mix: Mix, edits: number): number[] {
  const random = new RandomRules(edits);
  return Array.from({ length: edits }, () => {
    const at = random.below(rules.length);
    const rule = mix.rule(random, at, rules.length);
    const start = performance.now();
    matcher.set(rule);
    return (performance.now() - start) * 1_000;
  });
}
