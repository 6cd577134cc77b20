import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { InvalidDocumentError } from '../../src/check/problem.ts';
import { openRules, rulesOnDisk, rulesText, webhookDocument, type RulesOnDisk } from '../support/rules.ts';

const A = webhookDocument({ id: 'a' });
const B = webhookDocument({ id: 'b' });
const BROKEN = rulesText({ urll: 'https://example.com', ...A });

function idsInForce({ registry }: RulesOnDisk): string[] {
  return [...registry.webhooks.keys()];
}

/** `pointer (line)` of each error that the file has now. */
function errorsOf({ file }: RulesOnDisk): string[] {
  return file.status.errors.map(({ pointer, line, message }) => `${pointer} (${line ?? '-'}) ${message}`);
}

/** A hand edit has to be in force within a second; twice that is waited for on a busy machine. */
async function soon(expectation: () => void): Promise<void> {
  await vi.waitFor(expectation, { timeout: 2_000, interval: 20 });
}

/** Opens a rules file and waits until its watcher, which begins by looking once in the background, has looked. */
async function watchedRules(text?: string): Promise<RulesOnDisk> {
  const rules = await openRules(text);
  for (let turn = 0; turn < 10; turn += 1) await stat(rules.folder);
  return rules;
}

describe('opening', () => {
  test('puts the webhooks of the file in force', async () => {
    const rules = await openRules(rulesText(A, B));
    expect(idsInForce(rules)).toEqual(['a', 'b']);
    expect(rules.file.status).toMatchObject({ path: rules.path, warnings: [], errors: [] });
    expect(rules.file.status.loadedAt).toBeInstanceOf(Date);
    expect(rules.statuses).toEqual([rules.file.status]);
  });

  test('tells warnings with their lines', async () => {
    const rules = await openRules(rulesText({ ...A, conditions: [] }));
    expect(rules.file.status.warnings).toMatchObject([{ pointer: '/webhooks/0/conditions', line: 8 }]);
  });

  test('without a file begins with no webhooks', async () => {
    const rules = await openRules();
    expect(idsInForce(rules)).toEqual([]);
    expect(rules.file.status.errors).toEqual([]);
  });

  test.each([
    ['an unknown member', BROKEN, /\/webhooks\/0\/urll \(line 5\): unknown member "urll"/],
    ['no JSON', '{\n"webhooks": [,]\n}', /\/ \(line 2\): cannot be read: not valid JSON: .* column 14/],
    ['an empty file', '', /cannot be read: not valid JSON/],
  ])('is refused for %s, with its line', async (_what, text, message) => {
    const rules = rulesOnDisk(text);
    const error: unknown = await rules.file.open().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidDocumentError);
    expect((error as Error).message).toMatch(message);
    expect(idsInForce(rules)).toEqual([]);
  });

  test('is refused for a folder where the file should be', async () => {
    const rules = rulesOnDisk();
    mkdirSync(rules.path);
    await expect(rules.file.open()).rejects.toThrow(/cannot be read/);
  });
});

describe('a restart', () => {
  async function closed(text: string): Promise<string> {
    const { folder, file } = await openRules(text);
    await file.close();
    return folder;
  }

  test('with a broken file goes on with the last good rules and tells the error', async () => {
    const folder = await closed(rulesText(A));
    const rules = await openRules(BROKEN, folder);
    expect(idsInForce(rules)).toEqual(['a']);
    expect(errorsOf(rules)).toEqual([expect.stringMatching(/^\/webhooks\/0\/urll \(5\) unknown member/)]);
    expect(rules.statuses.at(-1)).toEqual(rules.file.status);
  });

  test('with the file gone goes on with the last good rules and tells so', async () => {
    const folder = await closed(rulesText(A));
    rmSync(join(folder, 'rules.json'));
    const rules = await openRules(undefined, folder);
    expect(idsInForce(rules)).toEqual(['a']);
    expect(errorsOf(rules)).toEqual([' (-) the file is gone']);
  });

  test('with another good file takes that', async () => {
    const folder = await closed(rulesText(A));
    expect(idsInForce(await openRules(rulesText(B), folder))).toEqual(['b']);
  });

  test('takes a good file though the copy of the last good rules is damaged', async () => {
    const folder = await closed(rulesText(A));
    writeFileSync(join(folder, 'last-good-rules.json'), '{"webhooks": [');
    expect(idsInForce(await openRules(undefined, folder))).toEqual(['a']);
  });

  test('keeps the last good rules through several starts with a broken file', async () => {
    const folder = await closed(rulesText(A));
    const second = await openRules(BROKEN, folder);
    await second.file.close();
    expect(idsInForce(await openRules(undefined, folder))).toEqual(['a']);
  });
});

