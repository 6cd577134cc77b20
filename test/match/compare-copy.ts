import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeCdr } from '../../src/cdr/cdr.ts';
import { compare, type Differences, type Subject } from './differential.ts';

/**
 * Compares copies of `src/match`, in the folders named on the command line, with json-logic-js, and prints for each how many
 * answers differ: a line of JSON with `differences`. A process of its own, because a copy that was changed may do anything.
 */
for (const folder of process.argv.slice(2)) console.log(JSON.stringify(await differencesOf(folder)));

/** One that crashes differs, too. */
async function differencesOf(folder: string): Promise<Pick<Differences, 'differences'>> {
  const { href } = pathToFileURL(join(folder, 'matcher.ts'));
  const { Matcher } = (await import(href)) as Pick<Subject, 'Matcher'>;
  try {
    // The shorter one first: it finds most.
    const many = compare({ Matcher, makeCdr }, { seed: 12, rules: 500, steps: 12, stopsAtFirst: true });
    if (many.differences > 0) return many;
    return compare({ Matcher, makeCdr }, { seed: 11, rules: 12, steps: 1_500, stopsAtFirst: true });
  } catch (error) {
    console.error(error);
    return { differences: 1 };
  }
}
