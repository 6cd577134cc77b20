import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { UnreadableBodyError } from '../../src/cdr/decode/unreadable.ts';
import { InvalidDocumentError } from '../../src/check/problem.ts';
import { UsageError } from '../../src/commands/command.ts';
import { match } from '../../src/commands/match.ts';
import { VENDORS_FOLDER } from '../../src/package-files.ts';
import { rulesText, temporaryFolder, webhookDocument } from '../support/rules.ts';
import { runCommand, type CommandRun } from './run-command.ts';

/** Compiling the schemas of all vendors takes longer than everything else here; once is enough. */
vi.mock(import('../../src/package-files.ts'), async (importOriginal) => {
  const original = await importOriginal();
  const vendors = original.loadVendors();
  return { ...original, loadVendors: () => vendors };
});

const missed = webhookDocument({ id: 'missed', name: 'Missed calls' });

function written(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

/** Matches a text of CDRs against webhooks. */
function matched(cdrs: string, webhooks: readonly object[], ...args: readonly string[]): Promise<CommandRun> {
  const rules = written('rules.json', rulesText(...webhooks));
  return runCommand(match, '--cdr', written('cdr.json', cdrs), '--rules', rules, ...args);
}

describe('a CDR', () => {
  test('that hits a webhook is told with what each condition saw', async () => {
    const { code, output } = await matched('{"status":"missed","n":1}', [missed]);
    expect(code).toBe(0);
    expect(output).toBe(
      [
        'CDR of generic by the source "generic", 2 fields',
        '  HIT  Missed calls',
        '    yes  {"==":[{"var":"status"},"missed"]}   status = "missed"',
        '',
      ].join('\n'),
    );
  });

  test('that hits none is told why, and the exit code says so', async () => {
    const long = webhookDocument({ conditions: [{ '>': [{ var: 'seconds' }, 60] }] });
    const { code, output } = await matched('{"status":"answered"}', [missed, long]);
    expect(code).toBe(1);
    expect(output).toContain(
      '  miss Missed calls\n    no   {"==":[{"var":"status"},"missed"]}   status = "answered"',
    );
    expect(output).toContain('seconds is absent');
    expect(output).not.toContain('HIT');
  });

  test('that a condition throws on is told so', async () => {
    const { code, output } = await matched('{"status":{"toString":1}}', [missed]);
    expect(code).toBe(1);
    expect(output).toMatch(/no {3}.*\(could not be evaluated: Cannot convert object to primitive value\)/);
  });

  test('hits a webhook without conditions', async () => {
    const { code, output } = await matched('{}', [webhookDocument({ conditions: [] })]);
    expect(code).toBe(0);
    expect(output).toContain('yes  it has no conditions, so every CDR matches');
  });

  test('with long values is told in short lines', async () => {
    const { output } = await matched(JSON.stringify({ status: 'x'.repeat(5_000) }), [missed]);
    expect(output).toMatch(/status = "x{20,60}…/);
    expect(Math.max(...output.split('\n').map((line) => line.length))).toBeLessThan(200);
  });
});

test('several CDRs are told one after another, and one hit is enough', async () => {
  const { code, output } = await matched('{"status":"answered"}\n{"status":"missed"}', [missed]);
  expect(code).toBe(0);
  expect(output.match(/^CDR of/gm)).toHaveLength(2);
  expect(output.indexOf('miss Missed')).toBeLessThan(output.indexOf('HIT  Missed'));
});

describe('the source', () => {
  const listening = { ...missed, sources: ['branch-7'] };

  test('is the one given', async () => {
    const { code } = await matched('{"status":"missed"}', [listening], '--source', 'branch-7');
    expect(code).toBe(0);
  });

  test('that a webhook does not listen to is told, beside its conditions', async () => {
    const { code, output } = await matched('{"status":"missed"}', [listening], '--source', 'other');
    expect(code).toBe(1);
    expect(output).toContain('    no   it does not listen to the source "other"\n    yes  ');
  });
});

describe('the vendor', () => {
  const vodia = readFileSync(join(VENDORS_FOLDER, 'vodia/samples/outbound-trunk-call.json'), 'utf8');

  test('is told by the record', async () => {
    const { output } = await matched(vodia, [missed]);
    expect(output).toMatch(/^CDR of vodia by the source "vodia", \d+ fields/);
  });

  test('is the one given', async () => {
    const { output } = await matched(vodia, [missed], '--vendor', 'cisco');
    expect(output).toMatch(/^CDR of cisco by the source "cisco"/);
  });

  test('has to be a known one', async () => {
    const run = matched(vodia, [missed], '--vendor', 'vodja');
    await expect(run).rejects.toThrow(UsageError);
    await expect(run).rejects.toThrow(/there is no vendor "vodja"; known are .*vodia/);
  });
});

test('without a rules file the one of the configuration is used', async () => {
  const rules = written('rules.json', rulesText(missed));
  const config = written('config.json', JSON.stringify({ rules }));
  const cdr = written('cdr.json', '{"status":"missed"}');
  expect((await runCommand(match, '--cdr', cdr, '--config', config)).code).toBe(0);
});

test('for machines the same is a JSON document', async () => {
  const { code, output } = await matched('[{"status":"missed"},{}]', [missed], '--json', '--source', 's');
  expect(code).toBe(0);
  const condition = missed.conditions?.[0];
  expect(JSON.parse(output)).toEqual([
    {
      source: 's',
      vendor: 'generic',
      webhooks: [
        {
          webhookId: 'missed',
          listens: true,
          matched: true,
          conditions: [{ condition, held: true, saw: [{ path: 'status', value: 'missed', absent: false }] }],
        },
      ],
    },
    expect.objectContaining({ vendor: 'generic' }),
  ]);
});

describe('what cannot be used is told', () => {
  test('when no CDR is given', async () => {
    await expect(runCommand(match)).rejects.toThrow(UsageError);
    await expect(runCommand(match)).rejects.toThrow(/--cdr is missing/);
  });

  test('when the CDR cannot be read, without quoting it', async () => {
    const run = matched('{"from":"+4930123456"', [missed]);
    await expect(run).rejects.toThrow(UnreadableBodyError);
    await expect(run).rejects.not.toThrow(/4930/);
  });

  test('when the rules have an error, with the file and the pointer', async () => {
    const run = matched('{}', [{ ...missed, url: 'nowhere' }]);
    await expect(run).rejects.toThrow(InvalidDocumentError);
    await expect(run).rejects.toThrow(/rules\.json: error \/webhooks\/0\/url.*: is not a url/);
  });

  test('when the rules are not JSON, with the file and the line', async () => {
    const args = ['--cdr', written('cdr.json', '{}'), '--rules', written('rules.json', '{\n"webhooks": x}')];
    await expect(runCommand(match, ...args)).rejects.toThrow(/line 2/);
    await expect(runCommand(match, ...args)).rejects.toThrow(/rules\.json/);
  });

  test('when a file is not there, with its name', async () => {
    await expect(runCommand(match, '--cdr', '/nowhere/cdr.json')).rejects.toThrow(/\/nowhere\/cdr\.json/);
  });
});
