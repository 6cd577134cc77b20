import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UsageError } from '../../src/commands/command.ts';
import { rules } from '../../src/commands/rules/rules.ts';
import type { WebhookDocument } from '../../src/webhooks/webhook.ts';
import type { TestApp } from '../support/app.ts';
import { listen } from './listening-app.ts';
import { runCommand } from './run-command.ts';

const CRM: WebhookDocument = {
  id: 'crm',
  name: 'CRM',
  url: 'https://crm.test/in?key=planted-key',
  headers: { authorization: 'Bearer planted-secret' },
};
const DESK: WebhookDocument = { id: 'desk', name: 'Desk', url: 'https://desk.test/in' };

let told = '';

beforeEach(() => {
  vi.stubEnv('HOOKSWITCH_API_TOKEN', undefined);
  told = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += String(text);
    return true;
  });
});

afterEach(() => {
  vi.unstubAllEnvs();
});

type Started = TestApp & { readonly url: string; readonly file: string };

async function start(webhooks: readonly WebhookDocument[] = [CRM, DESK]): Promise<Started> {
  const started = await listen({ webhooks });
  return { ...started, file: join(started.rulesPath, '..', 'exported.json') };
}

async function exported({ url, file }: Started): Promise<{ webhooks: WebhookDocument[] }> {
  await runCommand(rules, 'export', file, '--api', url);
  return JSON.parse(readFileSync(file, 'utf8')) as { webhooks: WebhookDocument[] };
}

function etagTold(): string {
  return /^ETag (".*")$/m.exec(told)?.[1] ?? 'none';
}

describe('hookswitch rules export', () => {
  test('prints the rules without their secrets, and says where those were', async () => {
    const started = await start();
    const { code, output } = await runCommand(rules, 'export', '--api', started.url);
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({
      webhooks: [{ id: 'crm', url: 'https://crm.test/in?key=********' }, DESK],
    });
    expect(output + told).not.toMatch(/planted|planted-key/);
    expect(told).toContain('2 secrets are written as ********');
    expect(told).toContain('  /webhooks/0/headers/authorization\n');
  });

  test('writes a file that changes nothing when it is imported', async () => {
    const started = await start();
    await exported(started);
    const { code, output } = await runCommand(rules, 'import', started.file, '--api', started.url);
    expect({ code, output }).toEqual({ code: 0, output: 'nothing changes\n' });
    expect(started.onDisk()).toEqual([CRM, DESK]);
  });
});

describe('hookswitch rules import', () => {
  test('changes the rules, keeps masked secrets and prints what is changed', async () => {
    const started = await start();
    const { webhooks } = await exported(started);
    const [crm] = webhooks;
    const fax = { id: 'fax', name: 'Fax', url: 'https://fax.test/in' };
    writeFileSync(
      started.file,
      JSON.stringify({ webhooks: [fax, { ...crm, url: 'https://crm.test/new?key=********' }] }),
    );
    const { code, output } = await runCommand(rules, 'import', started.file, '--api', started.url);
    expect(code).toBe(0);
    expect(output).toBe('added    fax\nchanged  crm (url)\nremoved  desk\n');
    expect(started.onDisk()).toEqual([fax, { ...CRM, url: 'https://crm.test/new?key=planted-key' }]);
  });

  test('with --dry-run only says what it would change', async () => {
    const started = await start();
    writeFileSync(started.file, JSON.stringify({ webhooks: [DESK] }));
    const { code, output } = await runCommand(
      rules,
      'import',
      started.file,
      '--dry-run',
      '--api',
      started.url,
    );
    expect({ code, output }).toEqual({ code: 0, output: 'removed  crm\n' });
    expect(told).toMatch(/exported\.json: warning \/webhooks\/0\/conditions \(line 1\): /);
    expect(started.onDisk()).toEqual([CRM, DESK]);
  });

  test.each<[string, object, RegExp]>([
    ['an error', { ...DESK, url: 'nowhere' }, /error \/webhooks\/0\/url \(line \d+\): is not a url/],
    [
      'a mask without a secret',
      { ...DESK, id: 'new', headers: { authorization: '********' } },
      /error \/webhooks\/0\/headers\/authorization \(line \d+\): is masked, and there is no secret/,
    ],
  ])('refuses rules with %s, dry or not', async (_what, webhook, complaint) => {
    const started = await start();
    writeFileSync(started.file, JSON.stringify({ webhooks: [webhook] }, null, 2));
    for (const options of [['--dry-run'], []]) {
      told = '';
      const args = ['import', started.file, '--api', started.url, ...options];
      expect(await runCommand(rules, ...args)).toEqual({ code: 1, output: '' });
      expect(told).toMatch(complaint);
    }
    expect(started.onDisk()).toEqual([CRM, DESK]);
  });

  test('that was made of an older export is refused when its ETag is given', async () => {
    const started = await start();
    await exported(started);
    const etag = etagTold();
    const args = ['import', started.file, '--api', started.url, '--if-match', etag];
    expect((await runCommand(rules, ...args)).code).toBe(0);
    await fetch(`${started.url}/api/v1/webhooks/desk`, { method: 'DELETE', headers: { 'if-match': '*' } });
    await expect(runCommand(rules, ...args)).rejects.toThrow(
      /^somebody else has changed the rules.*export them/,
    );
    expect(started.onDisk()).toEqual([CRM]);
  });

  test('is refused when somebody changes the rules between its look and its change', async () => {
    const started = await start();
    writeFileSync(started.file, JSON.stringify({ webhooks: [DESK] }));
    const { fetch } = globalThis;
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
      if (init?.method === 'PUT') {
        const url = `${started.url}/api/v1/webhooks/desk`;
        await fetch(url, { method: 'DELETE', headers: { 'if-match': '*' } });
      }
      return fetch(input, init);
    });
    const importing = runCommand(rules, 'import', started.file, '--api', started.url);
    await expect(importing).rejects.toThrow(/^somebody else has changed the rules, so nothing was imported/);
    expect(started.onDisk()).toEqual([CRM]);
  });

  test.each([
    [[], /say what to do: export or import/],
    [['import'], /import needs a FILE/],
    [['import', 'a', '--store', 'postgres://x', '--if-match', '"1"'], /do not go together/],
    [['export', 'a', 'b'], /"b" is too much/],
  ])('%j is wrong use', async (args, message) => {
    const { url } = await start();
    const running = runCommand(rules, ...args, '--api', url);
    await expect(running).rejects.toThrow(UsageError);
    await expect(running).rejects.toThrow(message);
  });
});
