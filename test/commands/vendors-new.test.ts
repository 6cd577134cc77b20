import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { UsageError } from '../../src/commands/command.ts';
import { inferSchema } from '../../src/commands/vendors/record-schema.ts';
import { vendors } from '../../src/commands/vendors/vendors.ts';
import { recordCheck } from '../../src/check/schema.ts';
import { loadVendors, VENDORS_FOLDER, vendorSchemaCheck } from '../../src/package-files.ts';
import { postBytes } from '../support/app.ts';
import { temporaryFolder } from '../support/rules.ts';
import { listen } from './listening-app.ts';
import { runCommand } from './run-command.ts';

/** Compiling the schemas of all vendors takes longer than everything else here; once is enough. */
vi.mock(import('../../src/package-files.ts'), async (importOriginal) => {
  const original = await importOriginal();
  const known = original.loadVendors();
  return {
    ...original,
    loadVendors: (folder) => (folder === undefined ? known : original.loadVendors(folder)),
  };
});

const CALL = {
  uid: 'a1',
  dir: 'in',
  caller: '"Dana" <sip:307@acme.example>',
  dialed: '2000',
  begun: '2026-05-12 10:14:21',
  taken: '',
  over: 1778580929512,
  outcome: 'NOANSW',
};

function written(name: string, content: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

describe('vendors new', () => {
  test('drafts a folder that can be used, and tells what it gives and what not', async () => {
    const folder = temporaryFolder();
    const file = written('call.json', JSON.stringify(CALL));
    const { code, output } = await runCommand(vendors, 'new', 'acme', '--from', file, '--folder', folder);
    expect(code).toBe(0);
    expect(output).toContain('$call.from = "307"');
    expect(output).toMatch(/^Not mapped: group, to, agent, queue, answer,/m);
    const profile = readJson(join(folder, 'acme/vendor.json'));
    expect(vendorSchemaCheck()(profile)).toEqual([]);
    expect(profile).toMatchObject({
      identity: { id: 'uid' },
      identify: { required: ['uid', 'dir', 'caller', 'dialed'] },
      map: {
        direction: { lookup: 'dir', in: { in: 'inbound', out: 'outbound' } },
        status: { lookup: 'outcome', in: { NOANSW: 'no-answer' } },
        from: { party: 'caller' },
        dialled: 'dialed',
        start: { time: 'begun' },
        end: { time: 'over', unit: 'ms' },
      },
    });
    expect(readFileSync(join(folder, 'acme/samples/call.json'), 'utf8')).toBe(JSON.stringify(CALL));
    cpSync(join(VENDORS_FOLDER, 'generic'), join(folder, 'generic'), { recursive: true });
    expect(loadVendors(folder).identify(CALL).profile.vendor).toBe('acme');
  });

  test('finds the CDRs in a list where it is told to, and names the lists there are', async () => {
    const folder = temporaryFolder();
    const file = written('batch.json', JSON.stringify({ site: 'hq', data: { calls: [CALL] } }));
    const draft = ['--from', file, '--folder', folder];
    expect((await runCommand(vendors, 'new', 'whole', ...draft)).output).toMatch(/--split: data\.calls\.$/m);
    await expect(vendors.run(['new', 'astray', ...draft, '--split', 'rows'])).rejects.toThrow(/data\.calls$/);
    await runCommand(vendors, 'new', 'acme', ...draft, '--split', 'data.calls');
    expect(readJson(join(folder, 'acme/vendor.json'))).toMatchObject({
      split: { path: 'data.calls' },
      identity: { id: 'uid' },
    });
  });

  test('begins with what a running router has captured, headers left aside', async () => {
    const { url, app, captures } = await listen({ sources: { new: { capture: 3 } } });
    await postBytes(app, '/cdr/new', JSON.stringify(CALL));
    await vi.waitUntil(async () => (await captures.list('new')).length === 1);
    const list = await runCommand(vendors, 'capture', 'new', '--api', url);
    expect(list.output).toMatch(/^cap_\w+ {2}\S+Z {2}answered 200 {2}\d+ bytes$/m);
    const { output: message } = await runCommand(vendors, 'capture', 'new', 'latest', '--api', url);
    expect(message).toMatch(/^POST \/cdr\/new HTTP\/1\.1\r\n/);
    const folder = temporaryFolder();
    await runCommand(vendors, 'new', 'acme', '--from', written('one.http', message), '--folder', folder);
    expect(readFileSync(join(folder, 'acme/samples/one.json'), 'utf8')).toBe(JSON.stringify(CALL));
  });

  test('tells when records are known to be of another vendor', async () => {
    const folder = temporaryFolder();
    const file = join(VENDORS_FOLDER, 'twilio/samples/completed.form');
    const { output } = await runCommand(vendors, 'new', 'mine', '--from', file, '--folder', folder);
    expect(output).toContain('"twilio" knows these records as its own');
  });

  test('touches no folder that is there', async () => {
    const file = written('call.json', JSON.stringify(CALL));
    await expect(vendors.run(['new', 'vodia', '--from', file])).rejects.toThrow(
      /there is a folder .+ already/,
    );
  });

  test.each([
    [['new'], /give one name/],
    [['new', 'Acme Phones', '--from', 'x'], /small letters/],
    [['new', '../acme', '--from', 'x'], /small letters/],
    [['new', 'acme'], /--from/],
    [['capture'], /name of the source/],
  ])('%j is wrong use', async (args, message) => {
    await expect(vendors.run(args)).rejects.toThrow(UsageError);
    await expect(vendors.run(args)).rejects.toThrow(message);
  });
});

test('vendors capture fails where nothing is captured', async () => {
  const { url } = await listen({ sources: { new: { capture: 3 } } });
  expect((await runCommand(vendors, 'capture', 'new', '--api', url)).code).toBe(1);
  await expect(vendors.run(['capture', 'nobody', '--api', url])).rejects.toThrow(/no source "nobody"/);
});

test.each([
  [[{ a: 1 }, { a: 'x', b: null }, { b: [1, 2.5] }]],
  [[{ nested: { deep: [{ a: 1 }, { b: true }] } }, { nested: null }]],
  [[{}]],
  [[{ a: [] }]],
])('the schema inferred of %j is one that they satisfy', (records) => {
  const check = recordCheck(inferSchema(records));
  expect(records.flatMap(check)).toEqual([]);
  expect(check({ a: { unexpected: true } }).length + check({ nested: 7 }).length).toBeGreaterThanOrEqual(
    JSON.stringify(records) === '[{}]' ? 0 : 1,
  );
});
