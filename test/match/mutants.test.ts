import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** A way to break the index: in a file of src/match, the text that is replaced, and what by. */
type Mutant = readonly [name: string, file: string, text: string, replacement: string];

const MUTANTS: readonly Mutant[] = [
  [
    'a number is not looked up by the value of a text',
    'probes.ts',
    'primitive === null ? NO_KEY : Number(primitive)',
    "typeof primitive !== 'number' ? NO_KEY : primitive",
  ],
  [
    'null is not 0 to a range',
    'probes.ts',
    'this.#sign * Number(primitive)',
    'this.#sign * Number(primitive ?? NaN)',
  ],
  ['a list is not compared as a text', 'probes.ts', '    return String(value);', '    return null;'],
  ['a threshold itself is left out', 'probes.ts', 'threshold <= rank)', 'threshold < rank)'],
  [
    'a list is taken for its first item',
    'probes.ts',
    '[...new Set(value as Key[])]',
    '(value as Key[]).slice(0, 1)',
  ],
  ['a suffix is looked for at the beginning', 'probes.ts', "this.#probe === 'suffix' ? last : 0", '0'],
  ['a numeric text is not equal to its number', 'witness.ts', 'Number.isNaN(Number(key))', 'key.length > 0'],
  ['a comparison is not mirrored', 'witness.ts', 'entry(right, mirrored, a)', 'entry(right, probe, a)'],
  [
    'null in a list is a value as others',
    'witness.ts',
    "key === null ? entry(operand, 'nullish') : entry(operand, 'same', key)",
    "entry(operand, 'same', key)",
  ],
  ['"or" needs its first part', 'witness.ts', 'return union(args.map(', 'return choose(args.map('],
  ['"or" is proved by one entry', 'witness.ts', 'starts_with ends_with', 'starts_with ends_with or'],
  [
    '"all" is true of no elements',
    'witness.ts',
    "!== true) return [entry(operand, 'truthy')];",
    "!== true) return [entry(operand, 'falsy')];",
  ],
  ['a webhook is not taken out', 'rule-index.ts', 'for (const home of rule.homes) home.remove(rule);', ''],
  [
    'a split forgets where webhooks were',
    'rule-index.ts',
    'rule.homes = rule.homes.filter((home) => home !== this);\n      level.place(candidate);',
    'level.place(candidate);\n      rule.homes = [];',
  ],
  ['only common conditions are verified', 'matcher.ts', 'others.length === 0 ||', 'others.length >= 0 ||'],
  [
    'what is unsure is not verified',
    'matcher.ts',
    'isSure ? this.#isHit(candidate) :',
    'this.#isHit(candidate) ||',
  ],
  ['a rule found twice is told twice', 'matcher.ts', 'if (rule.round === this.round) continue;', ''],
  [
    'one common condition is enough',
    'common-conditions.ts',
    '(bits & this.#holding) === bits',
    '(bits & this.#holding) !== 0 || bits === 0',
  ],
  [
    'a common condition that throws holds',
    'common-conditions.ts',
    'this.#throwing |= bit',
    'this.#holding |= bit',
  ],
  [
    'common conditions outlive their CDR',
    'common-conditions.ts',
    'if (this.#round !== round) {',
    'if (this.#round === 0) {',
  ],
  [
    'a bit is given twice',
    'common-conditions.ts',
    'this.#conditions.indexOf(undefined)',
    'this.#conditions.indexOf(undefined) & 1',
  ],
  [
    'another condition is taken for the one that is known to hold',
    'candidate.ts',
    'other !== condition',
    'other === condition',
  ],
  [
    'all common conditions are taken for known where one is',
    'candidate.ts',
    'this.common & ~common.bitOf(condition)',
    '0',
  ],
  [
    'a common condition is forgotten',
    'candidate.ts',
    'bits | common.bitOf(condition)',
    'common.bitOf(condition)',
  ],
  [
    'a result outlives its CDR',
    'condition-pool.ts',
    'if (this.#round !== round) {',
    'if (this.#round === 0) {',
  ],
];

const run = promisify(execFile);
const repository = join(import.meta.dirname, '../..');
const PATIENCE_MS = 120_000;

/** Where the copies of `src/match` stand beside the true rest of the source that they import. */
const folder = mkdtempSync(join(tmpdir(), 'hookswitch-mutants-'));
let unchanged: number | undefined;
let changed: readonly number[] = [];

beforeAll(async () => {
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  for (const path of ['src/check', 'src/cdr', 'node_modules']) {
    symlinkSync(join(repository, path), join(folder, basename(path)), 'junction');
  }
  [unchanged, ...changed] = await differencesOf([undefined, ...MUTANTS].map(copyOfMatch));
}, PATIENCE_MS);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A copy, changed in one place or in none. */
function copyOfMatch(mutant: Mutant | undefined, number: number): string {
  const copy = join(folder, `match-${number}`);
  cpSync(join(repository, 'src', 'match'), copy, { recursive: true });
  if (mutant !== undefined) change(copy, mutant);
  return copy;
}

function change(copy: string, [, file, text, replacement]: Mutant): void {
  const path = join(copy, file);
  const before = readFileSync(path, 'utf8');
  expect(before.split(text)).toHaveLength(2);
  writeFileSync(
    path,
    before.replace(text, () => replacement),
  );
}

/** How many answers of each copy differ from those of json-logic-js. */
async function differencesOf(copies: readonly string[]): Promise<number[]> {
  const script = join(import.meta.dirname, 'compare-copy.ts');
  const { stdout } = await run(process.execPath, [script, ...copies], { timeout: PATIENCE_MS });
  const lines = stdout.trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as { differences: number }).differences);
}

test('the copy that nothing was changed in is without differences', () => {
  expect(unchanged).toBe(0);
});

test.each(MUTANTS.map(([name], index) => [name, index] as const))(
  'the comparison finds out when %s',
  (_name, index) => {
    expect(changed[index]).toBeGreaterThan(0);
  },
);
