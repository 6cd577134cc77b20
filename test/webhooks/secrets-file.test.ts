import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Environment } from '../../src/webhooks/references.ts';
import { SecretsFile, type SecretsStatus } from '../../src/webhooks/secrets-file.ts';
import { temporaryFolder } from '../support/rules.ts';

interface OpenSecrets {
  readonly path: string;
  readonly file: SecretsFile;
  readonly statuses: SecretsStatus[];
}

/** A secrets file for its owner alone, read and watched. */
function open(text: string, environment: Environment = {}, mode = 0o600): OpenSecrets {
  const path = join(temporaryFolder(), 'secrets.env');
  writeFileSync(path, text);
  chmodSync(path, mode);
  const statuses: SecretsStatus[] = [];
  const file = new SecretsFile({ path, environment, onChange: (status) => void statuses.push(status) });
  onTestFinished(() => {
    file.close();
  });
  file.open();
  return { path, file, statuses };
}

describe('a secrets file', () => {
  test('gives the names that the environment does not have', () => {
    const { path, file, statuses } = open('# of the CRM\nexport TOKEN="with spaces # and all"\nKEY=1\n', {
      HOME: '/',
    });
    expect(file.environment).toEqual({ TOKEN: 'with spaces # and all', KEY: '1', HOME: '/' });
    expect(statuses).toEqual([{ path, names: 2, problems: [] }]);
  });

  test('does not win over the environment, and that is told without a value', () => {
    const { file, statuses } = open('TOKEN=of-the-file\nSAME=x\n', {
      TOKEN: 'of-the-environment',
      SAME: 'x',
    });
    expect(file.environment['TOKEN']).toBe('of-the-environment');
    expect(statuses[0]?.problems).toMatchObject([
      { severity: 'warning', message: 'TOKEN is set in the environment too, and that wins' },
    ]);
    expect(JSON.stringify(statuses)).not.toContain('of-the-');
  });

  test.runIf(process.platform !== 'win32')('that everybody can read is a warning', () => {
    const { statuses } = open('TOKEN=x\n', {}, 0o644);
    expect(statuses[0]?.problems).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('chmod 600') as string },
    ]);
    expect(open('TOKEN=x\n', {}, 0o640).statuses[0]?.problems).toEqual([]);
  });

  test('that has changed is in force in the same object, without what is gone', async () => {
    const { path, file, statuses } = open('TOKEN=first\nOLD=x\n', { HOME: '/' });
    const { environment } = file;
    writeFileSync(path, 'TOKEN=second and longer\n');
    await vi.waitUntil(() => statuses.length === 2, { timeout: 5_000 });
    expect(environment).toEqual({ TOKEN: 'second and longer', HOME: '/' });
    expect(statuses[1]).toMatchObject({ names: 1, problems: [] });
  });

  test.each([
    [
      'is gone',
      (path: string) => {
        rmSync(path);
      },
      'cannot be read: ENOENT',
    ],
    [
      'is empty',
      (path: string) => {
        writeFileSync(path, '');
      },
      'has no NAME=value in it',
    ],
    [
      'is no text',
      (path: string) => {
        writeFileSync(path, Buffer.from([0x41, 0x3d, 0xff]));
      },
      'cannot be read',
    ],
  ])('that %s changes nothing and is told', async (_what, spoil, message) => {
    const { path, file, statuses } = open('TOKEN=first and good\n');
    spoil(path);
    await vi.waitUntil(() => statuses.length === 2, { timeout: 5_000 });
    expect(file.environment).toEqual({ TOKEN: 'first and good' });
    expect(statuses[1]).toMatchObject({
      names: 1,
      problems: [{ severity: 'error', message: expect.stringContaining(message) as string }],
    });
    expect(statuses[1]?.problems[0]?.message).toContain(path);
    writeFileSync(path, 'TOKEN=mended\n');
    await vi.waitUntil(() => statuses.length === 3, { timeout: 5_000 });
    expect(file.environment).toEqual({ TOKEN: 'mended' });
  });

  test('that cannot be read at the start is an error with its path', () => {
    const path = join(temporaryFolder(), 'gone.env');
    const file = new SecretsFile({ path, environment: {}, onChange: () => undefined });
    expect(() => {
      file.open();
    }).toThrow(`the secrets file ${path} cannot be read: ENOENT`);
  });
});
