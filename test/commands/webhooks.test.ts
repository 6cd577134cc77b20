import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { UsageError } from '../../src/commands/command.ts';
import { webhooks } from '../../src/commands/webhooks.ts';

import { listen } from './listening-app.ts';
import { runCommand } from './run-command.ts';

const TICKETS = { id: 'tickets', name: 'Tickets', url: 'http://target.test/hook' };
const TOKEN = { name: 'all', token: 'hunter2', scopes: ['read', 'write'] as const };
const ISSUE = ['create', '--recipe', 'jira-issue', '--set', 'JIRA_SITE=acme'];

beforeEach(() => {
  vi.stubEnv('HOOKSWITCH_API_TOKEN', undefined);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
});

describe('hookswitch webhooks create', () => {
  test('adds a webhook made of a recipe and prints its id', async () => {
    const { url, onDisk } = await listen();
    const { code, output } = await runCommand(webhooks, ...ISSUE, '--api', `${url}/`);
    expect(code).toBe(0);
    const [created] = onDisk();
    expect(output).toBe(`${created?.id ?? 'none'}\n`);
    expect(created?.url).toBe('https://acme.atlassian.net/rest/api/3/issue');
    expect(JSON.stringify(created)).toContain('${JIRA_PROJECT}');
  });

  test('tells what is still to be set for it to work', async () => {
    const { url } = await listen();
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await runCommand(webhooks, ...ISSUE, '--api', url);
    const lines = told.mock.calls.map(([line]) => String(line)).join('');
    told.mockRestore();
    expect(lines).toContain('warning: ${JIRA_API_TOKEN} is set neither in the environment');
    expect(lines).not.toContain('${JIRA_SITE}');
  });

  test('adds a webhook read from a file and prints what the router shows', async () => {
    const { url, rulesPath, onDisk } = await listen();
    const file = join(rulesPath, '..', 'mine.json');
    writeFileSync(file, JSON.stringify(TICKETS));
    const { output } = await runCommand(webhooks, 'create', '--file', file, '--json', '--api', url);
    expect(JSON.parse(output)).toMatchObject({ ...TICKETS, stats: { hits: 0 } });
    expect(onDisk()).toEqual([TICKETS]);
  });

  test('sends the token of the environment', async () => {
    const { url, onDisk } = await listen({ access: { tokens: [TOKEN] } });
    await expect(runCommand(webhooks, ...ISSUE, '--api', url)).rejects.toThrow(
      /answered 401: send an API token/,
    );
    vi.stubEnv('HOOKSWITCH_API_TOKEN', TOKEN.token);
    await runCommand(webhooks, ...ISSUE, '--api', url);
    expect(onDisk()).toHaveLength(1);
  });

  test('tells what the router has against it, with the place', async () => {
    const { url, onDisk } = await listen({ targetProblem: () => 'is refused' });
    await expect(runCommand(webhooks, ...ISSUE, '--api', url)).rejects.toThrow(/answered 422: \/url /);
    expect(onDisk()).toEqual([]);
  });

  test.each([
    [[], /^say what to do: list, get, create, enable, disable$/],
    [['get'], /^the id of a webhook is missing$/],
    [['enable'], /^the id of a webhook is missing$/],
    [['get', 'a', 'b'], /^"b" is too much$/],
    [['remove'], /^say what to do/],
    [['create'], /--recipe ID or --file FILE/],
    [['create', '--recipe', 'jira-issue', '--file', 'x.json'], /--recipe ID or --file FILE/],
    [['create', '--recipe', 'nope'], /^there is no recipe "nope"/],
    [['create', '--recipe', 'jira-issue', '--set', 'NOPE=1'], /has nothing called NOPE/],
    [['create', '--file', 'x.json', '--set', 'A=1'], /^--set is for recipes$/],
    [['list', 'all'], /^"all" is too much$/],
  ])('refuses %j', async (args, message) => {
    const refused = expect(runCommand(webhooks, ...args)).rejects;
    await refused.toThrow(UsageError);
    await expect(runCommand(webhooks, ...args)).rejects.toThrow(message);
  });
});

