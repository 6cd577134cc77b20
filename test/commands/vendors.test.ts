import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { UsageError } from '../../src/commands/command.ts';
import { vendors } from '../../src/commands/vendors/vendors.ts';
import { VENDORS_FOLDER } from '../../src/package-files.ts';
import { temporaryFolder } from '../support/rules.ts';
import { runCommand } from './run-command.ts';

/** Compiling the schemas of all vendors takes longer than everything else here; once is enough. */
vi.mock(import('../../src/package-files.ts'), async (importOriginal) => {
  const original = await importOriginal();
  const known = original.loadVendors();
  return { ...original, loadVendors: () => known };
});

const sample = (vendor: string, name: string): string => join(VENDORS_FOLDER, vendor, 'samples', name);

function written(name: string, content: string | Buffer): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

describe('vendors', () => {
  test('are listed with what they rest on', async () => {
    const { code, output } = await runCommand(vendors);
    expect(code).toBe(0);
    expect(output).toMatch(/^vodia +document +Vodia PBX$/m);
    const { output: json } = await runCommand(vendors, '--json');
    expect(JSON.parse(json)).toContainEqual(expect.objectContaining({ vendor: 'zoom' }));
  });
});

describe('vendors test', () => {
  test('tells vendor, identity, fields, overlay and what each line gave', async () => {
    const { code, output } = await runCommand(vendors, 'test', sample('zoom', 'call-elements.json'));
    expect(code).toBe(0);
    expect(output).toMatch(/^CDR 2 of 2: zoom$/m);
    expect(output).toMatch(/^ {2}identity \{"id":"20260512-a1f1","revision":1778580929512\}$/m);
    expect(output).toMatch(/^ {2}talk_time = 61$/m);
    expect(output).toMatch(/^ {2}\$call\.agent = "Dana Field"$/m);
    expect(output).toMatch(/^ {2}1 of 2 +zoom\/map\/recording$/m);
    expect(output).toMatch(/^ {2}never +zoom\/map\/from\/1$/m);
  });

  test('takes files as they are on disk: compressed, CSV, query strings', async () => {
    const csv = sample('asterisk', 'Master.csv');
    const { output } = await runCommand(vendors, 'test', csv, '--vendor', 'asterisk', '--zone', 'UTC');
    expect(output).toMatch(/\$call\.start = "2026-05-12T10:14:21Z"/);
    const { output: without } = await runCommand(vendors, 'test', csv, '--vendor', 'asterisk');
    expect(without).not.toContain('$call.start');
    const gzip = written('cdr.gz', gzipSync('{"type":"cdr","cmiuuid":"1","status":"answered"}'));
    expect((await runCommand(vendors, 'test', gzip)).output).toMatch(/^CDR 1 of 1: telecmi$/m);
    const query = sample('telecmi', 'inbound-missed.query');
    expect((await runCommand(vendors, 'test', query, '--query')).output).toMatch(/^CDR 1 of 1: telecmi$/m);
  });

  test('tells recordings, departures and what is ignored, and fails for departures', async () => {
    const recorded = await runCommand(vendors, 'test', sample('vodia', 'inbound-queue-recorded.json'));
    expect(recorded.output).toMatch(/^ {2}recording recordings\//m);
    const departing = written('cdr.json', '{"type":"cdr","cmiuuid":"1","status":7}');
    const { code, output } = await runCommand(vendors, 'test', departing);
    expect(code).toBe(1);
    expect(output).toMatch(/departs from its shape: error \/status/);
    const challenge = written(
      'zoom.json',
      '{"event":"endpoint.url_validation","payload":{"plainToken":"x"}}',
    );
    expect((await runCommand(vendors, 'test', challenge)).output).toMatch(
      /is stored and matched with nothing/,
    );
  });

  test('fails for records that nobody knows, unless their vendor is given', async () => {
    const unknown = written('cdr.json', '{"n":1}');
    expect((await runCommand(vendors, 'test', unknown)).code).toBe(1);
    expect((await runCommand(vendors, 'test', unknown, '--vendor', 'generic')).code).toBe(0);
  });

  test('takes captures', async () => {
    const body = '{"type":"cdr","cmiuuid":"1","status":"answered"}';
    const capture = written('one.http', `POST /cdr/new HTTP/1.1\r\nhost: x\r\n\r\n${body}`);
    expect((await runCommand(vendors, 'test', capture)).output).toMatch(/^CDR 1 of 1: telecmi$/m);
    const query = written('two.http', 'GET /cdr/new?type=cdr&cmiuuid=1&status=answered HTTP/1.1\r\n\r\n');
    expect((await runCommand(vendors, 'test', query)).output).toMatch(/^CDR 1 of 1: telecmi$/m);
  });

  test('prints everything for machines', async () => {
    const { output } = await runCommand(
      vendors,
      'test',
      sample('vodia', 'outbound-trunk-call.json'),
      '--json',
    );
    const { cdrs, lines } = JSON.parse(output) as { cdrs: object[]; lines: object[] };
    expect(cdrs).toHaveLength(1);
    expect(cdrs[0]).toMatchObject({ vendor: 'vodia', call: { direction: 'outbound' } });
    expect(lines).toContainEqual({ vendor: 'vodia', pointer: '/map/start', given: 1, of: 1 });
  });

  test.each([
    [['tset', 'x'], /there is no "vendors tset"/],
    [['test'], /file with the CDRs is missing/],
    [['test', 'x', '--vendor', 'nobody'], /there is no vendor "nobody"; known are/],
    [['test', 'x', '--zone', 'Berlin'], /there is no time zone "Berlin"/],
  ])('%j is wrong use', async (args, message) => {
    await expect(vendors.run(args)).rejects.toThrow(UsageError);
    await expect(vendors.run(args)).rejects.toThrow(message);
  });
});
