import type { LookupAddress, LookupOptions } from 'node:dns';
import type { Resolve } from './network-guard.ts';

/** What shared lookups need. */
export interface SharedLookupOptions {
  /** Looks a name up; `dns.lookup`. */
  readonly resolve: Resolve;
  /** Lookups under way at the same time; more would only wait for a thread. */
  readonly atOnce: number;
  /** Milliseconds of any clock. */
  readonly now: () => number;
}

type Callback = Parameters<Resolve>[2];

/** One lookup, and who waits for it. */
interface Lookup {
  readonly hostname: string;
  readonly options: LookupOptions & { readonly all: true };
  readonly waiting: Callback[];
  /** `undefined` while it waits itself. */
  startedAtMs: number | undefined;
}

/** A name that was found in less is a quick one. */
const QUICK_MS = 1_000;
/** Quick names that are remembered. */
const QUICK_NAMES = 10_000;

/**
 * Looks each name up once at a time, however many wait for it, and keeps half of the lookups for names that were found
 * quickly the last time. So names whose servers do not answer, each of which holds a thread for many seconds, hold up
 * nobody else. Whoever waits gives up by a timeout of its own; the lookup goes on.
 */
export class SharedLookup {
  readonly #options: SharedLookupOptions;
  /** Under way or waiting, in the order in which they came. */
  readonly #lookups = new Map<string, Lookup>();
  readonly #quickNames = new Set<string>();
  #underWay = 0;
  #notQuickUnderWay = 0;

  constructor(options: SharedLookupOptions) {
    this.#options = options;
  }

  /** Stands in the place of `dns.lookup`. */
  readonly resolve: Resolve = (hostname, options: Lookup['options'], callback) => {
    const key = JSON.stringify([hostname, options.family, options.hints, options.order]);
    const known = this.#lookups.get(key);
    if (known !== undefined) {
      known.waiting.push(callback);
      return;
    }
    this.#lookups.set(key, { hostname, options, waiting: [callback], startedAtMs: undefined });
    this.#startNext();
  };

  #startNext(): void {
    for (const [key, lookup] of this.#lookups) {
      if (this.#underWay >= this.#options.atOnce) return;
      const isQuick = this.#quickNames.has(lookup.hostname);
      const hasRoom = isQuick || this.#notQuickUnderWay < Math.max(1, this.#options.atOnce / 2);
      if (lookup.startedAtMs === undefined && hasRoom) this.#start(key, lookup, isQuick);
    }
  }

  #start(key: string, lookup: Lookup, isQuick: boolean): void {
    const { resolve, now } = this.#options;
    const startedAtMs = now();
    lookup.startedAtMs = startedAtMs;
    this.#underWay += 1;
    if (!isQuick) this.#notQuickUnderWay += 1;
    resolve(lookup.hostname, lookup.options, (error, addresses) => {
      this.#lookups.delete(key);
      this.#underWay -= 1;
      if (!isQuick) this.#notQuickUnderWay -= 1;
      this.#remember(lookup.hostname, error === null && now() - startedAtMs < QUICK_MS);
      this.#startNext();
      tell(lookup.waiting, error, addresses);
    });
  }

  #remember(hostname: string, isQuick: boolean): void {
    this.#quickNames.delete(hostname);
    if (!isQuick) return;
    this.#quickNames.add(hostname);
    const [oldest] = this.#quickNames;
    if (this.#quickNames.size > QUICK_NAMES && oldest !== undefined) this.#quickNames.delete(oldest);
  }
}

function tell(
  waiting: readonly Callback[],
  error: NodeJS.ErrnoException | null,
  addresses: LookupAddress[],
): void {
  for (const callback of waiting) callback(error, addresses);
}