describe('a hand edit', () => {
  test('is in force soon', async () => {
    const rules = await watchedRules(rulesText(A));
    writeFileSync(rules.path, rulesText(A, B));
    await soon(() => {
      expect(idsInForce(rules)).toEqual(['a', 'b']);
    });
    expect(rules.statuses).toHaveLength(2);
  });

  test('that breaks the file changes nothing and tells the line, until it is mended', async () => {
    const rules = await watchedRules(rulesText(A));
    const loaded = rules.file.status.loadedAt;
    writeFileSync(rules.path, BROKEN);
    await soon(() => {
      expect(errorsOf(rules)).toEqual([expect.stringMatching(/^\/webhooks\/0\/urll \(5\) /)]);
    });
    expect(idsInForce(rules)).toEqual(['a']);
    expect(rules.file.status.loadedAt).toBe(loaded);
    writeFileSync(rules.path, rulesText(A));
    await soon(() => {
      expect(errorsOf(rules)).toEqual([]);
    });
    expect(rules.statuses.map(({ errors }) => errors.length)).toEqual([0, 1, 0]);
  });

  test('that leaves half a file behind changes nothing', async () => {
    const rules = await watchedRules(rulesText(A));
    writeFileSync(rules.path, rulesText(A, B).slice(0, 100));
    await soon(() => {
      expect(errorsOf(rules)).toEqual([expect.stringMatching(/cannot be read: not valid JSON/)]);
    });
    expect(idsInForce(rules)).toEqual(['a']);
  });

  test('that nests without end is taken or told, and never passed over', async () => {
    const rules = await watchedRules(rulesText(A));
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    writeFileSync(
      rules.path,
      rulesText({ ...A, id: 'deep', meta: { a: 0 } }).replace('"a": 0', `"a": ${deep}`),
    );
    await soon(() => {
      expect([...idsInForce(rules), ...errorsOf(rules)]).not.toEqual(['a']);
    });
  });

  test('that breaks the file lets no webhook be gone for good until it is mended', async () => {
    const rules = await watchedRules(rulesText(A));
    const { departures } = rules.registry;
    const confirmed = vi.spyOn(departures, 'confirmed');
    departures.deleted('b');
    await soon(() => {
      expect(rules.registry.isGone('b')).toBe(true);
    });
    writeFileSync(rules.path, BROKEN);
    await soon(() => {
      expect(errorsOf(rules)).not.toEqual([]);
    });
    const told = confirmed.mock.calls.length;
    await wait(700);
    expect(confirmed).toHaveBeenCalledTimes(told);
    writeFileSync(rules.path, rulesText(A));
    await soon(() => {
      expect(confirmed.mock.calls.length).toBeGreaterThan(told);
    });
  });

  test('may make a file where there was none', async () => {
    const rules = await watchedRules();
    writeFileSync(rules.path, rulesText(B));
    await soon(() => {
      expect(idsInForce(rules)).toEqual(['b']);
    });
  });

  test('that takes the file away changes nothing and is told, until it is back', async () => {
    const rules = await watchedRules(rulesText(A));
    const text = readFileSync(rules.path);
    rmSync(rules.path);
    await soon(() => {
      expect(errorsOf(rules)).toEqual([' (-) the file is gone']);
    });
    expect(idsInForce(rules)).toEqual(['a']);
    writeFileSync(rules.path, text);
    await soon(() => {
      expect(errorsOf(rules)).toEqual([]);
    });
  });

  test('made while the file is being opened is in force soon too', async () => {
    const rules = rulesOnDisk(rulesText(A), undefined, ({ loadedAt }) => {
      if (loadedAt !== undefined && rules.statuses.length === 0) writeFileSync(rules.path, rulesText(A, B));
    });
    await rules.file.open();
    await soon(() => {
      expect(idsInForce(rules)).toEqual(['a', 'b']);
    });
  });
});
