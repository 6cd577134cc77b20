import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { rules } from '../../src/commands/rules/rules.ts';
import { makeLog } from '../../src/log.ts';
import type { Router } from '../../src/main.ts';
import { configIn, makeFolder, startTestRouter, writeRules } from '../support/app.ts';
import { runCommand } from '../commands/run-command.ts';
import { querySchema } from '../support/postgres.ts';
import { Receiver } from '../support/receiver.ts';
import { describePostgres, temporarySchema } from '../support/store-postgres.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };

/** Nobody is there: what hits it waits. */
const TICKETS = { id: 'tickets', name: 'Tickets', url: 'http://127.0.0.1:1/hook' };

async function show(router: Router, path: string): Promise<unknown> {
  return (await fetch(`${router.adminUrl}/api/v1${path}`)).json();
}

function sendCdr({ url }: Router, cdr: object): Promise<Response> {
  return fetch(`${url}/cdr`, { method: 'POST', body: JSON.stringify(cdr) });
}

/** Asks the API to change something. */
function change(router: Router, method: string, path: string, body: object, etag = '*'): Promise<Response> {
  return fetch(`${router.adminUrl}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(method === 'POST' ? {} : { 'if-match': etag }) },
    body: JSON.stringify(body),
  });
}

describePostgres('two routers on one PostgreSQL', (serverUrl) => {
  it('take in and deliver as one, and tell the same of it', async () => {
    const databaseUrl = temporarySchema(serverUrl);
    const receiver = await Receiver.start();
    onTestFinished(() => receiver.close());
    const startOne = (): Promise<Router> => {
      const folder = makeFolder();
      writeRules(folder, [{ id: 'tickets', name: 'Tickets', url: `${receiver.url}/hook` }]);
      return startTestRouter(configIn(folder, { databaseUrl }));
    };
    const routers = await Promise.all([startOne(), startOne()]);
    const [first, second] = routers;
    const ids = Array.from({ length: 20 }, (_, id) => id);
    // Each CDR comes to both, as from a sender that did not hear the first answer.
    const answers = await Promise.all(ids.flatMap((id) => routers.map((router) => sendCdr(router, { id }))));

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const stats = { hits: 20, delivered: 20, pending: 0 };
    await vi.waitFor(
      async () => {
        expect(await show(second, '/webhooks/tickets')).toMatchObject({ stats });
      },
      { timeout: 20_000 },
    );
    expect(await show(first, '/webhooks/tickets')).toMatchObject({ stats });
    const sent = receiver.requests.map(({ body }) => (JSON.parse(body) as { cdr: { id: number } }).cdr.id);
    expect(sent.toSorted((a, b) => a - b)).toEqual(ids);
  });

  /** Two routers, the second with its database behind a proxy. */
  async function startTwo(): Promise<{ first: Router; second: Router; proxy: TcpProxy }> {
    const databaseUrl = temporarySchema(serverUrl);
    const proxied = new URL(databaseUrl);
    const proxy = await TcpProxy.open(Number(proxied.port) || 5432);
    onTestFinished(() => proxy.close());
    proxied.port = String(proxy.port);
    const start = (url: string): Promise<Router> =>
      startTestRouter(configIn(makeFolder(), { databaseUrl: url, leaseMs: 2_000 }));
    return { first: await start(databaseUrl), second: await start(proxied.href), proxy };
  }

  it('wait for a database that is not there yet, but not for one that never will be', async () => {
    const databaseUrl = new URL(temporarySchema(serverUrl));
    const proxy = await TcpProxy.open(Number(databaseUrl.port) || 5432);
    onTestFinished(() => proxy.close());
    proxy.refuse();
    databaseUrl.port = String(proxy.port);
    const lines: string[] = [];
    const log = makeLog('info', { write: (line) => void lines.push(line) });
    const starting = startTestRouter(configIn(makeFolder(), { databaseUrl: databaseUrl.href }), {}, log);
    await vi.waitFor(() => {
      expect(proxy.connections).toBeGreaterThan(1);
    }, PATIENCE);
    proxy.accept();
    const router = await starting;
    expect((await sendCdr(router, { id: 1 })).status).toBe(200);
    const told = lines.map((line) => (JSON.parse(line) as { event: string }).event);
    expect(told.filter((event) => event.startsWith('store.'))).toEqual(['store.awaited', 'store.reached']);

    databaseUrl.pathname = '/nowhere';
    const missing = startTestRouter(configIn(makeFolder(), { databaseUrl: databaseUrl.href }), {}, log);
    await expect(missing).rejects.toThrow('database "nowhere" does not exist');
    expect(lines.filter((line) => line.includes('store.awaited'))).toHaveLength(1);
  });

  it.each([
    ['that tells of changes', []],
    ['without LISTEN and NOTIFY', ['LISTEN ', 'pg_notify']],
  ])('match by a webhook made on the other one within a second, on a database %s', async (_what, unknown) => {
    const { first, second, proxy } = await startTwo();
    for (const word of unknown) proxy.rewrite(word, word.replace('T', 'X').replace('notify', 'notyet'));
    // The connections that it has now know the words already.
    proxy.cut();
    const receiver = await Receiver.start();
    onTestFinished(() => receiver.close());
    const made = await change(first, 'POST', '/webhooks', { name: 'New', url: `${receiver.url}/hook` });
    expect(made.status).toBe(201);
    const madeAtMs = performance.now();
    let calls = 0;
    await vi.waitFor(async () => {
      expect((await sendCdr(second, { id: (calls += 1) })).status).toBe(200);
      expect(await show(second, '/webhooks/new')).toMatchObject({
        stats: { hits: expect.any(Number) as number },
      });
      expect(receiver.requests.length).toBeGreaterThan(0);
    }, PATIENCE);
    // A second is what is promised; a machine with other work to do may take some more.
    expect(performance.now() - madeAtMs).toBeLessThan(10_000);
  });

  it('redeliver once when both get a request with the same Idempotency-Key', async () => {
    const { first, second } = await startTwo();
    const retry = { schedule: [], burst: 0 };
    await change(first, 'POST', '/webhooks', { ...TICKETS, retry });
    expect((await sendCdr(first, { id: 1 })).status).toBe(200);
    const listed = async () =>
      ((await show(first, '/deliveries')) as { data: { id: string; state: string }[] }).data;
    await vi.waitFor(async () => {
      expect(await listed()).toMatchObject([{ state: 'failed' }]);
      expect((await fetch(`${second.adminUrl}/api/v1/webhooks/tickets`)).status).toBe(200);
    }, PATIENCE);
    const [delivery] = await listed();
    const ask = async (router: Router): Promise<unknown> => {
      const url = `${router.adminUrl}/api/v1/deliveries/${delivery?.id ?? ''}/redeliver`;
      const answer = await fetch(url, { method: 'POST', headers: { 'idempotency-key': 'once' } });
      const { id } = (await answer.json()) as { id: string };
      return { status: answer.status, id };
    };
    const answers = await Promise.all([first, second, first, second].map(ask));

    const [made] = (await listed()).filter(({ id }) => id !== delivery?.id);
    expect(answers).toEqual(answers.map(() => ({ status: 202, id: made?.id })));
    expect(await listed()).toHaveLength(2);
  });

  it('let one of two edits of the same version win, and tell the other', async () => {
    const { first, second } = await startTwo();
    await change(first, 'POST', '/webhooks', TICKETS);
    const path = '/webhooks/tickets';
    const etagAt = async (router: Router): Promise<string> =>
      String((await fetch(`${router.adminUrl}/api/v1${path}`)).headers.get('etag'));
    const etag = await etagAt(first);
    await vi.waitFor(async () => {
      expect(await etagAt(second)).toBe(etag);
    }, PATIENCE);
    const edits = await Promise.all(
      [first, second].map((router, index) => change(router, 'PATCH', path, { name: `Name ${index}` }, etag)),
    );
    expect(edits.map(({ status }) => status).toSorted()).toEqual([200, 412]);
    const winner = edits.findIndex(({ status }) => status === 200);
    await vi.waitFor(async () => {
      for (const router of [first, second]) {
        expect(await show(router, path)).toMatchObject({ name: `Name ${winner}` });
      }
    }, PATIENCE);
  });

  it('have rules that they cannot use replaced by "rules import", which tells what is lost', async () => {
    const databaseUrl = temporarySchema(serverUrl);
    const folder = makeFolder();
    const router = await startTestRouter(configIn(folder, { databaseUrl }));
    await change(router, 'POST', '/webhooks', TICKETS);
    await querySchema(
      databaseUrl,
      `WITH next AS (UPDATE rules SET version = version + 1 RETURNING version)
       INSERT INTO webhooks (id, position, document, version) SELECT 'newer', 1, $1, version FROM next`,
      [JSON.stringify({ id: 'newer', name: 'Newer', url: 'https://example.com/hook', newest: true })],
    );
    await vi.waitFor(async () => {
      expect(await show(router, '/rules/status')).toMatchObject({ errorCount: 1 });
    }, PATIENCE);
    const file = join(folder, 'exported.json');
    writeFileSync(file, JSON.stringify({ webhooks: [TICKETS] }));
    const told: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => told.push(String(text)) > 0);
    onTestFinished(() => {
      vi.restoreAllMocks();
    });

    // Who does not know of them does not write over them.
    const { etag } = (await show(router, '/rules/status')) as { etag: string };
    expect((await change(router, 'PUT', '/rules', { webhooks: [TICKETS] }, etag)).status).toBe(409);
    const { code } = await runCommand(rules, 'import', file, '--api', router.adminUrl);
    expect(code).toBe(0);
    expect(told.join('')).toMatch(
      /cannot use them:\n {2}\/webhooks\/1\S* .*\nThey are replaced.*\n {2}added {4}newer\n/,
    );
    expect(await show(router, '/rules/status')).toMatchObject({ errorCount: 0 });
    expect(await querySchema(databaseUrl, 'SELECT id FROM webhooks')).toEqual([{ id: 'tickets' }]);
  });

  it('start again when rules that they cannot use were replaced without any of them', async () => {
    const databaseUrl = temporarySchema(serverUrl);
    const folder = makeFolder();
    const secret = { ...TICKETS, headers: { authorization: 'Bearer planted' } };
    writeRules(folder, [secret]);
    await (await startTestRouter(configIn(folder, { databaseUrl }))).stop();
    const newer = JSON.stringify({ ...secret, newest: true });
    await querySchema(databaseUrl, 'UPDATE rules SET version = version + 1');
    await querySchema(databaseUrl, 'UPDATE webhooks SET document = $1, version = 2', [newer]);
    await expect(startTestRouter(configIn(folder, { databaseUrl }))).rejects.toThrow('/webhooks/0');
    const file = join(folder, 'exported.json');
    const headers = { authorization: '********' };
    writeFileSync(file, JSON.stringify({ webhooks: [{ ...TICKETS, headers }] }));
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    onTestFinished(() => {
      vi.restoreAllMocks();
    });

    const args = ['import', file, '--store', databaseUrl];
    const changes = { code: 0, output: 'changed  tickets (newest)\n' };
    expect(await runCommand(rules, ...args, '--dry-run')).toEqual(changes);
    expect(await querySchema(databaseUrl, 'SELECT document FROM webhooks')).toEqual([{ document: newer }]);
    expect(await runCommand(rules, ...args)).toEqual(changes);
    const [{ document } = {}] = await querySchema(databaseUrl, 'SELECT document FROM webhooks');
    expect(JSON.parse(String(document))).toEqual(secret);
    await startTestRouter(configIn(folder, { databaseUrl }));
  });

  it('answer 503 to edits and CDRs without the database, keep their rules, and go on when it is back', async () => {
    const { first, second, proxy } = await startTwo();
    await change(second, 'POST', '/webhooks', TICKETS);
    await vi.waitFor(async () => {
      expect(await show(first, '/webhooks/tickets')).toMatchObject({ name: 'Tickets' });
    }, PATIENCE);
    proxy.refuse();
    const edit = await change(second, 'PATCH', '/webhooks/tickets', { name: 'Lost' });
    expect(edit.status).toBe(503);
    const refused = await sendCdr(second, { id: 1 });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([
      503,
      expect.stringMatching(/^\d+$/),
    ]);
    expect((await fetch(`${second.url}/healthz`)).status).toBe(200);
    expect((await sendCdr(first, { id: 1 })).status).toBe(200);
    await change(first, 'PATCH', '/webhooks/tickets', { name: 'Other' });
    proxy.accept();
    await vi.waitFor(async () => {
      expect((await sendCdr(second, { id: 2 })).status).toBe(200);
      expect(await show(second, '/webhooks/tickets')).toMatchObject({ name: 'Other', stats: { hits: 2 } });
    }, PATIENCE);
    await vi.waitFor(async () => {
      expect((await change(second, 'PATCH', '/webhooks/tickets', { name: 'Late' })).status).toBe(200);
    }, PATIENCE);
    await vi.waitFor(async () => {
      expect(await show(first, '/webhooks/tickets')).toMatchObject({ name: 'Late' });
    }, PATIENCE);
  });
});
