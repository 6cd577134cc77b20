import { describe, expect, test } from 'vitest';
import type { Problem } from '../../src/check/problem.ts';
import { rulesSchemaCheck } from '../../src/package-files.ts';
import { checkRules, type CheckedRules } from '../../src/webhooks/check-rules.ts';
import { checkWebhook } from '../../src/webhooks/check-webhooks.ts';
import type { Auth, ConnectionDocuments } from '../../src/webhooks/connection.ts';
import type { WebhookDocument } from '../../src/webhooks/webhook.ts';
import { webhookDocument } from '../support/rules.ts';

const schemaCheck = rulesSchemaCheck();

const BASIC: Auth = { type: 'basic', username: 'pbx', password: '${PASSWORD}' };
const BEARER: Auth = { type: 'bearer', token: '${TOKEN}' };
const OAUTH2: Auth = {
  type: 'oauth2',
  grant: 'client_credentials',
  tokenUrl: 'https://login.test/token',
  clientId: 'id',
  clientSecret: '${CLIENT_SECRET}',
};

function checked(
  connections: ConnectionDocuments | undefined,
  ...webhooks: readonly Partial<WebhookDocument>[]
): CheckedRules {
  const documents = webhooks.map((webhook, index) => webhookDocument({ id: `w${index}`, ...webhook }));
  const rules = { webhooks: documents, ...(connections === undefined ? {} : { connections }) };
  return checkRules(JSON.parse(JSON.stringify(rules)) as never, schemaCheck);
}

function problemsOf(auth: object, members: Partial<WebhookDocument> = {}): readonly Problem[] {
  return checked(undefined, { ...members, auth: auth as Auth }).problems;
}

describe('a connection', () => {
  const tls = { certFile: 'client.pem', keyFile: 'client.key', caFile: 'ca.pem' };
  const crm = { auth: OAUTH2, rateLimit: { requests: 100, perSeconds: 60 }, concurrency: 5, tls };

  test('is part of every webhook that names it', () => {
    const { webhooks, problems } = checked({ crm }, { connection: 'crm' }, { connection: 'crm' }, {});
    expect(problems).toEqual([]);
    expect(webhooks.map(({ connection }) => connection)).toEqual([
      { name: 'crm', ...crm },
      { name: 'crm', ...crm },
      undefined,
    ]);
    expect(webhooks[0]).toMatchObject({ auth: OAUTH2, tls });
    expect(webhooks[2]).toMatchObject({ auth: undefined, tls: undefined });
  });

  test('may leave what it does not have to its webhooks', () => {
    const { webhooks, problems } = checked({ crm: { tls } }, { connection: 'crm', auth: BASIC });
    expect(problems).toEqual([]);
    expect(webhooks[0]).toMatchObject({ auth: BASIC, tls, connection: { name: 'crm' } });
  });

  test('and its webhook cannot both have authentication or certificates', () => {
    const { problems } = checked({ crm }, { connection: 'crm', auth: BASIC, tls });
    expect(problems.map(({ severity, pointer }) => [severity, pointer])).toEqual([
      ['error', '/webhooks/0/auth'],
      ['error', '/webhooks/0/tls'],
    ]);
  });

  test.each([
    [{ crm: {} }, 'there is no connection "crn"; known are crm'],
    [undefined, 'there is no connection "crn"; the rules file has none'],
  ])('that is not there is an error (%j)', (connections, message) => {
    const { problems } = checked(connections, { connection: 'crn' });
    expect(problems).toContainEqual({ severity: 'error', pointer: '/webhooks/0/connection', message });
  });

  test('of a name that every object has is not there', () => {
    expect(checked({}, { connection: 'constructor' }).problems).toMatchObject([
      { severity: 'error', pointer: '/webhooks/0/connection' },
    ]);
  });

  test('that nobody names is a warning', () => {
    expect(checked({ crm: {}, idle: {} }, { connection: 'crm' }).problems).toEqual([
      { severity: 'warning', pointer: '/connections/idle', message: 'no webhook names this connection' },
    ]);
  });

  test('is not looked for where there are no connections to look in', () => {
    expect(checkWebhook(webhookDocument({ connection: 'crm' }), '')).toEqual([]);
  });

  test.each([
    ['rateLimit', { requests: 0, perSeconds: 1 }],
    ['rateLimit', { requests: 10 }],
    ['rateLimit', { requests: 10, perSeconds: 1, burst: 3 }],
    ['concurrency', 0],
    ['tls', { certFile: 'client.pem' }],
    ['tls', {}],
    ['auth', { type: 'digest' }],
    ['url', 'https://crm.test/'],
  ])('with a bad %s (%j) is an error', (member, value) => {
    const { problems } = checked({ crm: { [member]: value } }, { connection: 'crm' });
    expect(problems[0]).toMatchObject({
      severity: 'error',
      pointer: expect.stringContaining(`/connections/crm/${member}`) as string,
    });
  });
});

