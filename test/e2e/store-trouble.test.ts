import { spawnSync } from 'node:child_process';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Receiver } from '../support/receiver.ts';
import { RouterFolder, RouterProcess, type RunSettings } from '../support/router-process.ts';
import {
  call,
  idsIn,
  pending,
  sendCdr,
  showCdrText,
  showCdrs,
  showDeliveries,
  showStats,
  takenIn,
  type RouterAnswer,
} from './api.ts';
import { PATIENT, until } from './until.ts';

let receiver: Receiver;
let folder: RouterFolder;
/** Every router of a test, so that all are ended after it. */
let routers: RouterProcess[];

beforeEach(async () => {
  receiver = await Receiver.start();
  folder = new RouterFolder([{ id: 'everything', name: 'Everything', url: `${receiver.url}/everything` }]);
  routers = [];
});

afterEach(async () => {
  await Promise.all(routers.map((router) => router.kill()));
  await receiver.close();
  folder.remove();
});

async function start(settings: RunSettings = {}): Promise<RouterProcess> {
  const router = await RouterProcess.start(folder, settings);
  routers.push(router);
  return router;
}

async function allDelivered(router: RouterProcess): Promise<void> {
  await until('nothing is pending', async () => (await pending(router.url)) === 0);
}

/** What a sender has to see to keep the CDR and send it again: RFC 9457 and a Retry-After in seconds. */
function expectComeBackLater(answer: RouterAnswer): void {
  expect(answer.status).toBe(503);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  expect(JSON.parse(answer.text)).toMatchObject({ status: 503, code: 'unavailable' });
}

describe('while another process has the database locked', PATIENT, () => {
  let lock: DatabaseSync;

  function lockDatabase(): void {
    // It has to wait for its turn when the router is just writing.
    lock = new DatabaseSync(folder.databasePath, { timeout: 5_000 });
    lock.exec('BEGIN EXCLUSIVE');
  }

  function unlockDatabase(): void {
    lock.exec('COMMIT');
  }

  afterEach(() => {
    lock.close();
  });

  it('a CDR is answered 503, and taken in and delivered once when it is sent again later', async () => {
    const router = await start();
    const cdrs = [1, 2, 3, 4, 5].map((serial) => `{"serial": ${serial}, "start":1773802408.253776}`);
    lockDatabase();

    const refused = await Promise.all(cdrs.map((cdr) => sendCdr(router.url, cdr)));
    refused.forEach(expectComeBackLater);
    expect((await call(router.url, 'GET', '/healthz')).status).toBe(200);
    expect(await showCdrs(router.url)).toEqual([]);

    unlockDatabase();
    await Promise.all(cdrs.map((cdr) => takenIn(router.url, cdr)));
    await allDelivered(router);
    expect(receiver.requests.map(({ body }) => body).toSorted()).toEqual(
      cdrs.map((cdr) => `{"name":"Everything","meta":{},"cdr":${cdr}}`),
    );
    expect(await showStats(router.url, 'everything')).toMatchObject({ hits: 5, delivered: 5 });
  });

  it('a delivery that ends is put on record later, and not made again', async () => {
    const target = Promise.withResolvers<object>();
    receiver.script = () => target.promise;
    const router = await start();
    await takenIn(router.url, '{"serial":1}');
    await until('the CDR is with the receiver', () => receiver.requests.length === 1);

    lockDatabase();
    target.resolve({});
    await until('the store did not take the outcome', () => router.logOf('store.failed').length > 0);
    expect(await showDeliveries(router.url, 'everything')).toMatchObject([{ state: 'delivering' }]);

    unlockDatabase();
    await allDelivered(router);
    expect(await showDeliveries(router.url, 'everything')).toMatchObject([
      { state: 'delivered', attemptCount: 1, lastStatusCode: 200 },
    ]);
    expect(receiver.requests).toHaveLength(1);
  });
});

/**
 * Writing fails as on a full disk: a limit of the operating system on the size of files stands in for it, because any
 * user may set that, and a small file system only root can mount. SQLite is told EFBIG instead of ENOSPC.
 */
