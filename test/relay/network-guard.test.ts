import fc from 'fast-check';
import type { LookupAddress } from 'node:dns';
import { describe, expect, test } from 'vitest';
import { NetworkGuard, type Resolve } from '../../src/relay/network-guard.ts';

const nothing = new NetworkGuard([]);
const everything = new NetworkGuard(['0.0.0.0/0', '::/0']);

describe('an address that is no place on the internet is refused', () => {
  test.each([
    ['127.0.0.1', 'a loopback address'],
    ['127.255.255.254', 'a loopback address'],
    ['::1', 'a loopback address'],
    ['10.0.0.1', 'a private address'],
    ['172.16.0.1', 'a private address'],
    ['172.31.255.255', 'a private address'],
    ['192.168.1.20', 'a private address'],
    ['fc00::1', 'a private address'],
    ['fdff:ffff::1', 'a private address'],
    ['fec0::1', 'a private address'],
    ['169.254.1.1', 'a link-local address'],
    ['fe80::1', 'a link-local address'],
    ['fe80::1%eth0', 'a link-local address'],
    ['224.0.0.1', 'a multicast address'],
    ['239.255.255.255', 'a multicast address'],
    ['ff02::1', 'a multicast address'],
    ['0.0.0.0', 'an unspecified address'],
    ['0.1.2.3', 'an unspecified address'],
    ['::', 'an unspecified address'],
    ['255.255.255.255', 'the broadcast address'],
    ['100.64.0.1', 'a carrier-grade NAT address'],
    ['100.127.255.255', 'a carrier-grade NAT address'],
    ['198.18.0.1', 'a reserved address'],
    ['198.19.255.255', 'a reserved address'],
    ['192.0.2.1', 'a reserved address'],
    ['198.51.100.1', 'a reserved address'],
    ['203.0.113.1', 'a reserved address'],
    ['192.0.0.8', 'a reserved address'],
    ['192.88.99.1', 'a reserved address'],
    ['240.0.0.1', 'a reserved address'],
    ['2001:db8::1', 'a reserved address'],
    ['3fff::1', 'a reserved address'],
    ['100::1', 'a reserved address'],
    ['4000::1', 'a reserved address'],
    ['5f00::1', 'a reserved address'],
  ])('%s is %s', (address, kind) => {
    expect(nothing.refusal(address)).toBe(
      `${address} is ${kind}, and relay.allowNetworks in the configuration does not name it`,
    );
  });

  test.each([
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '::ffff:0:10.0.0.1',
    '64:ff9b::10.0.0.1',
    '64:ff9b:1::7f00:1',
    '2002:7f00:1::',
    '2001:0:4136:e378:8000:63bf:80ff:fffe',
  ])('%s, which holds an IPv4 address, is refused', (address) => {
    expect(nothing.refusal(address)).toContain('relay.allowNetworks');
  });
});

test.each([
  '8.8.8.8',
  '1.1.1.1',
  '172.15.255.255',
  '172.32.0.1',
  '100.63.255.255',
  '100.128.0.1',
  '192.167.255.255',
  '198.20.0.1',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450:4001:80b::200e',
])('%s is a place on the internet and may be sent to', (address) => {
  expect(nothing.refusal(address)).toBeUndefined();
});

describe('allowed networks', () => {
  test('open what they name and nothing else', () => {
    const guard = new NetworkGuard(['192.168.1.0/24', '10.1.2.3', 'fd12::/16']);
    for (const address of ['192.168.1.1', '192.168.1.255', '10.1.2.3', 'fd12::7'])
      expect(guard.refusal(address)).toBeUndefined();
    for (const address of ['192.168.2.1', '10.1.2.4', 'fd13::7', '127.0.0.1', '::1'])
      expect(guard.refusal(address)).toContain('relay.allowNetworks');
  });

  test('open an address that holds another only when they name both', () => {
    const inner = new NetworkGuard(['10.0.0.0/8']);
    const outer = new NetworkGuard(['64:ff9b::/96']);
    const both = new NetworkGuard(['10.0.0.0/8', '64:ff9b::/96']);
    const nat64 = '64:ff9b::a00:1';
    expect([inner, outer, both].map((guard) => guard.refusal(nat64))).toEqual([
      `${nat64} is a NAT64 address, and relay.allowNetworks in the configuration does not name it`,
      `${nat64} leads to 10.0.0.1, a private address, and relay.allowNetworks in the configuration does not name it`,
      undefined,
    ]);
    expect(outer.refusal('64:ff9b::808:808')).toBeUndefined();
  });

  test('must be networks', () => {
    for (const text of [
      '',
      'lan',
      '10.0.0.0/33',
      '10/8',
      '::/129',
      '10.0.0.0/8/8',
      '0x0a.0.0.0/8',
      '10.0.0.0/-1',
    ])
      expect(() => new NetworkGuard([text])).toThrow(/is not a network/);
  });

  test('that are everything open every address but those of metadata services', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        const told = everything.refusal(address);
        expect(told ?? 'leads to the metadata service').toContain('leads to the metadata service');
      }),
    );
  });
});

test.each([
  '169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  '192.0.0.192',
  '168.63.129.16',
  'fd00:ec2::254',
  'fd00:ec2:0:0:0:0:0:254',
  '::ffff:169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '2002:a9fe:a9fe::1',
])('%s is a metadata service and refused whatever is allowed', (address) => {
  for (const guard of [nothing, everything])
    expect(guard.refusal(address)).toMatch(
      /metadata service of .+ refused whatever relay\.allowNetworks says/,
    );
});

