/**
 * Does items in waves, one after the other, so that no wave has two of the same key: one statement cannot change a row
 * twice. Items of one key keep their order.
 *
 * @param work does a wave, and gives those of its items that have to be done once more.
 */
export async function inWaves<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  work: (wave: readonly Item[]) => Promise<readonly Item[]>,
): Promise<void> {
  let waiting = items;
  for (let waves = 0; waiting.length > 0; waves += 1) {
    // Each wave does at least one item, unless it is to be done again without end.
    if (waves > items.length + 2)
      throw new Error('some of the work could not be done, however often it was begun');
    const wave = new Map<string, Item>();
    const later: Item[] = [];
    for (const item of waiting) {
      const key = keyOf(item);
      if (wave.has(key)) later.push(item);
      else wave.set(key, item);
    }
    waiting = [...(await work([...wave.values()])), ...later];
  }
}
