import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { migrate } from '../../src/commands/migrate/migrate.ts';
import type { Config } from '../../src/config.ts';
import { configIn, makeFolder, startTestRouter, writeRules } from '../support/app.ts';
import { Receiver } from '../support/receiver.ts';
import { describePostgres, temporarySchema } from '../support/store-postgres.ts';
import { runCommand } from './run-command.ts';

interface Shown {
  readonly data: readonly { readonly id: string; readonly state?: string; readonly raw?: unknown }[];
}

/** Runs a router for a while. */
async function running<Result>(
  config: Config,
  work: (api: (path: string) => Promise<unknown>, url: string) => Promise<Result>,
): Promise<Result> {
  const router = await startTestRouter(config);
  const api = async (path: string): Promise<unknown> =>
    (await fetch(`${router.adminUrl}/api/v1${path}`)).json();
  const result = await work(api, router.url);
  await router.stop();
  return result;
}

function ids({ data }: Shown): string[] {
  return data.map(({ id }) => id);
}

describePostgres('hookswitch migrate', (serverUrl) => {
  let told = '';

  beforeEach(() => {
    told = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      told += String(text);
      return true;
    });
  });

  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('moves a router to PostgreSQL, where it goes on, and back', async () => {
    let isUp = false;
    const receiver = await Receiver.start(() => ({ status: isUp ? 200 : 503 }));
    onTestFinished(() => receiver.close());
    const folder = makeFolder();
    const retry = { schedule: Array.from({ length: 50 }, () => 1), burst: 0 };
    const webhook = {
      id: 'crm',
      name: 'CRM',
      url: `${receiver.url}/hook`,
      headers: { authorization: 'Bearer x1' },
    };
    writeRules(folder, [{ ...webhook, retry }]);
    const before = await running(configIn(folder), async (api, url) => {
      for (const id of [1, 2, 3]) {
        await fetch(`${url}/cdr`, { method: 'POST', body: JSON.stringify({ id, n: '\u0000' }) });
      }
      await vi.waitFor(() => {
        expect(receiver.requests.length).toBeGreaterThan(2);
      });
      return { cdrs: (await api('/cdrs')) as Shown, deliveries: (await api('/deliveries')) as Shown };
    });
    const databaseUrl = temporarySchema(serverUrl);
    for (const name of ['files.ndjson', 'sftp_host_rsa_key']) writeFileSync(join(folder, 'data', name), '');
    const rules = join(folder, 'rules.json');
    const there = ['--from', join(folder, 'data'), '--to', databaseUrl, '--rules', rules];
    const { code, output } = await runCommand(migrate, ...there);

    expect(code).toBe(0);
    expect(output).toMatch(/^webhooks +1 +1$/m);
    expect(output).toMatch(/^deliveries pending +3 +3$/m);
    expect(told).not.toContain('test@');
    expect(told).toContain(`Not copied, because it is in ${join(folder, 'data')}`);
    expect(told).toMatch(/data\/files\.ndjson: which files .*\n.*data\/sftp_host_rsa_key: /);
    expect(told).not.toContain('captures');
    isUp = true;
    const elsewhere = makeFolder();
    const stats = { hits: 3, delivered: 3, pending: 0, failed: 0, cancelled: 0 };
    await running(configIn(elsewhere, { databaseUrl }), async (api) => {
      await vi.waitFor(
        async () => {
          expect(await api('/webhooks/crm')).toMatchObject({ stats });
        },
        { timeout: 20_000 },
      );
      expect(ids((await api('/deliveries')) as Shown)).toEqual(ids(before.deliveries));
      expect(await api('/cdrs')).toEqual(before.cdrs);
    });

    const back = join(makeFolder(), 'config.json');
    const home = makeFolder();
    const store = { directory: join(home, 'data') };
    writeFileSync(back, JSON.stringify({ store, rules: join(home, 'rules', 'rules.json'), sources: {} }));
    // Neither side is what the environment says.
    vi.stubEnv('HOOKSWITCH_STORE', databaseUrl);
    const returned = await runCommand(migrate, '--from', databaseUrl, '--to', back, '--json');
    expect(told).toMatch(
      /in the data directory of each router.*\n {2}files\.ndjson: .*\n(?:.*\n)* {2}recordings: /,
    );
    expect(JSON.parse(returned.output)).toContainEqual({ name: 'deliveries delivered', from: 3, to: 3 });
    const rulesBack = readFileSync(join(home, 'rules', 'rules.json'), 'utf8');
    expect(JSON.parse(rulesBack)).toEqual(JSON.parse(readFileSync(rules, 'utf8')));
    const members = { dataDirectory: store.directory, rulesPath: join(home, 'rules', 'rules.json') };
    await running(configIn(home, members), async (api) => {
      expect(await api('/webhooks/crm')).toMatchObject({ stats });
      expect(await api('/cdrs')).toEqual(before.cdrs);
    });
  });

  it('says what is in the way, and changes nothing', async () => {
    const [folder, databaseUrl] = [makeFolder(), temporarySchema(serverUrl)];
    writeRules(folder, [{ name: 'Here', url: 'https://example.com/here' }]);
    const data = join(folder, 'data');
    const args = ['--from', data, '--to', databaseUrl, '--rules', join(folder, 'rules.json')];
    await expect(runCommand(migrate, ...args)).rejects.toThrow(`there is no store in ${data}`);
    await running(configIn(folder), async () => {
      await expect(runCommand(migrate, ...args)).rejects.toThrow(/another Hookswitch is using/);
    });
    const elsewhere = [...args.slice(0, 4), '--rules', join(folder, 'nowhere.json')];
    await expect(runCommand(migrate, ...elsewhere)).rejects.toThrow(
      /no rules file .*nowhere\.json; name the one/,
    );
    const other = makeFolder();
    writeRules(other, [{ name: 'There', url: 'https://example.com/there' }]);
    await running(configIn(other, { databaseUrl }), async () => {
      await expect(runCommand(migrate, ...args)).rejects.toThrow(/is used by a router: stop all/);
    });
    await expect(runCommand(migrate, ...args)).rejects.toThrow(/other webhooks in postgres:.*rules export/);
    const unsaid = ['--from', data, '--to', databaseUrl];
    await expect(runCommand(migrate, ...unsaid)).rejects.toThrow(
      /say with --rules which rules file belongs to/,
    );
    const nowhere = `${databaseUrl}&connect_timeout=1`.replace(/:\d+\//, ':1/');
    const away = [...args.slice(0, 3), nowhere, ...args.slice(4)];
    await expect(runCommand(migrate, ...away)).rejects.toThrow(/cannot be had: .*ECONNREFUSED/);
    const same = [...args.slice(0, 3), `${data}/`, ...args.slice(4)];
    await expect(runCommand(migrate, ...same)).rejects.toThrow('is both sides');
    await expect(runCommand(migrate, '--from', data)).rejects.toThrow('say --from and --to');
  });

  it('copies no rules that have an error', async () => {
    const [folder, databaseUrl] = [makeFolder(), temporarySchema(serverUrl)];
    await running(configIn(folder), () => Promise.resolve());
    const rules = join(folder, 'rules.json');
    writeFileSync(rules, '{"webhooks":[{"name":"x"}]}');
    const args = ['--from', join(folder, 'data'), '--to', databaseUrl, '--rules', rules];
    await expect(runCommand(migrate, ...args)).rejects.toThrow(/rules\.json.*\/webhooks\/0/s);
  });
});
