import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/commands/command.ts';
import { recipes } from '../../src/commands/recipes.ts';
import { runCommand } from './run-command.ts';

describe('hookswitch recipes', () => {
  test('lists every recipe with what it does', async () => {
    const { code, output } = await runCommand(recipes);
    expect(code).toBe(0);
    expect(output).toMatch(/^connectwise-ticket +Opens a service ticket for every missed call\.$/m);
    expect(output.trimEnd().split('\n')).toHaveLength(18);
  });

  test('tells of one what there is to fill in, what is worth knowing, and the webhook', async () => {
    const { output } = await runCommand(recipes, 'zendesk-ticket');
    expect(output).toMatch(/^ {2}ZENDESK_API_TOKEN: .* \(secret\), such as /m);
    expect(output).toContain('developer.zendesk.com');
    expect(output).toContain('"url": "https://${ZENDESK_SUBDOMAIN}.zendesk.com/api/v2/tickets"');
  });

  test('writes values in', async () => {
    const { output } = await runCommand(
      recipes,
      'jira-issue',
      '--set',
      'JIRA_SITE=acme',
      '--set',
      'JIRA_PROJECT=A',
      '--json',
    );
    const webhook = JSON.parse(output) as { url: string; body: { fields: { project: unknown } } };
    expect(webhook.url).toBe('https://acme.atlassian.net/rest/api/3/issue');
    expect(webhook.body.fields.project).toEqual({ key: 'A' });
  });

  test('gives all of them to machines', async () => {
    const { output } = await runCommand(recipes, '--json');
    expect((JSON.parse(output) as { id: string }[]).map(({ id }) => id)).toContain('slack-message');
  });

  test.each([
    [['nope'], /^there is no recipe "nope"; known are connectwise-ticket, /],
    [['a', 'b'], /^one recipe at a time$/],
    [['slack-message', '--set', 'X'], /^--set takes NAME=VALUE$/],
    [['slack-message', '--set', 'SLACK_WEBHOOK_URL=https://x'], /is a secret/],
  ])('refuses %j', (args, message) => {
    const run = (): unknown => recipes.run(args);
    expect(run).toThrow(UsageError);
    expect(run).toThrow(message);
  });
});
