import { storeError, StoreUnavailableError } from '../store.ts';
import { isFaultOfData } from './failures.ts';

/** What a batcher needs to know. */
export interface BatcherOptions<Item, Result> {
  /**
   * Does many callers' work with one of the connections; gives each item's result, in their order. It may be asked
   * again for part of what it could not do.
   */
  readonly commit: (items: readonly Item[], lane: number) => Promise<readonly Result[]>;
  /** How much an item adds to a batch. */
  readonly weigh: (item: Item) => number;
  /** What makes a batch full: no more is put into it. */
  readonly fullWeight: number;
  /** Batches under way at once. */
  readonly lanes: number;
}

interface Work<Item, Result> {
  readonly item: Item;
  readonly weight: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Commits the work of many callers together: what is handed in while a batch is under way goes into the next one. There
 * is a second batch at the same time only when what waits would fill it, so under load batches are as large as can be.
 */
export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>;
  #waiting: Work<Item, Result>[] = [];
  #waitingWeight = 0;
  readonly #freeLanes: number[];
  readonly #underWay = new Set<Promise<void>>();
  #isScheduled = false;

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options;
    this.#freeLanes = Array.from({ length: options.lanes }, (_, lane) => lane);
  }

  /**
   * Hands in an item.
   *
   * @throws StoreUnavailableError when nothing is known to have been kept of it.
   */
  run(item: Item): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const weight = this.#options.weigh(item);
      this.#waiting.push({ item, weight, resolve, reject });
      this.#waitingWeight += weight;
      this.#schedule();
    });
  }

  /** Waits until nothing is left. */
  async drain(): Promise<void> {
    this.#flush();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** At the end of the event loop's turn, so that all that came with one packet goes together. */
  #schedule(): void {
    if (this.#isScheduled || !this.#mayBegin()) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  #mayBegin(): boolean {
    const { lanes, fullWeight } = this.#options;
    if (this.#waiting.length === 0 || this.#freeLanes.length === 0) return false;
    return this.#freeLanes.length === lanes || this.#waitingWeight >= fullWeight;
  }

  #flush(): void {
    while (this.#mayBegin()) {
      const lane = this.#freeLanes.pop() ?? 0;
      const underWay = this.#do(this.#take(), lane).then(() => {
        this.#underWay.delete(underWay);
        this.#freeLanes.push(lane);
        this.#flush();
      });
      this.#underWay.add(underWay);
    }
  }

  #take(): Work<Item, Result>[] {
    let weight = 0;
    // The first one always fits: it may be heavier than a full batch by itself.
    const count = this.#waiting.findIndex((work, index) => {
      weight += work.weight;
      return index > 0 && weight > this.#options.fullWeight;
    });
    const works = this.#waiting.splice(0, count === -1 ? this.#waiting.length : count);
    for (const work of works) this.#waitingWeight -= work.weight;
    return works;
  }

  async #do(works: readonly Work<Item, Result>[], lane: number): Promise<void> {
    try {
      const items = works.map(({ item }) => item);
      const results = await this.#options.commit(items, lane);
      for (const [index, work] of works.entries()) work.resolve(results[index] as Result);
    } catch (error) {
      await this.#failed(works, lane, error);
    }
  }

  async #failed(works: readonly Work<Item, Result>[], lane: number, error: unknown): Promise<void> {
    const told = storeError(error);
    const isOfWork = isFaultOfData(causeOf(error)) || !(told instanceof StoreUnavailableError);
    if (works.length > 1 && isOfWork) {
      // One caller's work must not fail the others'.
      for (const work of works) await this.#do([work], lane);
      return;
    }
    for (const work of works) work.reject(told);
    // A database that does not answer would let those who wait do so once more for as long.
    if (!isOfWork) this.#rejectWaiting(told);
  }

  #rejectWaiting(error: unknown): void {
    for (const work of this.#waiting.splice(0)) work.reject(error);
    this.#waitingWeight = 0;
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof StoreUnavailableError ? error.cause : error;
}
