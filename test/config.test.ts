import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseJson, type JsonValue } from '../src/check/json-text.ts';
import { InvalidDocumentError } from '../src/check/problem.ts';
import { configPath, loadConfig, type Config } from '../src/config.ts';
import { ENVIRONMENT_HELP } from '../src/environment.ts';
import { configSchemaCheck, EXAMPLE_CONFIG, loadVendors, PACKAGE_FOLDER } from '../src/package-files.ts';
import { MissingReferenceError, type Environment } from '../src/webhooks/references.ts';
import { temporaryFolder } from './support/rules.ts';
import { loadDocument, problemsIn } from './support/config.ts';

interface Schema {
  readonly $ref?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

const schemaCheck = configSchemaCheck();
const vendors = loadVendors();
const schema = parseJson(
  readFileSync(join(PACKAGE_FOLDER, 'schemas/config.schema.json'), 'utf8'),
) as unknown as Schema;

/** Where and what the problems are, with their lines. */
function problemsOf(document: JsonValue, environment: Environment = {}): string[] {
  return problemsIn(document, environment).map(
    ({ pointer, line, message }) => `${pointer} (${line ?? '-'}) ${message}`,
  );
}

/** An object with every default that a schema names, further down too. */
function defaultsOf(
  { $ref, properties = {} }: Schema,
  without: readonly string[] = [],
): Record<string, unknown> {
  if ($ref !== undefined) return defaultsOf(schema.$defs?.[$ref.replace('#/$defs/', '')] ?? {});
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, inner]) => {
      if (without.includes(name)) return [];
      if ('default' in inner) return [[name, inner.default]];
      const below = defaultsOf(inner, without);
      return Object.keys(below).length === 0 ? [] : [[name, below]];
    }),
  );
}

function withoutPath({ path, ...rest }: Config): object {
  expect(path).toMatch(/config\.json$/);
  return rest;
}

describe('the defaults', () => {
  const listen = defaultsOf(schema.properties?.['listen'] ?? {});
  // An address of its own for administration is not the default; what is in it has defaults all the same.
  const { admin, sftp, recordings, ...others } = defaultsOf(schema);
  const { listen: adminListen, ...adminOthers } = admin as Record<string, unknown>;

  test('in the code are those that the schema promises', () => {
    const promised = { ...others, admin: adminOthers } as unknown as JsonValue;
    expect(withoutPath(loadDocument({}))).toEqual(withoutPath(loadDocument(promised)));
  });

  test('of an address for administration are those that the schema promises', () => {
    const written = loadDocument({ admin: { listen: adminListen } } as unknown as JsonValue);
    expect(loadDocument({ admin: { listen: {} } }).adminListen).toEqual(written.adminListen);
    expect(written.adminListen).toMatchObject(listen);
  });

  test('of SFTP are those that the schema promises', () => {
    const sources = { pbx: {} };
    const users = [{ name: 'pbx', password: 'x', source: 'pbx' }];
    const written = loadDocument({ sources, sftp: { users, ...(sftp as object) } }).sftp;
    expect(loadDocument({ sources, sftp: { users } }).sftp).toEqual(written);
    expect(written).toMatchObject({ listen: { host: '127.0.0.1', port: 2_222 } });
  });

  test('of recordings are those that the schema promises', () => {
    const publicUrl = 'https://hooks.example.com';
    const written = loadDocument({ recordings: { publicUrl, ...(recordings as object) } }).recordings;
    expect(loadDocument({ recordings: { publicUrl } }).recordings).toEqual(written);
  });

  test('are found in the schema', () => {
    expect(listen).toEqual({ host: '127.0.0.1', port: 8080 });
    expect(Object.keys(others)).toEqual(
      expect.arrayContaining(['listen', 'store', 'rules', 'intake', 'relay']),
    );
  });

  test('keep the router to this machine', () => {
    expect(loadDocument({}).listen.host).toBe('127.0.0.1');
    expect(loadDocument({})).toMatchObject({
      adminListen: undefined,
      access: { tokens: [], allowedHosts: [] },
    });
  });

  test('of a token are all scopes', () => {
    const tokens = [{ name: 'n', token: 't' }];
    expect(loadDocument({ admin: { tokens } }).access.tokens).toEqual([
      { ...tokens[0], scopes: ['read', 'write'] },
    ]);
  });

  test('hold for what is left out of a part that is written', () => {
    expect(loadDocument({ listen: { port: 1 }, intake: { maxBodyBytes: 2_048 } })).toMatchObject({
      listen: { host: '127.0.0.1', port: 1 },
      intakeLimits: { ...loadDocument({}).intakeLimits, maxBodyBytes: 2_048 },
      dedupeWindowMs: loadDocument({}).dedupeWindowMs,
    });
  });
});

