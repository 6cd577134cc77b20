import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compare, type Subject } from './differential.ts';

/**
 * Compares a copy of the source, in the folder named on the command line, with json-logic-js, and prints what came of it. A
 * process of its own, because a module that was changed cannot be loaded beside the true one.
 */
const [folder = ''] = process.argv.slice(2);
const load = async <Module>(file: string): Promise<Module> =>
  (await import(pathToFileURL(join(folder, file)).href)) as Module;
const { Matcher } = await load<Pick<Subject, 'Matcher'>>('match/matcher.ts');
const { makeCdr } = await load<Pick<Subject, 'makeCdr'>>('cdr/cdr.ts');
const few = compare({ Matcher, makeCdr }, { seed: 11, rules: 12, steps: 1_500, stopsAtFirst: true });
const many = compare({ Matcher, makeCdr }, { seed: 12, rules: 500, steps: 12, stopsAtFirst: true });
console.log(JSON.stringify({ differences: few.differences + many.differences }));
