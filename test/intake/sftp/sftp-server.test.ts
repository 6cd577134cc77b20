import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ssh2 from 'ssh2';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { SftpServer } from '../../../src/intake/sftp/sftp-server.ts';
import { parsePublicKey, type SftpSettings } from '../../../src/intake/sftp/sftp-settings.ts';

const ownKey = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
const otherKey = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });

const CDR = '{"from":"+15555550101"}\n';

/** Making keys takes longer than these tests. */
const KEYS = mkdtempSync(join(tmpdir(), 'hookswitch-sftp-'));
afterAll(() => {
  rmSync(KEYS, { recursive: true });
});

interface Bench {
  readonly directory: string;
  readonly server: SftpServer;
  readonly received: string[];
  readonly refused: string[];
  /** The files in the directory of the user. */
  files(): string[];
}

async function startServer(settings: Partial<SftpSettings> = {}, keyDirectory = KEYS): Promise<Bench> {
  const root = mkdtempSync(join(tmpdir(), 'hookswitch-sftp-'));
  const directory = join(root, 'drop');
  const received: string[] = [];
  const refused: string[] = [];
  const server = await SftpServer.start({
    settings: {
      listen: { host: '127.0.0.1', port: 0 },
      hostKeyFile: undefined,
      maxFileBytes: 1_000_000,
      users: [{ name: 'cucm', password: 'hunter2', publicKeys: [ownKey.public], directory }],
      ...settings,
    },
    keyDirectory,
    observer: {
      sftpReceived: (user, path, bytes) => void received.push(`${user} ${path} ${bytes}`),
      sftpRefused: (_address, reason) => void refused.push(reason),
    },
    authenticationDelayMs: 1,
  });
  onTestFinished(async () => {
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  });
  return { directory, server, received, refused, files: () => readdirSync(directory).toSorted() };
}

async function connect(
  { server }: Bench,
  login: ssh2.ConnectConfig = { password: 'hunter2' },
): Promise<ssh2.Client> {
  const client = new ssh2.Client();
  onTestFinished(() => void client.end());
  return new Promise((resolve, reject) => {
    client
      .once('ready', () => {
        resolve(client);
      })
      .on('error', reject);
    const { hostname: host, port } = new URL(server.url.replace('sftp:', 'http:'));
    client.connect({ host, port: Number(port), username: 'cucm', ...login });
  });
}

async function openSftp(bench: Bench, client?: ssh2.Client): Promise<ssh2.SFTPWrapper> {
  const connected = client ?? (await connect(bench));
  return promisify(connected.sftp.bind(connected))();
}

/** A promise of what a call of the client gives. */
function done<Result>(
  call: (callback: (error: Error | null | undefined, result?: Result) => void) => unknown,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    call((error, result) => {
      if (error) reject(error);
      else resolve(result as Result);
    });
  });
}

function send(sftp: ssh2.SFTPWrapper, path: string, content = CDR): Promise<void> {
  return done((callback) => {
    sftp.writeFile(path, content, callback);
  });
}

