import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PACKAGE_FOLDER } from '../../src/package-files.ts';
import { rulesText, temporaryFolder, webhookDocument } from '../support/rules.ts';

interface Ended {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs the command line as a user does, in a process of its own. */
async function hookswitch(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const cli = join(PACKAGE_FOLDER, 'src/cli.ts');
    execFile(process.execPath, [cli, ...args], (error, output, errors) => {
      resolve({ code: error === null ? 0 : Number(error.code), output, errors });
    });
  });
}

const STACK_TRACE = /^\s+at |node:internal|file:\/\/|\.ts:\d+/m;

function written(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

describe('help', () => {
  test('lists every command', async () => {
    const { code, output, errors } = await hookswitch('--help');
    expect(code).toBe(0);
    for (const name of ['serve', 'check', 'match', 'demo'])
      expect(output).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect(errors).toBe('');
  });

  test('of a command tells how it is used, whatever else is asked', async () => {
    const { code, output, errors } = await hookswitch('match', '--cdr', '/nowhere', '--help');
    expect(code).toBe(0);
    expect(output).toMatch(/^hookswitch match --cdr FILE/);
    expect(errors).toBe('');
  });
});

test('the version is that of the package', async () => {
  const text = readFileSync(join(PACKAGE_FOLDER, 'package.json'), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  expect(await hookswitch('--version')).toEqual({ code: 0, output: `${version}\n`, errors: '' });
});

describe('wrong use exits with 2, tells how it is used and prints no data', () => {
  test.each<[string[], RegExp]>([
    [[], /^hookswitch COMMAND/],
    [['chekc'], /^hookswitch: there is no command "chekc"/],
    [['constructor'], /^hookswitch: there is no command "constructor"/],
    [['check', '--colour'], /^hookswitch check: .*--colour.*\n\nhookswitch check \[RULES_FILE\]/s],
    [['match'], /^hookswitch match: --cdr is missing.*\n\nhookswitch match --cdr FILE/s],
  ])('%j', async (args, message) => {
    const { code, output, errors } = await hookswitch(...args);
    expect(code).toBe(2);
    expect(output).toBe('');
    expect(errors).toMatch(message);
    expect(errors).not.toMatch(STACK_TRACE);
  });
});

describe('failure exits with 1 and a sentence', () => {
  test('when a CDR cannot be read', async () => {
    const rules = written('rules.json', rulesText(webhookDocument()));
    const { code, output, errors } = await hookswitch(
      'match',
      '--cdr',
      written('x', 'no CDR'),
      '--rules',
      rules,
    );
    expect(code).toBe(1);
    expect(output).toBe('');
    expect(errors).toMatch(/^hookswitch match: the body is neither .*\n$/);
  });

  test('when a file is not there', async () => {
    const { code, errors } = await hookswitch('match', '--cdr', '/nowhere/cdr.json');
    expect(code).toBe(1);
    expect(errors).toMatch(/^hookswitch match: .*\/nowhere\/cdr\.json.*\n$/);
    expect(errors).not.toMatch(STACK_TRACE);
  });

  test('when a server has no configuration that it can use', async () => {
    const { code, errors } = await hookswitch('serve', '--config', written('config.json', '{"listne":{}}'));
    expect(code).toBe(1);
    expect(errors).toMatch(/^hookswitch serve: .*config\.json: error \/listne .*unknown member "listne"/);
    expect(errors).not.toMatch(STACK_TRACE);
  });
});

test('a check prints its findings as data and exits with 1', async () => {
  const path = written('rules.json', '{"webhooks": [');
  const { code, output, errors } = await hookswitch('check', path, '--json');
  expect(code).toBe(1);
  expect(JSON.parse(output)).toMatchObject([{ path, problems: [{ severity: 'error', line: 1 }] }]);
  expect(errors).toBe('');
});

test('a match prints what it found and exits with 0', async () => {
  const rules = written('rules.json', rulesText(webhookDocument()));
  const cdr = written('cdr.json', '{"status":"missed"}');
  const { code, output } = await hookswitch('match', '--cdr', cdr, '--rules', rules);
  expect(code).toBe(0);
  expect(output).toContain('HIT  Tickets');
});