describe('the example', () => {
  const config = loadConfig(EXAMPLE_CONFIG, {}, schemaCheck, vendors);

  test('can be used and says what the defaults are', () => {
    const { sources, path, allowNetworks } = config;
    expect(path).toBe(EXAMPLE_CONFIG);
    expect(config).toEqual({ ...loadDocument({}), path, sources, allowNetworks });
  });

  test('allows targets on this machine, which the default does not', () => {
    expect(config.allowNetworks).toEqual(['127.0.0.0/8', '::1/128']);
    expect(loadDocument({}).allowNetworks).toEqual([]);
  });

  test('has every bundled vendor as a source, and one that tells the vendor by the record', () => {
    const names = [...config.sources].flatMap(([name, { vendor }]) => (vendor === undefined ? [name] : []));
    expect(names).toEqual(['default']);
    const used = [...config.sources.values()].flatMap(({ vendor }) => vendor?.profile.vendor ?? []);
    expect(used.toSorted()).toEqual(vendors.names.toSorted());
  });
});

describe('a configuration that cannot be used', () => {
  test.each<[string, JsonValue, string]>([
    [
      'an unknown member',
      { listen: { prot: 1 } },
      '/listen/prot (3) unknown member "prot"; known here: host, port, tls',
    ],
    [
      'a database without its url',
      { store: { kind: 'postgres' } },
      '/store (2) of kind postgres needs a "url", or HOOKSWITCH_STORE in the environment',
    ],
    [
      'a database url that is not used',
      { store: { url: 'postgres://localhost/calls' } },
      '/store/url (3) is for "kind": "postgres"; write that too, or leave the url out',
    ],
    [
      'a url of no database',
      { store: { kind: 'postgres', url: 'https://user:hush@example.com' } },
      '/store/url (4) is not a database URL; write it as postgres://user:password@host:5432/database',
    ],
    [
      'a schema that needs quotes',
      { store: { kind: 'postgres', url: 'postgres://localhost/calls?schema=My"Calls' } },
      '/store/url (4) names a schema that cannot be used; write small letters, digits and _ as in ?schema=hookswitch',
    ],
    ['an unknown part', { relais: {} }, '/relais (2) unknown member "relais"; known here: '],
    ['a wrong type', { listen: { port: '8080' } }, '/listen/port (3) must be integer'],
    ['a value out of bounds', { listen: { port: 65_536 } }, '/listen/port (3) must be <= 65535'],
    [
      'an unknown vendor',
      { sources: { pbx: { vendor: 'vodja' } } },
      '/sources/pbx/vendor (4) there is no vendor "vodja"; known are ',
    ],
    [
      'two ways to authenticate',
      { sources: { pbx: { auth: { bearer: 'x', basic: { username: 'a', password: 'b' } } } } },
      '/sources/pbx/auth (4) ',
    ],
    ['no object', [], ' (1) must be object'],
  ])('%s is told with its line', (_what, document, problem) => {
    expect(problemsOf(document)).toEqual([expect.stringContaining(problem)]);
  });

  test('is told all its problems at once', () => {
    expect(problemsOf({ listen: { port: -1, prot: 1 }, log: { level: 'loud' } })).toHaveLength(3);
  });

  test('has a name for a source that no address can hold', () => {
    expect(problemsOf({ sources: { 'My PBX': {} } }).join()).toContain('/sources');
  });

  test('is told when it is not JSON, with the file and the line', () => {
    const open = (): unknown => loadDocument('{\n"listen": {,}\n}');
    expect(open).toThrow(InvalidDocumentError);
    expect(open).toThrow(/config\.json: .*line 2/);
  });

  test('is told when it is not there', () => {
    const path = join(temporaryFolder(), 'nowhere.json');
    expect(() => loadConfig(path, {}, schemaCheck, vendors)).toThrow(InvalidDocumentError);
    expect(() => loadConfig(path, {}, schemaCheck, vendors)).toThrow(
      /nowhere\.json: .*cannot be read: ENOENT/,
    );
  });
});

describe('secrets', () => {
  const document = {
    admin: { tokens: [{ name: 'ops', token: '${OPS_TOKEN}', scopes: ['read'] }] },
    sources: {
      basic: { auth: { basic: { username: '${PBX_USER}', password: 'p-${PBX_PASSWORD}' } } },
      bearer: { auth: { bearer: '${PBX_TOKEN}' } },
      open: {},
    },
  };
  const environment = { OPS_TOKEN: 'o', PBX_USER: 'u', PBX_PASSWORD: 'w', PBX_TOKEN: 't' };

  test('are taken from the environment', () => {
    const { access, sources } = loadDocument(document, environment);
    expect(access.tokens).toEqual([{ name: 'ops', token: 'o', scopes: ['read'] }]);
    expect([...sources.values()].map(({ credentials }) => credentials)).toEqual([
      { basic: { username: 'u', password: 'p-w' } },
      { bearer: 't' },
      undefined,
    ]);
  });

  test.each(Object.keys(environment))('are told by name when they are not there: %s', (name) => {
    const open = (): unknown => loadDocument(document, { ...environment, [name]: undefined });
    expect(open).toThrow(MissingReferenceError);
    expect(open).toThrow(`\${${name}} is not set`);
  });
});

