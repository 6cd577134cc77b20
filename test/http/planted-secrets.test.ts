import { writeFileSync } from 'node:fs';
import request from 'supertest';
import { expect, test, vi } from 'vitest';
import type { JsonObject } from '../../src/check/json-text.ts';
import { TransportError, type TransportRequest } from '../../src/relay/transport.ts';
import { postBytes, startApp, type TestApp } from '../support/app.ts';
import { ScriptedTransport, type Reply } from '../support/scripted-transport.ts';

const PLANTED = 'planted-';

/** Every value that must not get out, literal or by reference. */
const ENVIRONMENT = {
  URL_KEY: 'planted-env-url-key',
  TOKEN: 'planted-env-token',
  CLIENT_SECRET: 'planted-env-client-secret',
  REFRESH: 'planted-env-refresh',
  HOST: 'planted-env-host',
  // One begins as another does, and is not written in a url as it is.
  SHORT: 'planted-env',
  ENCODED: 'planted-env key+"with\\all/of=it',
  PASSWORD: 'planted-env-pass word',
};

const OAUTH2 = {
  type: 'oauth2',
  grant: 'refresh_token',
  tokenUrl: 'https://login.test/token?key=planted-token-url-key',
  clientId: 'pbx',
};

const CONNECTIONS = {
  crm: { auth: { ...OAUTH2, clientSecret: '${CLIENT_SECRET}', refreshToken: '${REFRESH}' } },
  'broken-login': {
    auth: {
      ...OAUTH2,
      tokenUrl: 'https://broken.test/token',
      clientSecret: 'planted-client-secret',
      refreshToken: 'planted-refresh',
    },
  },
};

const WEBHOOKS = [
  { id: 'oauth', name: 'OAuth', url: 'https://echo.test/oauth', connection: 'crm' },
  { id: 'no-token', name: 'No token', url: 'https://echo.test/none', connection: 'broken-login' },
  {
    id: 'basic',
    name: 'Basic',
    url: 'https://echo.test/basic?sig=planted-sig&key=${URL_KEY}',
    headers: { 'X-Api-Key': 'planted-header', 'X-Second-Token': '${TOKEN}' },
    auth: { type: 'basic', username: 'pbx', password: 'planted-password' },
  },
  {
    id: 'encoded',
    name: 'Encoded',
    url: 'https://echo.test/encoded?sub=${ENCODED}&short=${SHORT}',
    headers: { 'X-Short': '${SHORT}', 'X-Encoded': '${ENCODED}' },
    body: { api_key: 'planted-"quoted"\\key', sub: '${ENCODED}', from: '{{cdr.caller}}' },
  },
  {
    id: 'userinfo',
    name: 'Userinfo',
    url: 'https://bob:${PASSWORD}@echo.test/userinfo',
  },
  {
    id: 'bearer',
    name: 'Bearer',
    url: 'https://a:planted-userinfo@${HOST}.test/',
    auth: { type: 'bearer', token: 'planted-bearer' },
  },
];

/** Credentials as they are sent for a name and a password. */
const BASIC = ['pbx:planted-password', `bob:${ENVIRONMENT.PASSWORD}`].map((both) =>
  Buffer.from(both).toString('base64'),
);

/** Targets that send back all they were sent, and token endpoints that do. */
function answerTo({ url, headers, body }: TransportRequest): Reply {
  const { username, password } = new URL(url);
  // What an HTTP client makes of them.
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
    'base64',
  );
  const echo = `${url} ${new URL(url).search} ${basic} ${JSON.stringify(headers)} ${body} ${plain(body)}`;
  if (url.startsWith('https://login.test/'))
    return { body: JSON.stringify({ access_token: 'planted-access', refresh_token: 'planted-rotated' }) };
  if (url.startsWith('https://broken.test/'))
    return { status: 400, body: JSON.stringify({ error: 'invalid_grant', error_description: echo }) };
  return url.includes('-host') ? new TransportError('ENOTFOUND', `no ${echo}`) : { status: 400, body: echo };
}

function plain(body: string): string {
  try {
    return decodeURIComponent(body);
  } catch {
    return body;
  }
}

async function everythingTheApiShows({ app, store }: TestApp): Promise<string[]> {
  const deliveries = await store.deliveries({ limit: 100 });
  const paths = [
    '/api/v1/webhooks',
    ...WEBHOOKS.map(({ id }) => `/api/v1/webhooks/${id}`),
    '/api/v1/deliveries',
    ...deliveries.map(({ id }) => `/api/v1/deliveries/${id}`),
    '/api/v1/cdrs',
    '/api/v1/stats',
    '/api/v1/rules',
    '/api/v1/rules/status',
    '/api/v1/overview',
    '/api/v1/sources',
    '/metrics',
  ];
  const texts: string[] = [];
  for (const path of paths) texts.push((await request(app).get(path)).text);
  for (const { id } of WEBHOOKS) {
    const trial = request(app).post(`/api/v1/webhooks/${id}/test`).send({ send: true });
    texts.push((await trial).text);
  }
  return texts;
}

/** What the API answers to edits, good and bad. */
async function everythingEditsAnswer({ app }: TestApp): Promise<string[]> {
  const path = '/api/v1/webhooks/basic';
  const edits: JsonObject[] = [
    { name: 'Renamed' },
    { url: 'no url planted-in-body' },
    { auth: { type: 'digest', password: 'planted-in-body' } },
    { headers: { 'X-Api-Key': 'planted-in-\nbody' } },
    { headers: { Authorization: 'planted-in-body' } },
    { auth: { tokenUrl: 'planted-in-body' }, connection: 'nowhere' },
  ];
  const texts: string[] = [];
  for (const edit of edits) texts.push((await request(app).patch(path).set('if-match', '*').send(edit)).text);
  return texts;
}

test('no planted secret is in a log line, an answer, an attempt or an error', async () => {
  const transport = new ScriptedTransport(answerTo);
  const started = await startApp({ transport, environment: ENVIRONMENT });
  const rules = {
    connections: CONNECTIONS,
    webhooks: WEBHOOKS.map((hook) => ({ ...hook, retry: { burst: 0 } })),
  };
  writeFileSync(started.rulesPath, JSON.stringify(rules));
  await vi.waitUntil(() => started.registry.webhooks.size === WEBHOOKS.length, { timeout: 5_000 });
  await postBytes(started.app, '/cdr/generic', '{"caller":"1000"}').expect(200);
  await started.idle();

  // Everything was really sent, and sent back.
  const sent = decodeURI(JSON.stringify(transport.requests));
  for (const value of [
    ...Object.values(ENVIRONMENT),
    'planted-access',
    'planted-sig',
    'planted-client-secret',
  ])
    expect(sent).toContain(JSON.stringify(value).slice(1, -1));
  const shown = [...(await everythingTheApiShows(started)), ...(await everythingEditsAnswer(started))];
  expect(shown.join()).toContain('ERR_TOKEN');
  expect(shown.join()).toContain('********');
  writeFileSync(
    started.rulesPath,
    JSON.stringify({ ...rules, connections: { crm: { auth: { password: 'planted-x' } } } }),
  );
  await vi.waitUntil(() => started.logOf('rules.rejected').length > 0, { timeout: 5_000 });

  for (const text of [...shown, started.logText()]) {
    expect(text).not.toContain(PLANTED);
    // A part of one, where another is its beginning.
    expect(text).not.toMatch(/key[+ ]|with.{0,6}all|quoted|pass(?:%20|\+| )word/);
    for (const sent of BASIC) expect(text).not.toContain(sent);
  }
});