test('every IPv4 address that is refused is refused in every form of IPv6 too', () => {
  const forms = (a: string, b: string): string[] => [
    `::ffff:${a}:${b}`,
    `64:ff9b::${a}:${b}`,
    `64:ff9b:1::${a}:${b}`,
    `2002:${a}:${b}::1`,
    `2001:0:${a}:${b}::1`,
  ];
  // Allows the forms, so that only what they lead to can be refused.
  const guard = new NetworkGuard(['::/1', '2001::/32', '2002::/16']);
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
      const [high, low] = [(a << 8) | b, (c << 8) | d].map((group) => group.toString(16));
      const refused = nothing.refusal(address) !== undefined;
      for (const form of forms(String(high), String(low))) {
        // Of a Teredo address the client may be refused besides the server.
        if (refused || !form.startsWith('2001'))
          expect([form, guard.refusal(form) !== undefined]).toEqual([form, refused]);
      }
    }),
  );
});

describe('looking up a name', () => {
  type Answer = readonly string[] | Error;

  /** Answers one after another, the last again and again. */
  function answering(...answers: Answer[]): Resolve {
    let asked = 0;
    return (_hostname, _options, callback) => {
      const answer = answers[Math.min(asked, answers.length - 1)] ?? [];
      asked += 1;
      if (answer instanceof Error) callback(answer, []);
      else
        callback(
          null,
          answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        );
    };
  }

  function lookUp(guard: NetworkGuard, all: boolean): Promise<string | LookupAddress[]> {
    return new Promise((resolve, reject) => {
      guard.lookup('crm.test', { all }, (error, found) => {
        if (error === null) resolve(found);
        else reject(error);
      });
    });
  }

  test('gives only the addresses that may be sent to', async () => {
    const guard = new NetworkGuard(
      [],
      answering(['127.0.0.1', '8.8.8.8', '10.0.0.1', '2606:4700::1', '::1']),
    );
    expect(await lookUp(guard, true)).toEqual([
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700::1', family: 6 },
    ]);
    expect(await lookUp(guard, false)).toBe('8.8.8.8');
  });

  test('is an error with the address and the setting when there is none', async () => {
    const guard = new NetworkGuard([], answering(['10.0.0.1', '::1']));
    await expect(lookUp(guard, true)).rejects.toMatchObject({
      code: 'ERR_ADDRESS_REFUSED',
      message:
        'crm.test is not sent to: 10.0.0.1 is a private address, and relay.allowNetworks in the configuration does not name it',
    });
    await expect(lookUp(new NetworkGuard([], answering([])), true)).rejects.toMatchObject({
      code: 'ERR_ADDRESS_REFUSED',
      message: 'crm.test is not sent to: it has no address',
    });
  });

  test('that fails is told as it failed', async () => {
    const error = Object.assign(new Error('getaddrinfo ENOTFOUND crm.test'), { code: 'ENOTFOUND' });
    await expect(lookUp(new NetworkGuard([], answering(error)), true)).rejects.toBe(error);
  });

  test('judges every answer anew: a name that was public and then means this machine is refused', async () => {
    const guard = new NetworkGuard([], answering(['8.8.8.8'], ['127.0.0.1']));
    expect(await lookUp(guard, true)).toEqual([{ address: '8.8.8.8', family: 4 }]);
    await expect(lookUp(guard, true)).rejects.toMatchObject({ code: 'ERR_ADDRESS_REFUSED' });
  });
});

describe('a url', () => {
  function told(url: string, guard = nothing): string | undefined {
    return guard.targetProblem(new URL(url));
  }

  test.each([
    ['http://127.0.0.1:9090/', '127.0.0.1'],
    ['http://2130706433/', '127.0.0.1'],
    ['http://0x7f.1/', '127.0.0.1'],
    ['http://0177.0.0.1/', '127.0.0.1'],
    ['http://127.0.0.1./', '127.0.0.1'],
    ['http://[::1]/', '::1'],
    ['http://[::ffff:127.0.0.1]/', '::ffff:7f00:1'],
    ['http://localhost:9090/', '127.0.0.1'],
    ['http://LOCALHOST./', '127.0.0.1'],
    ['http://crm.localhost/', '127.0.0.1'],
    ['https://169.254.169.254/latest', '169.254.169.254'],
    ['https://user:secret@192.168.1.20/', '192.168.1.20'],
  ])('%s shows that it leads to %s, which is refused', (url, address) => {
    expect(told(url)).toMatch(new RegExp(`^${address.replaceAll('.', '\\.')} .*relay\\.allowNetworks`));
  });

  test.each([
    'https://example.com/',
    'https://8.8.8.8/',
    'http://[2606:4700::1]/',
    'http://localhost.example/',
  ])('%s shows nothing against it', (url) => {
    expect(told(url)).toBeUndefined();
  });

  test('of this machine is fine where loopback is allowed in one of its two families', () => {
    expect(told('http://localhost/', new NetworkGuard(['127.0.0.0/8']))).toBeUndefined();
    expect(told('http://localhost/', new NetworkGuard(['::1']))).toBeUndefined();
  });
});