describe('a file that is sent', () => {
  test('is in the directory under its name when the client is told that it is closed', async () => {
    const bench = await startServer();
    await send(await openSftp(bench), '/cdr_StandAloneCluster_01_200907091548_8');
    expect(bench.files()).toEqual(['cdr_StandAloneCluster_01_200907091548_8']);
    expect(readFileSync(join(bench.directory, bench.files()[0] ?? ''), 'utf8')).toBe(CDR);
    expect(bench.received).toEqual([`cucm /cdr_StandAloneCluster_01_200907091548_8 ${CDR.length}`]);
  });

  test('is seen by nobody before it is whole, and not kept when the connection ends before', async () => {
    const bench = await startServer();
    const client = await connect(bench);
    const sftp = await openSftp(bench, client);
    const handle = await done<Buffer>((callback) => {
      sftp.open('/cdr_1', 'w', callback);
    });
    await done((callback) => {
      sftp.write(handle, Buffer.from(CDR), 0, CDR.length, 0, callback);
    });
    expect(bench.files()).toEqual([expect.stringMatching(/^\.sftp-upload-/)]);
    client.end();
    await vi.waitUntil(() => bench.files().length === 0);
    expect(bench.received).toEqual([]);
  });

  test('may be made empty first and then written, as some clients do', async () => {
    const bench = await startServer();
    const sftp = await openSftp(bench);
    await send(sftp, '/cdr_1', '');
    expect(bench.files()).toEqual([]);
    const handle = await done<Buffer>((callback) => {
      sftp.open('/cdr_1', 'r+', callback);
    });
    await done((callback) => {
      sftp.write(handle, Buffer.from(CDR), 0, CDR.length, 0, callback);
    });
    await done((callback) => {
      sftp.close(handle, callback);
    });
    expect(bench.files()).toEqual(['cdr_1']);
  });

  test('empty, to try the connection, can be deleted again', async () => {
    const bench = await startServer();
    const sftp = await openSftp(bench);
    await send(sftp, '/test', '');
    await done((callback) => {
      sftp.unlink('/test', callback);
    });
    await expect(
      done((callback) => {
        sftp.unlink('/test', callback);
      }),
    ).rejects.toThrow('no such file');
  });

  test('overwrites none that is waiting: two systems may count alike', async () => {
    const bench = await startServer();
    const sftp = await openSftp(bench);
    await send(sftp, '/cdr_1', 'one');
    await send(sftp, '/cdr_1', 'two');
    expect(bench.files().map((name) => readFileSync(join(bench.directory, name), 'utf8'))).toEqual([
      'one',
      'two',
    ]);
  });

  test('may be renamed when it is whole', async () => {
    const bench = await startServer();
    const sftp = await openSftp(bench);
    await send(sftp, '/cdr_1.filepart');
    await done((callback) => {
      sftp.rename('/cdr_1.filepart', '/cdr_1', callback);
    });
    expect(bench.files()).toEqual(['cdr_1']);
    await expect(
      done((callback) => {
        sftp.rename('/nothing', '/cdr_2', callback);
      }),
    ).rejects.toThrow('no such file');
  });

  test('is seen with its size by the user who has sent it, in another connection too', async () => {
    const bench = await startServer();
    await send(await openSftp(bench), '/cdr_1');
    rmSync(join(bench.directory, 'cdr_1'));
    const sftp = await openSftp(bench);
    const stats = await done<ssh2.Stats>((callback) => {
      sftp.stat('/cdr_1', callback);
    });
    expect(stats.size).toBe(CDR.length);
    expect(stats.isFile()).toBe(true);
  });

  test('of many parts that are under way together is whole', async () => {
    const bench = await startServer();
    const sftp = await openSftp(bench);
    const local = join(bench.directory, '..', 'local');
    const content = Array.from({ length: 90_000 }, (_, number) => `${number}\n`).join('');
    writeFileSync(local, content);
    await done((callback) => {
      sftp.fastPut(local, '/big', callback);
    });
    expect(readFileSync(join(bench.directory, 'big'), 'utf8')).toBe(content);
  });

  test('larger than is allowed is refused, and nothing of it kept', async () => {
    const bench = await startServer({ maxFileBytes: 10 });
    const sftp = await openSftp(bench);
    await expect(send(sftp, '/cdr_1', 'x'.repeat(11))).rejects.toThrow('larger than 10 bytes');
    await vi.waitUntil(() => bench.files().length === 0);
  });
});

