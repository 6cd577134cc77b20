import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JsonValue } from '../../src/check/json-text.ts';
import { PACKAGE_FOLDER } from '../../src/package-files.ts';
import { compileTemplate } from '../../src/template/body.ts';
import { CALL_FIELDS } from '../../src/cdr/call-fields.ts';
import { HELPER_FUNCTIONS } from '../../src/template/helpers.ts';
import { CALLS } from '../support/calls.ts';
import { templateOf } from './contexts.ts';

const page = readFileSync(join(PACKAGE_FOLDER, 'docs', 'templates.md'), 'utf8');

test('docs/templates.md shows what its example really gives', () => {
  const [template, body] = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(
    ([, json = '']) => JSON.parse(json) as JsonValue,
  );
  const context = CALLS['Cisco, missed']?.({ id: 'tickets', name: 'Tickets', meta: {} });
  if (template === undefined || context === undefined) throw new Error('the example is gone');
  expect(JSON.parse(templateOf(compileTemplate(template, '/body')).render(context))).toEqual(body);
});

test('docs/templates.md names every field of the overlay and every helper', () => {
  expect(page).toContain(`\`${Object.keys(CALL_FIELDS).join(' ')}\``);
  const named = new Set([...page.matchAll(/`([a-z0-9 ]+)`/g)].flatMap(([, names = '']) => names.split(' ')));
  expect(Object.keys(HELPER_FUNCTIONS).filter((name) => !named.has(name))).toEqual([]);
});