describe('a secrets file', () => {
  const document = { sources: { pbx: { auth: { bearer: '${PBX_TOKEN}' } } } };

  test('has what the environment does not', () => {
    const secretsFile = join(temporaryFolder(), 'secrets.env');
    writeFileSync(secretsFile, 'PBX_TOKEN=of-the-file\nHOOKSWITCH_API_TOKEN=of-the-file-too\n');
    const tokenOf = (config: Config): unknown => config.sources.get('pbx')?.credentials;
    const config = loadDocument({ ...document, secretsFile });
    expect(config.secretsPath).toBe(secretsFile);
    expect(tokenOf(config)).toEqual({ bearer: 'of-the-file' });
    expect(config.access.tokens).toMatchObject([{ token: 'of-the-file-too' }]);
    expect(tokenOf(loadDocument(document, { HOOKSWITCH_SECRETS: secretsFile }))).toEqual({
      bearer: 'of-the-file',
    });
    const environment = { PBX_TOKEN: 'of-the-environment' };
    expect(tokenOf(loadDocument({ ...document, secretsFile }, environment))).toEqual({
      bearer: 'of-the-environment',
    });
  });

  test('that cannot be read is told with its path and who named it', () => {
    expect(problemsOf({ secretsFile: '/gone/secrets.env' })).toEqual([
      expect.stringMatching(
        /^\/secretsFile \(2\) the secrets file \/gone\/secrets\.env cannot be read: ENOENT/,
      ),
    ]);
    expect(problemsOf({}, { HOOKSWITCH_SECRETS: '/gone/secrets.env' })).toEqual([
      expect.stringContaining('(set by HOOKSWITCH_SECRETS)'),
    ]);
  });
});

describe('the file that is used', () => {
  test('is the one asked for, else the one of the environment', () => {
    expect(configPath('asked.json', { HOOKSWITCH_CONFIG: 'env.json' })).toBe('asked.json');
    expect(configPath(undefined, { HOOKSWITCH_CONFIG: 'env.json' })).toBe('env.json');
  });

  test('is the example when there is no config.json', () => {
    const before = process.cwd();
    process.chdir(temporaryFolder());
    try {
      expect(configPath(undefined, {})).toBe(EXAMPLE_CONFIG);
      writeFileSync('config.json', '{}');
      expect(configPath(undefined, {})).toBe('config.json');
    } finally {
      process.chdir(before);
    }
  });
});

test('the help names the variables that choose the file and the token', () => {
  const names = ENVIRONMENT_HELP.map(([name]) => name);
  expect(names).toEqual(
    expect.arrayContaining(['HOOKSWITCH_CONFIG', 'HOOKSWITCH_API_TOKEN', 'HOOKSWITCH_PORT']),
  );
  expect(new Set(names).size).toBe(names.length);
});

describe('allowed networks', () => {
  test('are networks or single addresses of both kinds', () => {
    const allowNetworks = ['192.168.0.0/16', '10.1.2.3', 'fd12::/16', '::1'];
    expect(loadDocument({ relay: { allowNetworks } }).allowNetworks).toEqual(allowNetworks);
  });

  test.each(['lan', '192.168.0.0/33', '192.168.*', '192.168.0.0-192.168.0.9', 'crm.test'])(
    'that are none are told with their place: %s',
    (text) => {
      expect(problemsOf({ relay: { allowNetworks: ['10.0.0.0/8', text] } })).toEqual([
        expect.stringMatching(/^\/relay\/allowNetworks\/1 \(\d+\) is not a network; write it as 192\.168/),
      ]);
    },
  );

  test('of the environment are separated by commas, and a bad one is told with its variable', () => {
    const environment = { HOOKSWITCH_ALLOW_NETWORKS: '10.0.0.0/8, fd12::/16' };
    expect(loadDocument({ relay: { allowNetworks: ['::1'] } }, environment).allowNetworks).toEqual([
      '10.0.0.0/8',
      'fd12::/16',
    ]);
    expect(problemsOf({}, { HOOKSWITCH_ALLOW_NETWORKS: '10.0.0.0/8,lan' })).toEqual([
      expect.stringMatching(/^\/relay\/allowNetworks\/1 .*\(set by HOOKSWITCH_ALLOW_NETWORKS\)$/),
    ]);
  });
});
