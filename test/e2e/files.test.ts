import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RouterFolder, RouterProcess, type LogLine } from '../support/router-process.ts';
import { receivedCount, showCdrs } from './api.ts';
import { until } from './until.ts';

const ROWS = 6_000;
const KILLS = 3;

/** So many rows of a CallManager file, all different. */
function fileOf(rows: number): string {
  const header = '"cdrRecordType","globalCallID_callId","pkid"\nINTEGER,INTEGER,UNIQUEIDENTIFIER\n';
  return header + Array.from({ length: rows }, (_, row) => `1,${row},"pkid-${row}"\n`).join('');
}

describe(`a router that is killed ${KILLS} times while it reads a file of ${ROWS} rows`, () => {
  let folder: RouterFolder;
  let inbox: string;
  let router: RouterProcess;

  /** What the journal says of how many CDRs of the file are safe. */
  function cdrsSafe(): number {
    const lines = readFileSync(join(folder.dataDirectory, 'files.ndjson'), 'utf8').split('\n');
    return Number(/"cdrs":(\d+)/.exec(lines.findLast((line) => line.endsWith('}')) ?? '')?.[1] ?? 0);
  }

  async function start(): Promise<RouterProcess> {
    const environment = { HOOKSWITCH_CONFIG: join(folder.path, 'config.json') };
    return RouterProcess.start(folder, { environment });
  }

  beforeAll(async () => {
    folder = new RouterFolder();
    inbox = join(folder.path, 'in');
    const hostKeyFile = join(folder.path, 'host_key');
    writeFileSync(hostKeyFile, ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 }).private);
    const config = {
      sources: { cucm: { vendor: 'cisco' } },
      folders: [{ path: inbox, source: 'cucm', settleMs: 0, pollMs: 50 }],
      sftp: {
        hostKeyFile,
        listen: { port: 0 },
        users: [{ name: 'cucm', password: 'hunter2', source: 'cucm', directory: inbox }],
      },
    };
    writeFileSync(join(folder.path, 'config.json'), JSON.stringify(config));
    router = await start();
    writeFileSync(join(inbox, '.cdr'), fileOf(ROWS));
    renameSync(join(inbox, '.cdr'), join(inbox, 'cdr_Example_01_202611221200_1'));
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const stage = (ROWS * kill) / (KILLS + 2);
      await until(`${stage} CDRs are safe`, () => cdrsSafe() >= stage, 60_000);
      await router.kill();
      router = await start();
    }
    await until('the file is through', () => readdirSync(join(inbox, 'done')).length === 1, 60_000);
  }, 120_000);

  afterAll(async () => {
    await router.kill();
    folder.remove();
  });

  it('has every row once', async () => {
    expect(await receivedCount(router.url)).toBe(ROWS);
    const ids = new Set((await showCdrs(router.url)).map(({ id }) => id));
    expect(ids.size).toBe(ROWS);
  });

  it('takes a file that comes by SFTP, and knows the one that has come before', async () => {
    const { port } = new URL(
      String(router.logOf('router.started')[0]?.['sftpUrl']).replace('sftp:', 'http:'),
    );
    const send = (name: string, content: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const client = new ssh2.Client();
        client.once('error', reject).once('ready', () => {
          client.sftp((error, sftp) => {
            if (error) reject(error);
            else
              sftp.writeFile(`/${name}`, content, (failure) => {
                client.end();
                if (failure) reject(failure);
                else resolve();
              });
          });
        });
        client.connect({ host: '127.0.0.1', port: Number(port), username: 'cucm', password: 'hunter2' });
      });
    await send('cdr_Example_01_202611221200_1', fileOf(ROWS));
    await send('cdr_Example_01_202611221201_2', fileOf(ROWS + 1));
    const isLast = (line: LogLine): boolean => line['name'] === 'cdr_Example_01_202611221201_2';
    await until('both are through', () => router.logOf('file.taken').some(isLast), 60_000);
    expect(router.logOf('file.taken').slice(-2)).toMatchObject([
      { name: 'cdr_Example_01_202611221200_1', duplicate: true },
      { name: 'cdr_Example_01_202611221201_2', duplicate: false, cdrs: ROWS + 1 },
    ]);
    expect(await receivedCount(router.url)).toBe(ROWS + 1);
  });
});
