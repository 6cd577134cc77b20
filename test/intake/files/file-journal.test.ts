import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { FileJournal, type FileIdentity } from '../../../src/intake/files/file-journal.ts';

const HOUR_MS = 3_600_000;
const FILE: FileIdentity = { source: 'cucm', name: 'cdr_1', fingerprint: 'a1' };
const PROGRESS = { endByte: 100, lines: 5, cdrs: 3, rejected: 1 };

function journalPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookswitch-journal-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return join(folder, 'files.ndjson');
}

/** The journal as the next start of the router finds it. */
async function reopened(path: string, retentionMs = HOUR_MS): Promise<FileJournal> {
  const journal = await FileJournal.open(path, retentionMs);
  onTestFinished(() => journal.close());
  return journal;
}

test('a file is known by its source, its name and its content', async () => {
  const path = journalPath();
  const journal = await reopened(path);
  expect(journal.find(FILE)).toBeUndefined();
  await journal.taken(FILE);
  const again = await reopened(path);
  expect(again.find(FILE)).toBe('taken');
  for (const other of [{ source: 'pbx' }, { name: 'cdr_2' }, { fingerprint: 'b2' }]) {
    expect(again.find({ ...FILE, ...other })).toBeUndefined();
  }
});

test('progress is known until the file is taken or forgotten', async () => {
  const path = journalPath();
  const journal = await reopened(path);
  await journal.progress(FILE, PROGRESS);
  const again = await reopened(path);
  expect(again.find(FILE)).toEqual(PROGRESS);
  await again.forget(FILE);
  expect((await reopened(path)).find(FILE)).toBeUndefined();
});

test('a line that was cut off when the process died is as if it had not been written', async () => {
  const path = journalPath();
  await (await reopened(path)).taken(FILE);
  appendFileSync(path, '{"key":"12","na');
  const journal = await reopened(path);
  await journal.taken({ ...FILE, name: 'cdr_2' });
  const again = await reopened(path);
  expect([again.find(FILE), again.find({ ...FILE, name: 'cdr_2' })]).toEqual(['taken', 'taken']);
});

test('a line that was cut off by a full disk does not spoil the next one', async () => {
  const path = journalPath();
  const journal = await reopened(path);
  const file = await open(path);
  await file.close();
  const handles = Object.getPrototypeOf(file) as FileHandle;
  const appendFile = vi.spyOn(handles, 'appendFile');
  onTestFinished(() => {
    appendFile.mockRestore();
  });
  for (let count = 0; count < 2; count += 1) {
    appendFile.mockImplementationOnce(async function (this: FileHandle, line) {
      await this.write((line as string).slice(0, 20));
      throw new Error('ENOSPC');
    });
    await expect(journal.taken({ ...FILE, name: 'lost' })).rejects.toThrow('ENOSPC');
  }
  await journal.taken(FILE);
  await journal.taken({ ...FILE, name: 'cdr_2' });
  const again = await reopened(path);
  expect(['cdr_1', 'cdr_2', 'lost'].map((name) => again.find({ ...FILE, name }))).toEqual([
    'taken',
    'taken',
    undefined,
  ]);
});

test('a file is forgotten when its CDRs are', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 0 });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const path = journalPath();
  await (await reopened(path)).taken(FILE);
  vi.setSystemTime(HOUR_MS);
  expect((await reopened(path)).find(FILE)).toBe('taken');
  vi.setSystemTime(HOUR_MS + 1);
  expect((await reopened(path)).find(FILE)).toBeUndefined();
});

test('the journal of a large file stays small', async () => {
  const path = journalPath();
  const journal = await reopened(path);
  for (let endByte = 1; endByte <= 12_000; endByte += 1)
    void journal.progress(FILE, { ...PROGRESS, endByte });
  await journal.taken(FILE);
  expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThan(11_000);
  expect(journal.find(FILE)).toBe('taken');
});

test('a journal that cannot be read is told', async () => {
  const path = journalPath();
  writeFileSync(path, '');
  await expect(FileJournal.open(join(path, 'below'), HOUR_MS)).rejects.toThrow('ENOTDIR');
});
