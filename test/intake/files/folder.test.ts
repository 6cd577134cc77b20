import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { folderProblem, makeFolder, type Folder } from '../../../src/intake/files/folder.ts';

function folderAt(...path: string[]): Folder {
  const root = mkdtempSync(join(tmpdir(), 'hookswitch-folder-'));
  onTestFinished(() => {
    rmSync(root, { recursive: true });
  });
  writeFileSync(join(root, 'file'), '');
  return {
    ...{ path: join(root, ...path), source: { name: 'cucm' }, pattern: undefined },
    ...{ settleMs: 0, pollMs: 50, done: 'move' },
  };
}

test('a folder is made with those below it; a check makes nothing', () => {
  const folder = folderAt('deep', 'er');
  expect(folderProblem(folder)).toBeUndefined();
  expect(existsSync(folder.path)).toBe(false);
  makeFolder(folder);
  expect(existsSync(join(folder.path, 'done')) && existsSync(join(folder.path, 'failed'))).toBe(true);
});

test('a folder that cannot be made is told with its path and what to do, by a check too', () => {
  for (const folder of [folderAt('file'), folderAt('file', 'below')]) {
    const message = /^the folder .*file.* cannot be used \(.*\); the router has to read, write and move/;
    expect(folderProblem(folder)).toMatch(message);
    expect(() => {
      makeFolder(folder);
    }).toThrow(message);
  }
});
