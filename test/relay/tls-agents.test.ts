import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { TLSSocket } from 'node:tls';
import { join } from 'node:path';
import { generate, type GenerateResult } from 'selfsigned';
import { beforeAll, describe, expect, test } from 'vitest';
import { NetworkGuard } from '../../src/relay/network-guard.ts';
import { TlsAgents } from '../../src/relay/tls-agents.ts';
import type { TlsFiles } from '../../src/webhooks/connection.ts';
import { LOOPBACK } from '../support/networks.ts';
import { temporaryFolder } from '../support/rules.ts';
import { listen, makeTransport, requestTo } from './target.ts';

/** A certificate of its own for the target and each client; who trusts it, trusts it alone. */
let target: GenerateResult;
let client: GenerateResult;
let renewed: GenerateResult;

beforeAll(async () => {
  const make = (name: string): Promise<GenerateResult> =>
    generate([{ name: 'commonName', value: name }], {
      keyType: 'ec',
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
      ],
    });
  [target, client, renewed] = await Promise.all([make('target'), make('client'), make('renewed')]);
});

/** A target that wants a certificate it knows, and answers with the name in it. */
async function strictTarget(): Promise<{ url: string; connections: () => number }> {
  let connections = 0;
  const server = createServer(
    { cert: target.cert, key: target.private, ca: [client.cert, renewed.cert], requestCert: true },
    ({ socket }, response) =>
      response.end(socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : ''),
  );
  server.on('secureConnection', () => (connections += 1));
  return { url: `https://127.0.0.1:${await listen(server)}/hook`, connections: () => connections };
}

/** Files of a client that trusts the target. */
function clientFiles(): Required<TlsFiles> {
  const folder = temporaryFolder();
  const files = {
    certFile: join(folder, 'client.pem'),
    keyFile: join(folder, 'client.key'),
    caFile: join(folder, 'ca.pem'),
  };
  write(files, client);
  writeFileSync(files.caFile, target.cert);
  return files;
}

function write({ certFile, keyFile }: Required<TlsFiles>, { cert, private: key }: GenerateResult): void {
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
}

describe('a request with certificates', () => {
  test('shows its own and trusts the authority it names, over one connection', async () => {
    const { url, connections } = await strictTarget();
    const [transport, tls] = [makeTransport(), clientFiles()];
    expect(await transport.exchange(requestTo(url, { tls }))).toMatchObject({ status: 200, body: 'client' });
    expect(await transport.exchange(requestTo(url, { tls }))).toMatchObject({ status: 200, body: 'client' });
    expect(connections()).toBe(1);
  });

  test('does not lend them to another request', async () => {
    const { url } = await strictTarget();
    const [transport, tls] = [makeTransport(), clientFiles()];
    await transport.exchange(requestTo(url, { tls }));
    await expect(transport.exchange(requestTo(url))).rejects.toMatchObject({
      code: expect.stringMatching(/SELF_SIGNED|UNABLE_TO/) as string,
    });
    const trusting = { caFile: tls.caFile };
    const refused = transport.exchange(requestTo(url, { tls: trusting }));
    await expect(refused).rejects.toMatchObject({ name: 'TransportError' });
  });

  test.each(['127.0.0.1', 'crm.test'])(
    'does not get around the network guard by them, at %s',
    async (host) => {
      const { url, connections } = await strictTarget();
      const guard = new NetworkGuard([], (_name, _options, callback) => {
        callback(null, [{ address: '127.0.0.1', family: 4 }]);
      });
      const request = requestTo(url.replace('127.0.0.1', host), { tls: clientFiles() });
      await expect(makeTransport(guard).exchange(request)).rejects.toMatchObject({
        code: 'ERR_ADDRESS_REFUSED',
      });
      expect(connections()).toBe(0);
    },
  );

  test.each(['certFile', 'keyFile', 'caFile'] as const)(
    'without its %s is an error that names the file',
    async (name) => {
      const [transport, tls] = [makeTransport(), clientFiles()];
      rmSync(tls[name]);
      await expect(transport.exchange(requestTo('https://127.0.0.1:1/', { tls }))).rejects.toMatchObject({
        name: 'TransportError',
        code: 'ERR_TLS_FILES',
        message: expect.stringContaining(`${tls[name]} cannot be read: ENOENT`) as string,
      });
    },
  );

  test.each(['certFile', 'keyFile', 'caFile'] as const)(
    'whose %s is no certificate is an error without what it holds',
    async (name) => {
      const [transport, tls] = [makeTransport(), clientFiles()];
      writeFileSync(tls[name], 'hunter2-of-the-key');
      const failure: unknown = await transport
        .exchange(requestTo('https://127.0.0.1:1/', { tls }))
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'ERR_TLS_FILES' });
      expect((failure as Error).message).toContain(tls[name]);
      expect((failure as Error).message).not.toContain('hunter2');
    },
  );

  test('whose key is of another certificate is an error', async () => {
    const [transport, tls] = [makeTransport(), clientFiles()];
    writeFileSync(tls.keyFile, renewed.private);
    await expect(transport.exchange(requestTo('https://127.0.0.1:1/', { tls }))).rejects.toMatchObject({
      code: 'ERR_TLS_FILES',
    });
  });
});

describe('an agent', () => {
  let nowMs = 1_000_000;
  const makeAgents = (): TlsAgents => new TlsAgents(new NetworkGuard(LOOPBACK), () => nowMs);

  test('is the same for the same files, and another for others', () => {
    const [agents, files] = [makeAgents(), clientFiles()];
    expect(agents.agentFor({ ...files })).toBe(agents.agentFor(files));
    expect(agents.agentFor({ caFile: files.caFile })).not.toBe(agents.agentFor(files));
    agents.close();
  });

  test('is another within a second of a change of the files, and the old one keeps no connection', () => {
    const [agents, files] = [makeAgents(), clientFiles()];
    const first = agents.agentFor(files);
    write(files, renewed);
    utimesSync(files.certFile, 1, 1);
    expect(agents.agentFor(files)).toBe(first);
    nowMs += 1_000;
    const second = agents.agentFor(files);
    expect(second).not.toBe(first);
    expect(first.maxFreeSockets).toBe(0);
    expect(agents.agentFor(files)).toBe(second);
    agents.close();
  });

  test('that was not used for ten minutes keeps no connection', () => {
    const [agents, files] = [makeAgents(), clientFiles()];
    const idle = agents.agentFor(files);
    nowMs += 599_999;
    agents.agentFor({ caFile: files.caFile });
    expect(idle.maxFreeSockets).not.toBe(0);
    nowMs += 1;
    agents.agentFor({ certFile: files.certFile, keyFile: files.keyFile });
    expect(idle.maxFreeSockets).toBe(0);
    agents.close();
  });

  test('of changed files shows the new certificate', async () => {
    const { url } = await strictTarget();
    const [transport, tls] = [makeTransport(new NetworkGuard(LOOPBACK), () => nowMs), clientFiles()];
    await transport.exchange(requestTo(url, { tls }));
    write(tls, renewed);
    utimesSync(tls.certFile, 1, 1);
    nowMs += 1_000;
    expect(await transport.exchange(requestTo(url, { tls }))).toMatchObject({ body: 'renewed' });
  });
});
