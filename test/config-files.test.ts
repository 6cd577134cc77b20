import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../src/check/json-text.ts';
import { PACKAGE_FOLDER } from '../src/package-files.ts';
import { loadDocument, problemsOf } from './support/config.ts';

const environment = { PASSWORD: 'hunter2' };

const sources = { cucm: { vendor: 'cisco' }, pbx: {} };
const user = { name: 'cucm', password: '${PASSWORD}', source: 'cucm' };

test('the configurations that docs/cisco.md shows are good', () => {
  const text = readFileSync(join(PACKAGE_FOLDER, 'docs/cisco.md'), 'utf8');
  const shown = [...text.matchAll(/^```json\n([^]*?)^```/gm)].map(([, block = '']) => block);
  expect(shown).toHaveLength(2);
  for (const block of shown) {
    const document = block.replace('${CUCM_PASSWORD}', '${PASSWORD}');
    expect(loadDocument(JSON.parse(document) as JsonValue, environment).folders).toHaveLength(1);
  }
});

describe('folders', () => {
  test('have their source and what is not written', () => {
    const { folders } = loadDocument({
      sources,
      folders: [{ path: 'in', source: 'cucm', pattern: 'cdr_*' }],
    });
    expect(folders).toMatchObject([
      {
        path: 'in',
        source: { name: 'cucm' },
        pattern: 'cdr_*',
        settleMs: 2_000,
        pollMs: 1_000,
        done: 'move',
      },
    ]);
  });

  test('are those of SFTP users too, unless one is named for them', () => {
    const { folders, sftp } = loadDocument(
      {
        sources,
        store: { directory: 'kept' },
        folders: [{ path: 'in/', source: 'pbx', done: 'delete' }],
        sftp: { users: [user, { ...user, name: 'pbx', source: 'pbx', directory: './in' }] },
      },
      environment,
    );
    expect(folders).toMatchObject([
      { path: 'in/', source: { name: 'pbx' }, done: 'delete' },
      { path: join('kept', 'sftp', 'cucm'), source: { name: 'cucm' }, done: 'move' },
    ]);
    expect(sftp?.users).toMatchObject([
      { name: 'cucm', password: 'hunter2', publicKeys: [] },
      { directory: './in' },
    ]);
  });

  test.each<[JsonValue, RegExp]>([
    [{ folders: [{ path: 'in', source: 'nobody' }] }, /^\/folders\/0\/source there is no source "nobody"/],
    [{ folders: ['a/../in', 'in'].map((path) => ({ path, source: 'pbx' })) }, /^\/folders\/1\/path /],
    [{ folders: [{ path: 'in' }] }, /^\/folders\/0/],
    [{ sftp: { users: [] } }, /^\/sftp\/users/],
    [{ sftp: { users: [{ name: 'x', source: 'pbx' }] } }, /^\/sftp\/users\/0/],
    [{ sftp: { users: [user, user] } }, /^\/sftp\/users\/1\/name /],
    [{ sftp: { users: [{ ...user, source: 'nobody' }] } }, /^\/sftp\/users\/0\/source there is no source/],
    [
      { sftp: { users: [{ ...user, publicKeys: ['x'] }] } },
      /^\/sftp\/users\/0\/publicKeys\/0 is no public key/,
    ],
    [
      { folders: [{ path: 'in', source: 'pbx' }], sftp: { users: [{ ...user, directory: 'in' }] } },
      /^\/sftp\/users\/0\/source must be "pbx"/,
    ],
  ])('%j is told with its place', (document, problem) => {
    expect(problemsOf({ sources, ...(document as object) }, environment)).toContainEqual(
      expect.stringMatching(problem),
    );
  });
});
