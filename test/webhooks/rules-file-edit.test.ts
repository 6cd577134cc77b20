import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { BrokenRulesError } from '../../src/webhooks/rules-errors.ts';
import type { RulesEdit } from '../../src/webhooks/rules.ts';
import type { WebhookDocument } from '../../src/webhooks/webhook.ts';
import {
  openRules,
  rulesText,
  temporaryFolder,
  webhookDocument,
  type RulesOnDisk,
} from '../support/rules.ts';

type Change = (webhooks: readonly WebhookDocument[]) => RulesEdit<string>;

const A = webhookDocument({ id: 'a' });

/** An edit that appends a webhook and gives back its id. */
function adding(id: string): Change {
  return (webhooks) => ({ webhooks: [...webhooks, webhookDocument({ id })], result: id });
}

function idsInForce({ registry }: RulesOnDisk): string[] {
  return [...registry.webhooks.keys()];
}

function idsOnDisk({ path }: RulesOnDisk): (string | undefined)[] {
  const document = JSON.parse(readFileSync(path, 'utf8')) as { webhooks: WebhookDocument[] };
  return document.webhooks.map(({ id }) => id);
}

describe('an edit', () => {
  test('is on disk and in force when it is answered', async () => {
    const rules = await openRules(rulesText(A));
    await expect(rules.file.edit(adding('b'))).resolves.toBe('b');
    expect(idsOnDisk(rules)).toEqual(['a', 'b']);
    expect(idsInForce(rules)).toEqual(['a', 'b']);
    expect(rules.statuses).toHaveLength(2);
  });

  test('is made again of what somebody saves by hand while it is made', async () => {
    const rules = await openRules(rulesText(A));
    let calls = 0;
    const edit = rules.file.edit((webhooks) => {
      calls += 1;
      if (calls === 1) writeFileSync(rules.path, rulesText(A, webhookDocument({ id: 'by-hand' })));
      return adding('b')(webhooks);
    });
    await expect(edit).resolves.toBe('b');
    expect(idsOnDisk(rules)).toEqual(['a', 'by-hand', 'b']);
    expect(idsInForce(rules)).toEqual(['a', 'by-hand', 'b']);
  });

  test('is refused when what is saved by hand meanwhile has an error', async () => {
    const rules = await openRules(rulesText(A));
    const edit = rules.file.edit((webhooks) => {
      writeFileSync(rules.path, '{"webhooks":[{}]}');
      return adding('b')(webhooks);
    });
    await expect(edit).rejects.toThrow(BrokenRulesError);
    expect(readFileSync(rules.path, 'utf8')).toBe('{"webhooks":[{}]}');
  });

  test('keeps $schema, the order of members and two spaces', async () => {
    const schema = '../schemas/rules.schema.json';
    const text = JSON.stringify({
      webhooks: [{ url: 'https://x.example', name: 'A', id: 'a' }],
      $schema: schema,
    });
    const rules = await openRules(text);
    await rules.file.edit((webhooks) => ({ webhooks, result: undefined }));
    expect(readFileSync(rules.path, 'utf8')).toBe(`{
  "webhooks": [
    {
      "url": "https://x.example",
      "name": "A",
      "id": "a"
    }
  ],
  "$schema": "${schema}"
}
`);
  });

  test('makes a file where there is none', async () => {
    const rules = await openRules();
    await rules.file.edit(adding('first'));
    expect(idsOnDisk(rules)).toEqual(['first']);
  });

  test('leaves no other file behind', async () => {
    const rules = await openRules(rulesText(A));
    await rules.file.edit(adding('b'));
    expect(readdirSync(rules.folder).toSorted()).toEqual(['last-good-rules.json', 'rules.json']);
  });

  test('leaves a file that only its owner may read to its owner', async () => {
    const rules = await openRules();
    writeFileSync(rules.path, rulesText(A), { mode: 0o600 });
    await rules.file.edit(adding('b'));
    expect((statSync(rules.path).mode & 0o777).toString(8)).toBe('600');
  });

  test('goes to the file that a link leads to, and leaves the link', async () => {
    const elsewhere = join(temporaryFolder(), 'real.json');
    writeFileSync(elsewhere, rulesText(A));
    const folder = temporaryFolder();
    symlinkSync(elsewhere, join(folder, 'rules.json'));
    const rules = await openRules(undefined, folder);
    await rules.file.edit(adding('b'));
    expect(lstatSync(rules.path).isSymbolicLink()).toBe(true);
    expect(idsOnDisk({ ...rules, path: elsewhere })).toEqual(['a', 'b']);
  });

  test('is never seen half written', async () => {
    const rules = await openRules(rulesText(A));
    const ids = Array.from({ length: 20 }, (_, n) => `w${n}`);
    const edits = Promise.all(ids.map((id) => rules.file.edit(adding(id))));
    const seen = new Set<number>();
    while ((await Promise.race([edits, setImmediate('not yet')])) === 'not yet') {
      seen.add(idsOnDisk(rules).length);
    }
    expect(seen.size).toBeGreaterThan(1);
    expect(idsOnDisk(rules)).toEqual(['a', ...ids]);
  });
});

describe('a hand edit just before', () => {
  test('is what the edit is made on', async () => {
    const rules = await openRules(rulesText(A));
    writeFileSync(rules.path, rulesText(A, webhookDocument({ id: 'by-hand' })));
    await rules.file.edit(adding('by-api'));
    expect(idsOnDisk(rules)).toEqual(['a', 'by-hand', 'by-api']);
    expect(idsInForce(rules)).toEqual(['a', 'by-hand', 'by-api']);
  });

  test('that broke the file refuses the edit and is left as it is', async () => {
    const rules = await openRules(rulesText(A));
    const broken = rulesText(A).replace('"url"', '"urll"');
    writeFileSync(rules.path, broken);
    const edit = rules.file.edit(adding('b'));
    await expect(edit).rejects.toThrow(BrokenRulesError);
    await expect(edit).rejects.toThrow(/\/webhooks\/0\/urll \(line 7\)/);
    expect(readFileSync(rules.path, 'utf8')).toBe(broken);
    expect(idsInForce(rules)).toEqual(['a']);
  });

  test('that took the file away refuses the edit', async () => {
    const rules = await openRules(rulesText(A));
    rmSync(rules.path);
    await expect(rules.file.edit(adding('b'))).rejects.toThrow(BrokenRulesError);
    expect(readdirSync(rules.folder)).toEqual(['last-good-rules.json']);
  });
});

test('an edit that cannot be written changes nothing', async () => {
  const text = rulesText(A);
  const rules = await openRules(text);
  const obstacle = join(rules.folder, '.rules.json.tmp');
  mkdirSync(obstacle);
  await expect(rules.file.edit(adding('b'))).rejects.toThrow(/EISDIR/);
  rmdirSync(obstacle);
  expect(readFileSync(rules.path, 'utf8')).toBe(text);
  expect(idsInForce(rules)).toEqual(['a']);
  expect(rules.file.status.errors).toEqual([]);
  await rules.file.edit(adding('later'));
  expect(idsOnDisk(rules)).toEqual(['a', 'later']);
});