describe('hookswitch webhooks list', () => {
  test('prints every webhook with its counters, over all pages', async () => {
    const many = Array.from({ length: 251 }, (_, n) => ({ ...TICKETS, id: `w${n}`, enabled: n > 0 }));
    const { url, store } = await listen({ webhooks: many });
    const hits = [{ webhookId: 'w250', lease: false }];
    await store.accept([{ source: 's', vendor: 'generic', receivedAtMs: 0, raw: '{}', hits, errors: [] }]);
    const { output } = await runCommand(webhooks, 'list', '--api', url);
    const lines = output.trimEnd().split('\n');
    expect(lines).toHaveLength(251);
    expect(lines[0]).toBe('w0    hits 0, delivered 0, failed 0, pending 0  Tickets (disabled)');
    expect(lines[250]).toBe('w250  hits 1, delivered 0, failed 0, pending 1  Tickets');
  });

  test('tells of what was cancelled, so that the counters add up', async () => {
    const { url, store } = await listen({ webhooks: [TICKETS] });
    const hits = [{ webhookId: TICKETS.id, lease: false }];
    await store.accept([{ source: 's', vendor: 'generic', receivedAtMs: 0, raw: '{}', hits, errors: [] }]);
    await store.cancelPending(TICKETS.id);
    const { output } = await runCommand(webhooks, 'list', '--api', url);
    expect(output).toContain('hits 1, delivered 0, failed 0, cancelled 1, pending 0');
  });

  test('finds the router that the configuration and the environment tell of', async () => {
    const { url } = await listen({ webhooks: [TICKETS] });
    vi.stubEnv('HOOKSWITCH_PORT', new URL(url).port);
    vi.stubEnv('HOOKSWITCH_HOST', '0.0.0.0');
    vi.stubEnv('HOOKSWITCH_API_TOKEN', 'any');
    const { output } = await runCommand(webhooks, 'list', '--json', '--config', 'config.example.json');
    expect(JSON.parse(output)).toMatchObject([{ id: 'tickets' }]);
  });

  test('says so when no router answers, and when it is none', async () => {
    const nobody = runCommand(webhooks, 'list', '--api', 'http://127.0.0.1:1');
    await expect(nobody).rejects.toThrow(/^no router answers at http:\/\/127\.0\.0\.1:1 .*--api$/);
    const { url } = await listen();
    await expect(runCommand(webhooks, 'list', '--api', `${url}/elsewhere`)).rejects.toThrow(/answered 404/);
  });
});

describe('hookswitch webhooks get', () => {
  const secured = { ...TICKETS, conditions: [], headers: { Authorization: 'Bearer planted' } };

  test('prints what its editors wrote, secrets masked, with its counters and warnings', async () => {
    const { url } = await listen({ webhooks: [secured] });
    const { output } = await runCommand(webhooks, 'get', 'tickets', '--api', url);
    expect(output).toContain('tickets  hits 0, delivered 0, failed 0, pending 0  Tickets\n');
    expect(output).toContain(`\n  url = "${TICKETS.url}"\n`);
    expect(output).toMatch(/^ {2}headers = \{"Authorization":"\*{8}"\}$/m);
    expect(output).toMatch(/^ {2}warning \/conditions: .*every CDR/m);
    const { output: json } = await runCommand(webhooks, 'get', 'tickets', '--json', '--api', url);
    expect(JSON.parse(json)).toMatchObject({ id: 'tickets', breaker: { state: 'closed' } });
    expect(output + json).not.toContain('planted');
  });

  test('tells of one that is not there', async () => {
    const { url } = await listen();
    await expect(runCommand(webhooks, 'get', 'no/one', '--api', url)).rejects.toThrow(/404: .*"no\/one"/);
  });
});

describe('hookswitch webhooks enable and disable', () => {
  test('switch every one that is named, up to one that is not there', async () => {
    const { url, onDisk } = await listen({ webhooks: [TICKETS, { ...TICKETS, id: 'second' }] });
    const { output } = await runCommand(webhooks, 'disable', 'tickets', 'second', '--api', url);
    expect(output).toBe('tickets\nsecond\n');
    expect(onDisk()).toMatchObject([{ enabled: false }, { enabled: false }]);
    const enabling = runCommand(webhooks, 'enable', 'second', 'third', 'tickets', '--api', url);
    await expect(enabling).rejects.toThrow(/404: there is no webhook "third"/);
    expect(onDisk()).toMatchObject([{ enabled: false }, { enabled: true }]);
  });
});