describe('the drop', () => {
  test('keeps every file in its directory, whatever directories its path names', async () => {
    const bench = await startServer();
    const sftp = await openSftp(bench);
    const paths = ['../../a', '/../../b', '/a/../../../c', '..\\..\\d', '/deep/er/e'];
    for (const path of paths) await send(sftp, path);
    expect(bench.files()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('takes no file under a name that is none, or stands for something else', async () => {
    const bench = await startServer();
    const sftp = await openSftp(bench);
    for (const path of ['/', '/done', '/failed', '/a\nb', '/.sftp-upload-0', `/${'x'.repeat(201)}`]) {
      await expect(send(sftp, path)).rejects.toThrow('under this name');
    }
    expect(bench.files()).toEqual([]);
  });

  test('shows and gives nothing of what is in its directory', async () => {
    const bench = await startServer();
    writeFileSync(join(bench.directory, 'secret'), 'x');
    const sftp = await openSftp(bench);
    expect(
      await done<unknown>((callback) => {
        sftp.readdir('/', callback);
      }),
    ).toEqual([]);
    await expect(
      done((callback) => {
        sftp.readFile('/secret', callback);
      }),
    ).rejects.toThrow();
    await expect(
      done((callback) => {
        sftp.stat('/secret', callback);
      }),
    ).rejects.toThrow('no such file');
    await expect(
      done((callback) => {
        sftp.unlink('/secret', callback);
      }),
    ).rejects.toThrow('no such file');
    await expect(
      done((callback) => {
        sftp.symlink('/etc/passwd', '/link', callback);
      }),
    ).rejects.toThrow();
    expect(bench.files()).toEqual(['secret']);
  });

  test('is a directory, and so is what a client makes in it', async () => {
    const bench = await startServer();
    const sftp = await openSftp(bench);
    const isDirectory = async (path: string): Promise<boolean> =>
      (
        await done<ssh2.Stats>((callback) => {
          sftp.stat(path, callback);
        })
      ).isDirectory();
    expect(await isDirectory('/')).toBe(true);
    expect(await isDirectory('.')).toBe(true);
    await expect(isDirectory('/cdr')).rejects.toThrow('no such file');
    await done((callback) => {
      sftp.mkdir('/cdr', callback);
    });
    expect(await isDirectory('/cdr')).toBe(true);
    expect(
      await done<string>((callback) => {
        sftp.realpath('cdr/../cdr/x', callback);
      }),
    ).toBe('/cdr/x');
    expect(bench.files()).toEqual([]);
  });

  test('lets a client have only so many files open', async () => {
    const bench = await startServer();
    const sftp = await openSftp(bench);
    const open = (number: number): Promise<Buffer> =>
      done((callback) => {
        sftp.open(`/${number}`, 'w', callback);
      });
    const all = await Promise.allSettled(Array.from({ length: 40 }, (_, number) => open(number)));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(32);
  });
});

describe('a client', () => {
  test('is let in by its key', async () => {
    const bench = await startServer();
    await send(await openSftp(bench, await connect(bench, { privateKey: ownKey.private })), '/cdr_1');
    expect(bench.files()).toEqual(['cdr_1']);
  });

  test.each<[string, ssh2.ConnectConfig]>([
    ['a wrong password', { password: 'hunter3' }],
    ['another key', { privateKey: otherKey.private }],
    ['an unknown name', { username: 'nobody', password: 'hunter2' }],
    ['a name with no password and none given', { username: 'keys-only', password: '\0' }],
    ['nothing', {}],
  ])('is refused with %s', async (_what, login) => {
    const users = (directory: string): SftpSettings['users'] => [
      { name: 'cucm', password: 'hunter2', publicKeys: [ownKey.public], directory },
      { name: 'keys-only', password: undefined, publicKeys: [ownKey.public], directory },
    ];
    const bench = await startServer({ users: users(mkdtempSync(join(tmpdir(), 'hookswitch-sftp-'))) });
    await expect(connect(bench, login)).rejects.toThrow('authentication methods failed');
  });

  test('is cut off after three wrong passwords', async () => {
    const bench = await startServer();
    let tries = 0;
    const authHandler = (_methods: unknown, _partial: unknown, next: (method: object) => void): void => {
      tries += 1;
      next({ type: 'password', username: 'cucm', password: `wrong ${tries}` });
    };
    await expect(
      connect(bench, { authHandler: authHandler as unknown as ssh2.AuthHandlerMiddleware }),
    ).rejects.toThrow();
    await vi.waitUntil(() => bench.refused.length > 0);
    expect(bench.refused).toEqual(['authentication']);
    expect(tries).toBeLessThanOrEqual(4);
  });

  test('gets neither a shell nor a command nor a forwarded port', async () => {
    const bench = await startServer();
    const client = await connect(bench);
    await expect(
      done((callback) => {
        client.exec('id', callback);
      }),
    ).rejects.toThrow();
    await expect(
      done((callback) => {
        client.shell(callback);
      }),
    ).rejects.toThrow();
    await expect(
      done((callback) => {
        client.forwardOut('127.0.0.1', 1, '127.0.0.1', 22, callback);
      }),
    ).rejects.toThrow();
  });

  test('that says nothing, and its like of one address, keep nobody else out', async () => {
    const bench = await startServer();
    const port = Number(new URL(bench.server.url.replace('sftp:', 'http:')).port);
    for (let number = 0; number < 11; number += 1) {
      const socket = createConnection({ host: '127.0.0.1', localAddress: '127.0.0.2', port });
      socket.on('error', () => undefined);
      onTestFinished(() => void socket.destroy());
    }
    await vi.waitUntil(() => bench.refused.length === 6);
    expect(bench.refused).toEqual(Array.from({ length: 6 }, () => 'connections'));
    await send(await openSftp(bench), '/cdr_1');
    expect(bench.files()).toEqual(['cdr_1']);
  });

  test('is one of a bounded number', async () => {
    const bench = await startServer();
    const port = Number(new URL(bench.server.url.replace('sftp:', 'http:')).port);
    for (let number = 0; number < 41; number += 1) {
      const localAddress = `127.0.1.${1 + Math.floor(number / 5)}`;
      const socket = createConnection({ host: '127.0.0.1', localAddress, port });
      socket.on('error', () => undefined);
      onTestFinished(() => void socket.destroy());
    }
    await vi.waitUntil(() => bench.refused.length > 0);
    expect(bench.refused).toEqual(['connections']);
  });
});

describe('the host key', () => {
  test('is made once and kept for the router alone', async () => {
    await startServer();
    const keyOf = (name: string): string => readFileSync(join(KEYS, name), 'utf8');
    const first = keyOf('sftp_host_ed25519_key');
    expect(statSync(join(KEYS, 'sftp_host_rsa_key')).mode & 0o777).toBe(0o600);
    await startServer();
    expect(keyOf('sftp_host_ed25519_key')).toBe(first);
  });

  test('of a file has to be one', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'hookswitch-sftp-')), 'key');
    onTestFinished(() => {
      rmSync(path);
    });
    writeFileSync(path, 'no key');
    await expect(startServer({ hostKeyFile: path })).rejects.toThrow(/key is no private key/);
    expect(() => parsePublicKey(ownKey.private)).toThrow('is no public key');
    expect(() => parsePublicKey('ssh-rsa nonsense')).toThrow('is no public key');
  });
});

test('what uploads have left behind when the process died goes at the next start', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'hookswitch-sftp-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true });
  });
  writeFileSync(join(directory, '.sftp-upload-00'), 'half');
  writeFileSync(join(directory, 'cdr_1'), 'whole');
  await startServer({ users: [{ name: 'cucm', password: 'x', publicKeys: [], directory }] });
  expect(readdirSync(directory)).toEqual(['cdr_1']);
});
