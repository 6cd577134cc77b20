import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { check } from '../../src/commands/check.ts';
import { UsageError } from '../../src/commands/command.ts';
import { loadVendors } from '../../src/package-files.ts';
import { rulesText, temporaryFolder, webhookDocument } from '../support/rules.ts';
import { runCommand, type CommandRun } from './run-command.ts';

/** Compiling the schemas of all vendors takes longer than everything else here; once is enough. */
vi.mock(import('../../src/package-files.ts'), async (importOriginal) => {
  const original = await importOriginal();
  const vendors = original.loadVendors();
  return { ...original, loadVendors: () => vendors };
});

function written(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

async function checked(text: string): Promise<CommandRun & { path: string }> {
  const path = written('rules.json', text);
  return { ...(await runCommand(check, path)), path };
}

describe('a rules file', () => {
  test('that can be used is told in one line', async () => {
    const { code, output, path } = await checked(rulesText(webhookDocument(), webhookDocument({ id: 'b' })));
    expect(code).toBe(0);
    expect(output).toBe(`${path}: ok, 2 webhooks\n`);
  });

  test('with warnings can be used, and they are told with pointer and line', async () => {
    const { code, output } = await checked(
      rulesText(webhookDocument({ conditions: [{ '<': [{ var: 'x' }, 9] }] })),
    );
    expect(code).toBe(0);
    expect(output).toMatch(
      /: ok, 1 webhooks\n {2}warning \/webhooks\/0\/conditions\/0\/< \(line 10\): an absent x /,
    );
  });

  test('with errors cannot be used, and each is told with pointer and line', async () => {
    const { code, output } = await checked(
      rulesText(webhookDocument({ url: 'nowhere' }), webhookDocument({ id: 'b', headers: { Host: 'x' } })),
    );
    expect(code).toBe(1);
    expect(output).toMatch(/rules\.json: cannot be used\n/);
    expect(output).toMatch(/\n {2}error \/webhooks\/0\/url \(line 7\): is not a url/);
    expect(output).toMatch(/\n {2}error \/webhooks\/1\/headers\/Host \(line \d+\): is set by Hookswitch/);
  });

  test('that is not JSON is told with line and column', async () => {
    const { code, output } = await checked('{\n  "webhooks": [ oops ]\n}');
    expect(code).toBe(1);
    expect(output).toMatch(/\n {2}error \/ \(line 2\): not valid JSON: .* at line 2, column 17\n$/);
    expect(output).not.toContain('oops');
  });

  test('that is not there is told', async () => {
    const { code, output } = await runCommand(check, join(temporaryFolder(), 'gone.json'));
    expect(code).toBe(1);
    expect(output).toMatch(/gone\.json: cannot be used\n {2}error \/: cannot be read: ENOENT/);
  });

  test('with references that have no value here gets a warning for each', async () => {
    vi.stubEnv('SET_HERE', 'x');
    const webhook = webhookDocument({
      url: 'https://${NOT_SET}/x',
      headers: { A: '${SET_HERE} ${NOT_SET_EITHER}' },
    });
    const { code, output } = await checked(rulesText(webhook));
    expect(code).toBe(0);
    expect(output).toContain('${NOT_SET} is set neither in the environment nor in a secrets file');
    expect(output).toContain('${NOT_SET_EITHER} is set neither in');
    expect(output).not.toContain('SET_HERE}');
  });

  test('may begin with a byte order mark', async () => {
    expect((await checked(`\uFEFF${rulesText(webhookDocument())}`)).code).toBe(0);
  });

  test('nested without end is told, not thrown', async () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const text = rulesText(webhookDocument({ conditions: [], meta: { a: 0 } })).replace(
      '"a": 0',
      `"a": ${deep}`,
    );
    expect((await checked(text)).output).toContain('rules.json: ');
  });
});

describe('certificates', () => {
  test('that cannot be read are an error where they are named, once', async () => {
    const tls = { caFile: '/gone/ca.pem' };
    const rules = {
      connections: { crm: { tls } },
      webhooks: [
        webhookDocument({ connection: 'crm' }),
        webhookDocument({ id: 'b', connection: 'crm' }),
        webhookDocument({ id: 'c', tls }),
      ],
    };
    const { code, output } = await checked(JSON.stringify(rules, null, 2));
    expect(code).toBe(1);
    expect(output).toContain('error /connections/crm/tls (line 4): /gone/ca.pem cannot be read: ENOENT');
    expect(output).toContain('error /webhooks/2/tls (line');
    expect(output.match(/cannot be read/g)).toHaveLength(2);
  });
});

test('a condition on what no configured source gives gets a warning', async () => {
  const conditions = [{ '==': [{ var: '$call.missed' }, true] }];
  const rules = written('rules.json', rulesText(webhookDocument({ conditions })));
  const config = written('config.json', JSON.stringify({ rules, sources: { pbx: { vendor: 'cisco' } } }));
  const { code, output } = await runCommand(check, '--config', config);
  expect(code).toBe(0);
  expect(output).toMatch(/warning \/webhooks\/0\/conditions\/0 .*gives \$call\.missed/);
});

