import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JsonObject } from '../src/check/json-text.ts';
import { cdrOfRead, readCdrs } from '../src/cdr/read.ts';
import { checkSources, makeSources, type SourceDocument } from '../src/config-sources.ts';
import { configSchemaCheck, loadVendors, PACKAGE_FOLDER, VENDORS_FOLDER } from '../src/package-files.ts';
import { temporaryFolder } from './support/rules.ts';

const text = readFileSync(join(PACKAGE_FOLDER, 'docs/vendors.md'), 'utf8');
const [request = '', profile = '', config = ''] = [...text.matchAll(/^```json\n([^]*?)^```/gm)].map(
  ([, block]) => block,
);

function vendorsWithAcme(): ReturnType<typeof loadVendors> {
  const folder = temporaryFolder();
  cpSync(VENDORS_FOLDER, folder, { recursive: true });
  mkdirSync(join(folder, 'acme'));
  writeFileSync(join(folder, 'acme/vendor.json'), profile);
  writeFileSync(join(folder, 'acme/cdr.schema.json'), '{"type":"object"}');
  return loadVendors(folder);
}

test('the worked example works', () => {
  const vendors = vendorsWithAcme();
  const source = { name: 'default', zone: 'Europe/Berlin' };
  const read = readCdrs({ body: Buffer.from(request), query: '' }, source, vendors);
  expect(read.map(({ vendor }) => vendor.profile.vendor)).toEqual(['acme']);
  const [call] = read.map((one) => cdrOfRead(one, source, new Date(0)).call);
  const shown = ['id', 'direction', 'status', 'missed', 'from', 'dialled', 'start', 'wait', 'answer'].map(
    (name) => call?.field(name),
  );
  expect(shown).toEqual([
    'a1',
    'inbound',
    'no-answer',
    true,
    '307',
    '2000',
    '2026-05-12T08:14:21Z',
    19,
    undefined,
  ]);
});

test('the configuration of sources is one', () => {
  const vendors = vendorsWithAcme();
  const document = JSON.parse(config) as JsonObject;
  const sources = document['sources'] as unknown as Record<string, SourceDocument>;
  expect(configSchemaCheck()(document)).toEqual([]);
  expect(checkSources(sources, vendors)).toEqual([]);
  expect([...makeSources('config.json', sources, vendors, (one) => one).keys()]).toContain('twilio');
});
