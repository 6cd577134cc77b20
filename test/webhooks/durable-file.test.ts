import { chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { DurableFile } from '../../src/webhooks/durable-file.ts';
import { temporaryFolder } from '../support/rules.ts';

function fileIn(folder: string, text: string): string {
  const path = join(folder, 'a.json');
  writeFileSync(path, text);
  return path;
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe('a durable file', () => {
  test('syncs the new text before it has the name, and the name after', async () => {
    const path = fileIn(temporaryFolder(), 'old');
    const handle = await open(path);
    const prototype = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    const steps: (readonly [isFolder: boolean, text: string])[] = [];
    const sync = vi.spyOn(prototype, 'sync').mockImplementation(async function (this: FileHandle) {
      steps.push([(await this.stat()).isDirectory(), readFileSync(path, 'utf8')]);
    });
    onTestFinished(() => {
      sync.mockRestore();
    });
    await new DurableFile(path).write('new');
    expect(steps).toEqual([
      [false, 'old'],
      [true, 'new'],
    ]);
  });

  test('leaves the old text and nothing else when the new one cannot be written', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a.json');
    mkdirSync(path);
    await expect(new DurableFile(path).write('new')).rejects.toThrow(/EISDIR/);
    expect(readdirSync(folder)).toEqual(['a.json']);
  });

  test('keeps who may read it, also over what a process that died has left', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a.json');
    writeFileSync(path, 'old', { mode: 0o640 });
    writeFileSync(join(folder, '.a.json.tmp'), 'left', { mode: 0o644 });
    await new DurableFile(path).write('new');
    expect([readFileSync(path, 'utf8'), modeOf(path), readdirSync(folder)]).toEqual([
      'new',
      '640',
      ['a.json'],
    ]);
  });

  test('is for those it is told, whoever could read the one before', async () => {
    const path = fileIn(temporaryFolder(), 'old');
    await new DurableFile(path, 0o600).write('new');
    expect(modeOf(path)).toBe('600');
  });

  test('has no text before it is written', async () => {
    const file = new DurableFile(join(temporaryFolder(), 'a.json'));
    expect(await file.read()).toBeNull();
    await file.write('');
    expect(await file.read()).toBe('');
  });
});

test.runIf(process.getuid?.() === 0)('whoever owned the file owns what is put in its place', async () => {
  const path = join(temporaryFolder(), 'a.json');
  writeFileSync(path, 'old');
  chownSync(path, 1_234, 2_345);
  await new DurableFile(path).write('new');
  expect(statSync(path)).toMatchObject({ uid: 1_234, gid: 2_345 });
});
