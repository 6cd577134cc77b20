import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { RecordingFolder } from '../../../src/intake/recordings/recording-folder.ts';
import {
  readRecordingName,
  recordingName,
  type RecordingName,
} from '../../../src/intake/recordings/recording-name.ts';
import { loadSigningKey } from '../../../src/intake/recordings/signing-key.ts';
import { newCdrId } from '../../../src/store/identity.ts';
import { makeFolder } from '../../support/app.ts';

const DAY_MS = 86_400_000;
const LIMITS = { maxBytes: 1_000, minFreeBytes: 0 };
const NOON = Date.parse('2026-11-20T12:00:00Z');

function nameAt(receivedAtMs: number, number = 0): RecordingName {
  const name = readRecordingName(recordingName(newCdrId(receivedAtMs), number, 'x.wav'));
  if (name === undefined) throw new Error('no name');
  return name;
}

describe('a folder of recordings', () => {
  test('loses the days that ended before a time, and no other', async () => {
    const path = makeFolder();
    const folder = new RecordingFolder(path, LIMITS);
    const names = [NOON - DAY_MS, NOON, NOON + DAY_MS].map((atMs) => nameAt(atMs));
    for (const name of names) await folder.keep(name, Readable.from([Buffer.from('audio')]));
    expect(await folder.purge(Date.parse('2026-11-21T00:00:00Z') - 1)).toBe(1);
    expect(readdirSync(path).sort()).toEqual(['2026-11-20', '2026-11-21']);
    expect(await folder.purge(Date.parse('2026-11-21T00:00:00Z'))).toBe(1);
    expect(await Promise.all(names.map((name) => folder.bytesOf(name)))).toEqual([undefined, undefined, 5]);
  });

  test('loses what an upload has left whose router died, and leaves alone what is none of its own', async () => {
    const path = makeFolder();
    const folder = new RecordingFolder(path, LIMITS);
    mkdirSync(join(path, '2026-11-20'));
    mkdirSync(join(path, 'notes'));
    const [left, underWay] = ['.upload-left', '.upload-now'].map((name) => join(path, '2026-11-20', name));
    for (const file of [left, underWay]) writeFileSync(file ?? '', 'half');
    utimesSync(left ?? '', new Date(), new Date(Date.now() - 2 * DAY_MS));
    expect(await folder.purge(Date.parse('2026-11-01T00:00:00Z'))).toBe(0);
    expect(readdirSync(join(path, '2026-11-20'))).toEqual(['.upload-now']);
    expect(readdirSync(path).sort()).toEqual(['2026-11-20', 'notes']);
  });

  describe('refuses before any of it has come', () => {
    const unread = (): Readable =>
      new Readable({
        read() {
          throw new Error('it was read');
        },
      });

    test('what is announced as too long', async () => {
      const folder = new RecordingFolder(makeFolder(), LIMITS);
      const kept = folder.keep(nameAt(NOON), unread(), LIMITS.maxBytes + 1);
      await expect(kept).rejects.toMatchObject({ reason: 'too-large' });
    });

    test('what is there already', async () => {
      const folder = new RecordingFolder(makeFolder(), LIMITS);
      const name = nameAt(NOON);
      await folder.keep(name, Readable.from([Buffer.from('audio')]));
      await expect(folder.keep(name, unread())).rejects.toMatchObject({ reason: 'there-already' });
    });
  });

  test('that is not there yet has nothing to lose', async () => {
    expect(await new RecordingFolder(join(makeFolder(), 'none'), LIMITS).purge(Date.now())).toBe(0);
  });
});

describe('the key', () => {
  test('is made once, and read again; also by whoever shares the folder', () => {
    const path = join(makeFolder(), 'recordings');
    const key = loadSigningKey(undefined, path);
    expect(key).toHaveLength(32);
    expect(loadSigningKey(undefined, path)).toEqual(key);
    expect(loadSigningKey(undefined, makeFolder())).not.toEqual(key);
    expect(readdirSync(path)).toEqual(['.signing-key']);
  });

  test('of a secret is the same everywhere, and is not kept', () => {
    const path = join(makeFolder(), 'recordings');
    const key = loadSigningKey('a secret', path);
    expect(key).toEqual(loadSigningKey('a secret', makeFolder()));
    expect(key).not.toEqual(loadSigningKey('another', path));
    expect(() => readdirSync(path)).toThrow(/ENOENT/);
  });

  test('that was cut short is told of, not replaced: links would end unnoticed', () => {
    const path = makeFolder();
    writeFileSync(join(path, '.signing-key'), 'short');
    expect(() => loadSigningKey(undefined, path)).toThrow(/is no key of 32 bytes/);
  });
});
