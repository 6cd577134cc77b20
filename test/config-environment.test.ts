import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../src/check/json-text.ts';
import { InvalidDocumentError } from '../src/check/problem.ts';
import { type Config } from '../src/config.ts';
import { ENVIRONMENT_HELP, withEnvironment } from '../src/environment.ts';
import { INTAKE_LIMITS } from '../src/intake/intake-limits.ts';
import { loadDocument } from './support/config.ts';

describe('the environment wins over the file', () => {
  test.each<[string, string, JsonValue, Partial<Config>]>([
    ['HOOKSWITCH_RULES', 'env.json', { rules: 'file.json' }, { rulesPath: 'env.json' }],
    ['HOOKSWITCH_DATA', '/env', { store: { directory: 'file' } }, { dataDirectory: '/env' }],
    [
      'HOOKSWITCH_STORE',
      'postgres://db.example.com/calls',
      { store: { kind: 'sqlite' } },
      { databaseUrl: 'postgres://db.example.com/calls' },
    ],
    [
      'HOOKSWITCH_MAX_BODY_BYTES',
      '4096',
      { intake: { maxBodyBytes: 2_048 } },
      { intakeLimits: { ...INTAKE_LIMITS, maxBodyBytes: 4_096 } },
    ],
    [
      'HOOKSWITCH_MAX_CDR_BYTES',
      '4096',
      { intake: { maxCdrBytes: 2_048 } },
      { intakeLimits: { ...INTAKE_LIMITS, maxCdrBytes: 4_096 } },
    ],
    [
      'HOOKSWITCH_MAX_CDRS_PER_REQUEST',
      '5',
      { intake: { maxCdrsPerRequest: 9 } },
      { intakeLimits: { ...INTAKE_LIMITS, maxCdrsPerRequest: 5 } },
    ],
    ['HOOKSWITCH_MAX_BODIES_BYTES', '99999999', {}, { maxBodiesBytes: 99_999_999 }],
    ['HOOKSWITCH_DEDUPE_WINDOW_SECONDS', '0', {}, { dedupeWindowMs: 0 }],
    ['HOOKSWITCH_MAX_IN_FLIGHT', '7', { relay: { maxInFlight: 9 } }, { maxInFlight: 7 }],
    ['HOOKSWITCH_MAX_OVERDUE_SECONDS', '2', {}, { maxOverdueMs: 2_000 }],
    ['HOOKSWITCH_LEASE_SECONDS', '3', {}, { leaseMs: 3_000 }],
    ['HOOKSWITCH_ALLOW_NETWORKS', '10.0.0.0/8', {}, { allowNetworks: ['10.0.0.0/8'] }],
    ['HOOKSWITCH_RETENTION_DAYS', '0.5', { retention: { days: 9 } }, { retentionMs: 12 * 3_600_000 }],
    ['HOOKSWITCH_SHUTDOWN_GRACE_SECONDS', '0', {}, { shutdownGraceMs: 0 }],
    ['HOOKSWITCH_LOG_LEVEL', 'debug', { log: { level: 'error' } }, { logLevel: 'debug' }],
  ])('%s', (name, value, document, expected) => {
    expect(loadDocument(document, { [name]: value })).toMatchObject(expected);
  });

  test('member by member', () => {
    const document = { listen: { host: '0.0.0.0', port: 1 }, admin: { listen: { port: 2 } } };
    const environment = { HOOKSWITCH_PORT: '3', HOOKSWITCH_ADMIN_HOST: '127.0.0.1' };
    expect(loadDocument(document, environment)).toMatchObject({
      listen: { host: '0.0.0.0', port: 3 },
      adminListen: { host: '127.0.0.1', port: 2 },
    });
  });

  test('and makes an address for administration where the file has none', () => {
    expect(loadDocument({}, { HOOKSWITCH_ADMIN_PORT: '9091' }).adminListen).toMatchObject({ port: 9_091 });
  });

  test('but not when a variable is empty', () => {
    expect(loadDocument({ rules: 'file.json' }, { HOOKSWITCH_RULES: '' }).rulesPath).toBe('file.json');
  });
});

describe('a token of the environment', () => {
  const token = { name: 'ops', token: 'o', scopes: ['read'] };

  test('may read and write, and stands beside those of the file', () => {
    const { access } = loadDocument({ admin: { tokens: [token] } }, { HOOKSWITCH_API_TOKEN: 'e' });
    expect(access.tokens).toEqual([
      token,
      { name: 'HOOKSWITCH_API_TOKEN', token: 'e', scopes: ['read', 'write'] },
    ]);
  });

  test('is taken as it is, though it looks like a reference', () => {
    const { access } = loadDocument({}, { HOOKSWITCH_API_TOKEN: 'a${b}c' });
    expect(access.tokens.map(({ token: text }) => text)).toEqual(['a${b}c']);
  });

  test('that is empty is none', () => {
    expect(loadDocument({}, { HOOKSWITCH_API_TOKEN: '' }).access.tokens).toEqual([]);
  });
});

describe('a bad value', () => {
  test.each([
    ['HOOKSWITCH_PORT', 'eighty', '/listen/port'],
    ['HOOKSWITCH_PORT', '80a', '/listen/port'],
    ['HOOKSWITCH_PORT', ' ', '/listen/port'],
    ['HOOKSWITCH_PORT', '8080.5', '/listen/port'],
    ['HOOKSWITCH_PORT', '-1', '/listen/port'],
    ['HOOKSWITCH_PORT', 'Infinity', '/listen/port'],
    ['HOOKSWITCH_RETENTION_DAYS', '0', '/retention/days'],
    ['HOOKSWITCH_MAX_IN_FLIGHT', '1e9', '/relay/maxInFlight'],
    ['HOOKSWITCH_LOG_LEVEL', 'loud', '/log/level'],
  ])('of %s is told: %j', (name, value, pointer) => {
    const open = (): unknown => loadDocument({}, { [name]: value });
    expect(open).toThrow(InvalidDocumentError);
    expect(open).toThrow(pointer);
  });

  test('is told with the name of its variable, since the file does not have it', () => {
    expect(() => loadDocument({}, { HOOKSWITCH_PORT: 'eighty' })).toThrow(/HOOKSWITCH_PORT/);
  });
});

test('every variable of the help but the file itself and the token changes the configuration', () => {
  const apart = ['HOOKSWITCH_CONFIG', 'HOOKSWITCH_API_TOKEN'];
  const names = ENVIRONMENT_HELP.map(([name]) => name).filter((name) => !apart.includes(name));
  for (const name of names) expect(withEnvironment({}, { [name]: '1' })).not.toEqual({});
});

test('variables that are not ours change nothing', () => {
  const document = { listen: { port: 1 } };
  expect(withEnvironment(document, { PORT: '2', HOOKSWITCH_PROT: '3', HOST: 'x' })).toEqual(document);
});

test('a document that is no object is left for its check to tell', () => {
  expect(withEnvironment([1], { HOOKSWITCH_PORT: '2' })).toEqual([1]);
});

test('the document of the file is not changed', () => {
  const document = { listen: { port: 1 } };
  expect(withEnvironment(document, { HOOKSWITCH_PORT: '2' })).toEqual({ listen: { port: 2 } });
  expect(document).toEqual({ listen: { port: 1 } });
});
