import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DecodedCdr } from '../cdr/cdr.ts';

/** How long other requests wait for their turn while a large one is read. */
const SLICE_MS = 20;

/** CDRs that are matched and stored together. */
const BATCH = { cdrs: 100, characters: 1_048_576 } as const;

/** Cuts long work into slices of time, between which whatever else waits gets its turn. */
export class Slices {
  #endMs = performance.now() + SLICE_MS;

  /** Lets others have their turn when it is time for that. */
  async pause(): Promise<void> {
    if (performance.now() < this.#endMs) return;
    await nextTurn();
    this.#endMs = performance.now() + SLICE_MS;
  }
}

/** Whether a batch that holds so many characters takes no other CDR. A large one is a batch by itself. */
export function isFull({ length }: readonly DecodedCdr[], characters: number): boolean {
  return length >= BATCH.cdrs || characters >= BATCH.characters;
}

/** Makes batches of CDRs that are read while this goes through them, and lets others have their turn meanwhile. */
export async function* batchesOf<Read extends DecodedCdr>(all: Iterable<Read>): AsyncGenerator<Read[]> {
  const slices = new Slices();
  let batch: Read[] = [];
  let characters = 0;
  for (const one of all) {
    batch.push(one);
    characters += one.raw.length;
    if (isFull(batch, characters)) {
      yield batch;
      batch = [];
      characters = 0;
    }
    await slices.pause();
  }
  if (batch.length > 0) yield batch;
}
