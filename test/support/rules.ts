import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { onTestFinished } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/check/json-text.ts';
import { arityOf, OPERATORS } from '../../src/match/operators.ts';
import { rulesSchemaCheck } from '../../src/package-files.ts';
import { Registry } from '../../src/webhooks/registry.ts';
import { RulesFile } from '../../src/webhooks/rules-file.ts';
import type { RulesStatus } from '../../src/webhooks/rules.ts';
import type { WebhookDocument } from '../../src/webhooks/webhook.ts';

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookswitch-test-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** A webhook without errors or warnings, with some of its members given. */
export function webhookDocument(members: Partial<WebhookDocument> = {}): WebhookDocument {
  return {
    id: 'tickets',
    name: 'Tickets',
    url: 'https://example.com/hooks/cdr',
    conditions: [{ '==': [{ var: 'status' }, 'missed'] }],
    ...members,
  };
}

/** The text of a rules file, as a person would write it. */
export function rulesText(...webhooks: readonly object[]): string {
  return `${JSON.stringify({ $schema: '../schemas/rules.schema.json', webhooks }, null, 2)}\n`;
}

/** A rules file in a folder of its own, with everything that hangs on it. */
export interface RulesOnDisk {
  readonly folder: string;
  readonly path: string;
  readonly registry: Registry;
  readonly file: RulesFile;
  /** What `onChange` was told, in order. */
  readonly statuses: RulesStatus[];
}

/** A rules file that is not open yet; without a text there is none on disk, or the one that the folder has. */
export function rulesOnDisk(
  text?: string,
  folder: string = temporaryFolder(),
  onChange?: (status: RulesStatus) => void,
): RulesOnDisk {
  const path = join(folder, 'rules.json');
  if (text !== undefined) writeFileSync(path, text);
  const registry = new Registry();
  const statuses: RulesStatus[] = [];
  const file = new RulesFile({
    path,
    lastGoodPath: join(folder, 'last-good-rules.json'),
    registry,
    schemaCheck: rulesSchemaCheck(),
    onChange: (status) => {
      onChange?.(status);
      statuses.push(status);
    },
  });
  onTestFinished(() => file.close());
  return { folder, path, registry, file, statuses };
}

/** The same, loaded and watched. */
export async function openRules(text?: string, folder?: string): Promise<RulesOnDisk> {
  const rules = rulesOnDisk(text, folder);
  await rules.file.open();
  return rules;
}

/** Values that JavaScript compares in ways of its own. */
const NASTY_VALUES: readonly JsonValue[] = [
  ...[0, 1, 16, -1, -0, 1.5, 1e21, 2 ** 53, true, false, null],
  ...[
    '',
    '0',
    '1',
    '16',
    '016',
    ' 16 ',
    '16.0',
    '0x10',
    '1e3',
    'abc',
    'a',
    'b',
    'null',
    'Infinity',
    '+4930',
    '-',
  ],
];

const NASTY_CONTAINERS: readonly JsonValue[] = [
  ...[[], {}, [16], [[16]], ['a'], ['16', 16], [null], [0, '', false], { a: 1 }, [{ n: 1 }, { n: '1' }]],
  // Own members that JavaScript calls, or would if they were functions.
  ...[{ toString: 1 }, { valueOf: 1 }, { indexOf: 1 }, { toString: null, valueOf: null }, { length: 2 }],
];

/** Names of fields without dots and without what JavaScript gives every object. */
const NAMES = ['x', 'y', 'n', 'legs', 'a', 'b', '', '0', '1', 'trunk-name'];

const nastyValue = fc.oneof(fc.constantFrom(...NASTY_VALUES), fc.constantFrom(...NASTY_CONTAINERS));

const { record } = fc.letrec<{ value: JsonValue; record: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    nastyValue,
    tie('record'),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
  record: fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 5, noNullPrototype: true }),
}));

/** Records whose values JavaScript treats in surprising ways, and whose keys json-logic-js can name. */
export const nastyRecords: fc.Arbitrary<JsonObject> = record;

const path = fc.oneof(
  fc.constantFrom(
    ...NAMES.filter((name) => name !== '0'),
    0,
    1,
    'x.length',
    'legs.0.n',
    'a.b',
    'legs.length',
  ),
  fc
    .array(fc.constantFrom(...NAMES, 'length', 'absent'), { minLength: 1, maxLength: 4 })
    .map((keys) => keys.join('.')),
);

const { expression } = fc.letrec<{ argument: JsonValue; variable: JsonObject; expression: JsonObject }>(
  (tie) => ({
    variable: fc.oneof(
      path.map((name) => ({ var: name })),
      fc.tuple(path, tie('argument')).map(([name, otherwise]) => ({ var: [name, otherwise] })),
    ),
    argument: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(...NASTY_VALUES),
      path.map((name) => ({ var: name })),
      fc.array(fc.constantFrom(...NASTY_VALUES), { maxLength: 3 }),
      tie('variable'),
      tie('expression'),
      fc.array(tie('argument'), { maxLength: 3 }),
    ),
    expression: fc.oneof(
      ...Object.keys(OPERATORS).map((operator) => expressionWith(operator, tie('argument'))),
    ),
  }),
);

/** Conditions of every operator there is, as random as the check of conditions lets them be. */
export const conditions: fc.Arbitrary<JsonObject> = expression;

function expressionWith(operator: string, argument: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonObject> {
  const paths = fc.array(path, { minLength: 1, maxLength: 3 });
  if (operator === 'var') return path.map((name) => ({ var: name }));
  if (operator === 'missing') return paths.map((names) => ({ missing: names }));
  if (operator === 'missing_some') {
    return fc.tuple(fc.nat(3), paths).map(([need, names]) => ({ missing_some: [need, names] }));
  }
  const { min, max } = arityOf(operator) ?? { min: 1, max: 1 };
  return fc
    .array(argument, { minLength: min, maxLength: Math.min(max, min + 3) })
    .map((all) => ({ [operator]: all }));
}
