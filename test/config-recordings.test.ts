import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadDocument, problemsOf } from './support/config.ts';

const publicUrl = 'https://hooks.example.com';

test('recordings are kept only where they are configured, with what is not written', () => {
  expect(loadDocument({}).recordings).toBeUndefined();
  expect(
    loadDocument({ recordings: { publicUrl: `${publicUrl}/` }, store: { directory: 'kept' } }).recordings,
  ).toEqual({
    directory: join('kept', 'recordings'),
    publicUrl,
    uploadUrl: publicUrl,
    secret: undefined,
    maxBytes: 268_435_456,
    minFreeBytes: 1_073_741_824,
    uploadMs: 3_600_000,
    linkMs: 30 * 86_400_000,
    retentionMs: 30 * 86_400_000,
  });
});

test('links are good for as long as recordings are kept, unless it is said otherwise', () => {
  const { recordings } = loadDocument({
    recordings: { publicUrl, days: 3, uploadUrl: 'http://10.0.0.1:8080' },
  });
  expect(recordings).toMatchObject({ linkMs: 3 * 86_400_000, uploadUrl: 'http://10.0.0.1:8080' });
  expect(loadDocument({ recordings: { publicUrl, linkDays: 0.5 } }).recordings?.linkMs).toBe(43_200_000);
});

test('a source that is asked needs somewhere to send them', () => {
  expect(problemsOf({ sources: { pbx: { recordings: true } } })).toEqual([
    '/sources/pbx/recordings needs to know where recordings go: give "recordings", too',
  ]);
  expect(problemsOf({ sources: { pbx: { recordings: false } } })).toEqual([]);
});

test('routers on one database need one secret', () => {
  const store = { kind: 'postgres', url: 'postgres://router@db.example.com/calls' };
  expect(problemsOf({ store, recordings: { publicUrl } })).toEqual([
    '/recordings with kind postgres needs a "secret", the same for all routers',
  ]);
  expect(
    loadDocument({ store, recordings: { publicUrl, secret: '${SECRET}' } }, { SECRET: 'hunter2' }).recordings
      ?.secret,
  ).toBe('hunter2');
});