describe.skipIf(process.platform === 'win32')('on a full disk (Windows has no ulimit)', PATIENT, () => {
  const MAX_FILE_BYTES = 2 * 1_048_576;
  /** Far more than fits. */
  const ENOUGH_CDRS = 300;

  function cdrText(serial: number): string {
    return `{"serial":${serial},"transcript":"${'x'.repeat(20_000)}"}`;
  }

  /** Sends CDRs until one is not taken in. Gives the ids of those that were, and the first other answer. */
  async function fill(router: RouterProcess): Promise<{ ids: string[]; refused: RouterAnswer }> {
    const ids: string[] = [];
    while (ids.length < ENOUGH_CDRS) {
      const answer = await sendCdr(router.url, cdrText(ids.length));
      if (answer.status !== 200) return { ids, refused: answer };
      ids.push(...idsIn(answer));
    }
    throw new Error('the disk was never full');
  }

  it('a CDR is answered 503, the router lives on, and everything that was answered 200 is kept', async () => {
    const limited = await start({ maxFileBytes: MAX_FILE_BYTES });
    const { ids, refused } = await fill(limited);
    expect(ids.length).toBeGreaterThan(10);
    expectComeBackLater(refused);
    const next = await Promise.all([1, 2, 3].map((more) => sendCdr(limited.url, cdrText(ids.length + more))));
    next.forEach(expectComeBackLater);
    expect((await call(limited.url, 'GET', '/healthz')).status).toBe(200);
    await until('it is not ready', async () => (await call(limited.url, 'GET', '/readyz')).status === 503);
    await limited.kill();

    const router = await start();
    expect((await showCdrs(router.url)).map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    await allDelivered(router);
    expect(await showStats(router.url, 'everything')).toMatchObject({
      hits: ids.length,
      delivered: ids.length,
    });
    for (const [serial, id] of ids.entries()) {
      expect((await showCdrText(router.url, id)).endsWith(`,"cdr":${cdrText(serial)}}`)).toBe(true);
    }
  });

  it('the refusal of a CDR is in the log and in the metrics', async () => {
    // The delivery of a CDR can be refused too, so that it is not left to chance which of them is logged.
    folder.writeRules('{ "webhooks": [] }');
    const router = await start({ maxFileBytes: MAX_FILE_BYTES });
    await fill(router);

    const metrics = await call(router.url, 'GET', '/metrics');
    const failures = /^hookswitch_store_failures_total (\d+)$/m.exec(metrics.text)?.[1];
    expect(Number(failures)).toBeGreaterThan(0);
    await until('it is in the log', () => router.logOf('store.failed').length > 0);
  });

  it.skipIf(spawnSync('prlimit', ['--version']).status !== 0)(
    'the same router takes CDRs again when there is room (needs prlimit of util-linux to make room)',
    async () => {
      const router = await start({ maxFileBytes: MAX_FILE_BYTES });
      const { ids } = await fill(router);
      const isReady = async (): Promise<boolean> => (await call(router.url, 'GET', '/readyz')).status === 200;
      await until('it is not ready', async () => !(await isReady()));
      spawnSync('prlimit', ['--pid', String(router.pid), '--fsize=unlimited']);
      await until('it is ready', isReady);

      ids.push(await takenIn(router.url, cdrText(ids.length)));
      await allDelivered(router);
      expect((await showCdrs(router.url)).map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      expect(await showStats(router.url, 'everything')).toMatchObject({
        hits: ids.length,
        delivered: ids.length,
      });
    },
  );
});

describe('a second router on the same data directory', PATIENT, () => {
  it('is refused while the first one works on, and starts as soon as that one is gone', async () => {
    const first = await start();
    const second = RouterProcess.launch(folder);
    routers.push(second);

    expect(await second.exit).toEqual({ code: 1, signal: null });
    expect(second.errorText).toContain(
      `another Hookswitch is using the data directory ${folder.dataDirectory}; HOOKSWITCH_DATA names another`,
    );
    expect(second.errorText).not.toContain('    at ');
    await takenIn(first.url, '{"serial":1}');
    await allDelivered(first);
    expect(receiver.requests).toHaveLength(1);

    await first.kill();
    const third = await start();
    expect(await showCdrs(third.url)).toHaveLength(1);
  });
});
