import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Vendors } from '../cdr/vendor.ts';
import { Matcher, type Rule } from '../match/matcher.ts';
import type { ReadCdr, StoredCdr } from '../store/records.ts';
import type { Store } from '../store/store.ts';

/** What a back-test needs. */
export interface BacktestOptions {
  readonly store: Pick<Store, 'cdrs'>;
  readonly vendors: Vendors;
  readonly readCdr: ReadCdr;
}

/** Which CDRs a back-test looks at: the newest, of one source or of all. */
export interface BacktestScope {
  readonly last: number;
  readonly source?: string | undefined;
}

/** What a webhook would have made of CDRs that are stored. */
export interface BacktestResult {
  readonly examined: number;
  readonly matched: number;
  /** The newest that it would have hit. */
  readonly examples: readonly StoredCdr[];
  /** When the oldest of those examined came in; epoch milliseconds. */
  readonly oldestAtMs: number | undefined;
  /** CDRs on which one of its conditions threw. */
  readonly errors: number;
  /** Whether time ran out before all that were asked for had been looked at. */
  readonly truncated: boolean;
}

/** Thrown while another back-test runs. */
export class BacktestBusyError extends Error {
  constructor() {
    super('another back-test is running; try again in a few seconds');
    this.name = 'BacktestBusyError';
  }
}

/** CDRs looked at in one go; then whatever else waits, intake above all, gets its turn. */
const SLICE = 25;
const EXAMPLES = 10;

/** Matches a webhook that is not in force against stored CDRs. One at a time, so that intake is held up by one at most. */
export class Backtest {
  readonly #options: BacktestOptions;
  readonly #mostMs: number;
  #isRunning = false;

  /** @param mostMs after how long it ends with what it has got. */
  constructor(options: BacktestOptions, mostMs = 5_000) {
    this.#options = options;
    this.#mostMs = mostMs;
  }

  /** @throws BacktestBusyError, StoreUnavailableError. */
  async run(rule: Rule, scope: BacktestScope): Promise<BacktestResult> {
    if (this.#isRunning) throw new BacktestBusyError();
    this.#isRunning = true;
    try {
      return await this.#run(rule, scope);
    } finally {
      this.#isRunning = false;
    }
  }

  async #run(rule: Rule, { last, source }: BacktestScope): Promise<BacktestResult> {
    const { store } = this.#options;
    const matcher = new Matcher([rule]);
    const endsAtMs = performance.now() + this.#mostMs;
    const tally = { examined: 0, matched: 0, errors: 0, examples: [] as StoredCdr[] };
    let oldest: StoredCdr | undefined;
    let isMore = true;
    while (isMore && tally.examined < last && performance.now() < endsAtMs) {
      const limit = Math.min(SLICE, last - tally.examined);
      const cdrs = await store.cdrs({ source, beforeId: oldest?.id, limit });
      for (const cdr of cdrs) this.#look(cdr, matcher, tally);
      oldest = cdrs.at(-1) ?? oldest;
      isMore = cdrs.length === limit;
      await nextTurn();
    }
    const truncated = isMore && tally.examined < last;
    return { ...tally, oldestAtMs: oldest?.receivedAtMs, truncated };
  }

  #look(
    stored: StoredCdr,
    matcher: Matcher,
    tally: { examined: number; matched: number; errors: number; examples: StoredCdr[] },
  ): void {
    tally.examined += 1;
    const cdr = this.#options.readCdr(stored);
    // As intake has it: what a vendor's profile ignores is matched with nothing.
    if (this.#options.vendors.get(stored.vendor)?.ignores(cdr) !== undefined) return;
    const { hits, errors } = matcher.match(cdr);
    if (errors.length > 0) tally.errors += 1;
    if (hits.length === 0) return;
    tally.matched += 1;
    if (tally.examples.length < EXAMPLES) tally.examples.push(stored);
  }
}
