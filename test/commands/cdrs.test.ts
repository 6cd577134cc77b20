import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { cdrs } from '../../src/commands/cdrs.ts';
import { UsageError } from '../../src/commands/command.ts';
import { openapi } from '../../src/commands/openapi.ts';
import { newCdr } from '../support/webhooks.ts';
import { listen } from './listening-app.ts';
import { runCommand } from './run-command.ts';

beforeEach(() => {
  vi.stubEnv('HOOKSWITCH_API_TOKEN', undefined);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
});

describe('hookswitch cdrs list', () => {
  test('prints the newest first, one on a line, as far as asked', async () => {
    const { url, store } = await listen();
    const at = (receivedAtMs: number) => newCdr(['tickets'], { receivedAtMs, source: 'one' });
    const accepted = await store.accept([at(1_000), at(2_000), at(3_000)]);
    const { code, output } = await runCommand(cdrs, 'list', '--limit', '2', '--api', url);
    expect(code).toBe(0);
    expect(output.trimEnd().split('\n')).toEqual([
      expect.stringContaining(`${accepted[2]?.id ?? ''}  1970-01-01T00:00:03.000Z  one  `),
      expect.stringContaining(`${accepted[1]?.id ?? ''}  1970-01-01T00:00:02.000Z  one  `),
    ]);
    expect(output).toContain('hits 1');
  });

  test('tells who called whom, where that is known', async () => {
    const { url, store } = await listen();
    const raw = '{"pkid":"1","callingPartyNumber":"5550101","finalCalledPartyNumber":"2042"}';
    await store.accept([newCdr([], { source: 'cisco', vendor: 'cisco', raw })]);
    const { output } = await runCommand(cdrs, 'list', '--api', url);
    expect(output).toContain('  cisco  cisco  5550101 -> 2042  ');
  });

  test('goes through pages, and narrows to a source and to what hit nothing', async () => {
    const { url, store } = await listen();
    await store.accept(Array.from({ length: 300 }, () => newCdr([], { source: 'one' })));
    await store.accept([newCdr(['tickets'], { source: 'one' }), newCdr([], { source: 'two' })]);
    const filter = ['--source', 'one', '--unmatched', '--limit', '1000', '--json', '--api', url];
    const { output } = await runCommand(cdrs, 'list', ...filter);
    const found = JSON.parse(output) as { id: string; source: string; hits: number }[];
    expect(new Set(found.map(({ id }) => id)).size).toBe(300);
    expect(found.every(({ source, hits }) => source === 'one' && hits === 0)).toBe(true);
  });
});

describe('hookswitch cdrs get', () => {
  test('prints what it hit and its fields, or all of it with all digits', async () => {
    const { url, store } = await listen();
    const raw = '{"legs":[{"id":9223372036854775807}],"status":"missed"}';
    const [accepted] = await store.accept([newCdr(['tickets'], { raw })]);
    const id = accepted?.id ?? '';
    const { output } = await runCommand(cdrs, 'get', id, '--api', url);
    expect(output).toMatch(/^ {2}dlv_\S+ {2}tickets {2}pending$/m);
    expect(output).toContain('\n  legs.0.id = 9223372036854775807\n  status = "missed"\n');
    expect((await runCommand(cdrs, 'get', id, '--json', '--api', url)).output).toContain(`"cdr":${raw}`);
  });

  test('tells of one that is not there', async () => {
    const { url } = await listen();
    await expect(runCommand(cdrs, 'get', 'cdr_none', '--api', url)).rejects.toThrow(/404: .*cdr_none/);
  });
});

test.each([
  [[]],
  [['get']],
  [['list', 'x']],
  [['list', '--limit', '0']],
  [['list', '--matched', '--unmatched']],
])('hookswitch cdrs refuses %j', async (args) => {
  await expect(runCommand(cdrs, ...args)).rejects.toThrow(UsageError);
});

test('hookswitch openapi prints the document', async () => {
  const { code, output } = await runCommand(openapi);
  expect(code).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ openapi: '3.1.1', paths: { '/cdr/{source}': {} } });
});