describe('authentication', () => {
  test.each([
    [BASIC],
    [BEARER],
    [OAUTH2],
    [{ ...OAUTH2, grant: 'refresh_token', refreshToken: '${REFRESH}', scheme: 'Zoho-oauthtoken' }],
    [{ ...OAUTH2, scope: 'a b', audience: 'https://crm.test', clientAuth: 'header', header: 'X-Token' }],
    [{ ...OAUTH2, parameters: { resource: 'https://crm.test' }, tokenUrl: '${TOKEN_URL}', scheme: '' }],
    [{ ...OAUTH2, tokenUrl: 'http://127.0.0.1:9090/token' }],
    [{ ...BASIC, username: '${COMPANY}+${PUBLIC_KEY}' }],
  ])('as %j has no problems', (auth) => {
    expect(problemsOf(auth)).toEqual([]);
  });

  test.each([
    [{}, '/auth', '"type" is missing'],
    [{ type: 'basic', username: 'pbx' }, '/auth', '"password" is missing'],
    [{ type: 'bearer', token: '' }, '/auth/token', 'fewer than 1'],
    [{ ...BASIC, token: 'x' }, '/auth/token', 'unknown member "token"; known here: type, username'],
    [{ ...BASIC, username: 'a:b' }, '/auth/username', 'cannot hold a colon'],
    [{ ...OAUTH2, grant: 'password' }, '/auth/grant', 'must be one of'],
    [{ ...OAUTH2, grant: 'refresh_token' }, '/auth', '"refreshToken" is missing'],
    [{ ...OAUTH2, tokenUrl: 'login.test/token' }, '/auth/tokenUrl', 'is not a url'],
    [{ ...OAUTH2, tokenUrl: 'ftp://login.test/token' }, '/auth/tokenUrl', 'is not a url'],
    [{ ...OAUTH2, tokenUrl: 'https://a b/' }, '/auth/tokenUrl', 'is not a url'],
    [{ ...OAUTH2, parameters: { client_secret: 'x' } }, '/auth/parameters/client_secret', 'is made from'],
    [{ ...OAUTH2, header: 'X Token' }, '/auth/header', 'letters, digits and dashes'],
  ])('as %j has an error at %s', (auth, pointer, message) => {
    expect(problemsOf(auth)).toMatchObject([
      {
        severity: 'error',
        pointer: `/webhooks/0${pointer}`,
        message: expect.stringContaining(message) as string,
      },
    ]);
  });

  test.each([
    [BEARER, 'authorization'],
    [BASIC, 'AUTHORIZATION'],
    [{ ...OAUTH2, header: 'X-Token' }, 'x-token'],
  ])('and a header of the same name are an error (%j, %s)', (auth, header) => {
    expect(problemsOf(auth, { headers: { [header]: 'x' } })).toMatchObject([
      { severity: 'error', pointer: `/webhooks/0/headers/${header}` },
    ]);
    const { problems } = checked({ crm: { auth } }, { connection: 'crm', headers: { [header]: 'x' } });
    expect(problems).toMatchObject([{ severity: 'error', pointer: `/webhooks/0/headers/${header}` }]);
  });

  test('over a connection that is not encrypted is a warning, but on this machine', () => {
    expect(problemsOf(BEARER, { url: 'http://crm.test/' })).toMatchObject([
      { severity: 'warning', pointer: '/webhooks/0/url' },
    ]);
    expect(problemsOf({ ...OAUTH2, tokenUrl: 'http://login.test/' })).toMatchObject([
      { severity: 'warning', pointer: '/webhooks/0/auth/tokenUrl' },
    ]);
    for (const url of [
      'http://127.0.0.1:9090/',
      'http://localhost/in',
      'http://[::1]:1/',
      'https://crm.test/',
    ])
      expect(problemsOf(BEARER, { url })).toEqual([]);
    expect(problemsOf(BEARER, { url: 'http://localhost.crm.test/' })).toMatchObject([
      { severity: 'warning' },
    ]);
  });
});