describe('a secrets file', () => {
  test('gives references their values', async () => {
    const auth = { type: 'bearer', token: '${IN_THE_FILE}${IN_NONE}' } as const;
    const rules = written('rules.json', rulesText(webhookDocument({ auth })));
    const secretsFile = written('secrets.env', 'IN_THE_FILE=x\n');
    const config = written('config.json', JSON.stringify({ rules, secretsFile }));
    const { code, output } = await runCommand(check, '--config', config);
    expect(code).toBe(0);
    expect(output).toContain('${IN_NONE} is set neither');
    expect(output).not.toContain('${IN_THE_FILE} is set neither');
  });

  test.runIf(process.platform !== 'win32')('that everybody can read gets a warning', async () => {
    const secretsFile = written('secrets.env', 'A=x\n');
    chmodSync(secretsFile, 0o644);
    const rules = written('rules.json', rulesText());
    const config = written('config.json', JSON.stringify({ rules, secretsFile }));
    const { output } = await runCommand(check, '--config', config);
    expect(output).toMatch(/warning \/secretsFile.*secrets\.env: everybody on this machine can read it/);
  });
});

test('a token that can be guessed gets a warning, without being told', async () => {
  const rules = written('rules.json', rulesText());
  const tokens = [
    { name: 'page', token: 'letmein' },
    { name: 'crm', token: 'c2b1f0a99d314e7e' },
  ];
  const config = written('config.json', JSON.stringify({ rules, admin: { tokens } }));
  const { code, output } = await runCommand(check, '--config', config);
  expect(code).toBe(0);
  expect(output).toMatch(/warning \/admin\/tokens: the token page can be guessed/);
  expect(output).not.toMatch(/letmein|token crm/);
});

describe('without a file', () => {
  test('the example, its rules and the vendors are checked, and can be used', async () => {
    const { code, output } = await runCommand(check);
    expect(code).toBe(0);
    expect(output).toContain(`vendors: ok, ${loadVendors().names.join(', ')}\n`);
    expect(output).toMatch(/config\.example\.json: ok, \d+ sources: default, /);
    expect(output).toMatch(/rules\.json: ok, \d+ webhooks/);
  });

  test('the configuration of the container can be used', async () => {
    const { code, output } = await runCommand(check, '--config', 'deploy/config.container.json');
    expect(code).toBe(0);
    expect(output).toContain('deploy/config.container.json: ok, ');
  });

  test('a broken configuration is told with its line', async () => {
    const path = written('config.json', '{\n"listen": { "port": "x" }\n}');
    const { code, output } = await runCommand(check, '--config', path);
    expect(code).toBe(1);
    expect(output).toContain(`${path}: cannot be used\n  error /listen/port (line 2): must be integer`);
  });

  test('a configuration that is not JSON is told with its line', async () => {
    const { code, output } = await runCommand(check, '--config', written('config.json', '{\n"listen": }'));
    expect(code).toBe(1);
    expect(output).toMatch(/config\.json: cannot be used\n {2}error \/ \(line 2\): .*not valid JSON/);
  });

  test('a configuration that is not there is told', async () => {
    const { code, output } = await runCommand(check, '--config', join(temporaryFolder(), 'gone.json'));
    expect(code).toBe(1);
    expect(output).toMatch(/gone\.json: cannot be used/);
  });

  test('a secret that is not set is told by its name', async () => {
    const config = { sources: { pbx: { auth: { bearer: '${NO_SUCH_TOKEN}' } } } };
    const { code, output } = await runCommand(
      check,
      '--config',
      written('config.json', JSON.stringify(config)),
    );
    expect(code).toBe(1);
    expect(output).toContain('${NO_SUCH_TOKEN} is not set');
  });

  test('a webhook whose target the configuration does not allow gets a warning', async () => {
    const local = webhookDocument({ url: 'http://127.0.0.1:9090/' });
    const rules = written('rules.json', rulesText(local));
    const denying = written('config.json', JSON.stringify({ rules }));
    const { code, output } = await runCommand(check, '--config', denying);
    expect(code).toBe(0);
    expect(output).toMatch(
      /warning \/webhooks\/0\/url \(line 7\): 127\.0\.0\.1 is a loopback address.*relay\.allowNetworks/,
    );
    const relay = { allowNetworks: ['127.0.0.0/8'] };
    const allowing = written('config.json', JSON.stringify({ rules, relay }));
    expect((await runCommand(check, '--config', allowing)).output).not.toContain('allowNetworks');
  });

  test('a webhook that listens to a source that is not configured gets a warning', async () => {
    const rules = written('rules.json', rulesText(webhookDocument({ sources: ['pbx', 'pxb'] })));
    const config = written('config.json', JSON.stringify({ rules, sources: { pbx: {} } }));
    const { code, output } = await runCommand(check, '--config', config);
    expect(code).toBe(0);
    expect(output).toMatch(/warning \/webhooks\/0\/sources \(line \d+\): no source "pxb" is configured/);
    expect(output).not.toContain('no source "pbx"');
  });
});

test('for machines the same is a JSON document', async () => {
  const path = written('rules.json', rulesText(webhookDocument({ url: 'nowhere' })));
  const { code, output } = await runCommand(check, path, '--json');
  expect(code).toBe(1);
  expect(JSON.parse(output)).toEqual([
    {
      path,
      problems: [
        {
          severity: 'error',
          pointer: '/webhooks/0/url',
          line: 7,
          message: expect.stringContaining('url') as string,
        },
      ],
      summary: '0 webhooks',
    },
  ]);
});

test.each([[['a.json', 'b.json']], [['--rules', 'a.json']], [['--json=yes']]])(
  'wrong use is told as such: %j',
  async (args) => {
    const run = runCommand(check, ...args).catch((error: unknown) => Promise.reject(error as Error));
    await expect(run).rejects.toThrow(UsageError);
  },
);
