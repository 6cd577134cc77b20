import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { NetworkGuard, type Resolve } from '../../src/relay/network-guard.ts';
import { httpTarget, makeTransport, requestTo, tcpTarget } from './target.ts';

/** Every name means the addresses that stand next in a list. */
function answering(...answers: readonly string[][]): {
  readonly resolve: Resolve;
  readonly asked: () => number;
} {
  let asked = 0;
  const resolve: Resolve = (_hostname, _options, callback) => {
    const addresses = answers[asked] ?? [];
    asked += 1;
    callback(
      null,
      addresses.map((address) => ({ address, family: 4 })),
    );
  };
  return { resolve, asked: () => asked };
}

/** A url with another host in the place of its own. */
function at(host: string, url: string): string {
  return url.replace('127.0.0.1', host);
}

describe('a transport connects to no address that is refused', () => {
  test.each(['127.0.0.1', '2130706433', '0x7f.1', '127.1', '[::ffff:127.0.0.1]', 'localhost'])(
    'that stands in the url as %s',
    async (host) => {
      let connections = 0;
      const url = await tcpTarget(() => (connections += 1));
      const exchange = makeTransport(new NetworkGuard([])).exchange(requestTo(at(host, url)));
      await expect(exchange).rejects.toMatchObject({
        name: 'TransportError',
        code: 'ERR_ADDRESS_REFUSED',
        message: expect.stringMatching(
          /(?:127\.0\.0\.1|::ffff:7f00:1|::1) is .*relay\.allowNetworks/,
        ) as string,
        sent: false,
      });
      expect(connections).toBe(0);
    },
  );

  test('over TLS either', async () => {
    const exchange = makeTransport(new NetworkGuard([])).exchange(requestTo('https://127.0.0.1:9/'));
    await expect(exchange).rejects.toMatchObject({ code: 'ERR_ADDRESS_REFUSED' });
  });

  test('that a name means', async () => {
    const { resolve } = answering(['10.0.0.1', '127.0.0.1']);
    const exchange = makeTransport(new NetworkGuard([], resolve)).exchange(requestTo('http://crm.test/'));
    await expect(exchange).rejects.toMatchObject({
      code: 'ERR_ADDRESS_REFUSED',
      message: expect.stringContaining('crm.test is not sent to: 10.0.0.1 is a private address') as string,
    });
  });
});

describe('a name that changes its meaning', () => {
  // 127.0.0.1 is allowed and stands for a target on the internet, 127.0.0.2 for something inside.
  const outside = ['127.0.0.1/32'];

  test('is looked up once for a connection, which is made to the very address that was checked', async () => {
    const { url } = await httpTarget((request, response) => response.end(request.headers.host));
    const { resolve, asked } = answering(['127.0.0.1'], ['127.0.0.2']);
    const transport = makeTransport(new NetworkGuard(outside, resolve));
    const rebinding = at('rebinding.test', url);
    expect(await transport.exchange(requestTo(rebinding))).toMatchObject({
      status: 200,
      body: new URL(rebinding).host,
    });
    expect(asked()).toBe(1);
    // Over the connection that is kept it still reaches the checked address.
    expect(await transport.exchange(requestTo(rebinding))).toMatchObject({ status: 200 });
    expect(asked()).toBe(1);
  });

  test('is refused when another connection is made', async () => {
    const { url } = await httpTarget((_request, response) =>
      response.writeHead(200, { connection: 'close' }).end(),
    );
    const { resolve, asked } = answering(['127.0.0.1'], ['127.0.0.2']);
    const transport = makeTransport(new NetworkGuard(outside, resolve));
    const rebinding = at('rebinding.test', url);
    expect(await transport.exchange(requestTo(rebinding))).toMatchObject({ status: 200 });
    await expect(transport.exchange(requestTo(rebinding))).rejects.toMatchObject({
      code: 'ERR_ADDRESS_REFUSED',
    });
    expect(asked()).toBe(2);
  });

  test('leads nowhere but to its allowed addresses, though one of those does not answer', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { resolve } = answering(['127.0.0.2', '127.0.0.1', '10.0.0.1']);
    const exchange = makeTransport(new NetworkGuard(outside, resolve)).exchange(
      requestTo(`http://mixed.test:${port}/`),
    );
    await expect(exchange).rejects.toMatchObject({
      code: 'ECONNREFUSED',
      message: expect.stringContaining(`127.0.0.1:${port}`) as string,
    });
  });
});
