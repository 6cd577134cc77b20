import { randomBytes } from 'node:crypto';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { PostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { querySchema } from '../support/postgres.ts';
import { answered, delivered, leased, only, waiting } from '../support/store-samples.ts';
import { describePostgres, newCdr, openPostgres, temporarySchema } from '../support/store-postgres.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

describePostgres('a PostgreSQL that is in trouble', (serverUrl) => {
  /** A store whose connections go through a proxy. */
  async function openThroughProxy(): Promise<{ store: PostgresStore; proxy: TcpProxy; url: string }> {
    const url = temporarySchema(serverUrl);
    const proxied = new URL(url);
    const proxy = await TcpProxy.open(Number(proxied.port) || 5432);
    onTestFinished(() => proxy.close());
    proxied.port = String(proxy.port);
    return { store: await openPostgres(proxied.href), proxy, url };
  }

  /** Does something as often as it takes until the store is available again. */
  async function untilAvailable<Result>(work: () => Promise<Result>): Promise<Result> {
    const results: Result[] = [];
    const succeeds = async (): Promise<void> => {
      results.push(await work());
    };
    await vi.waitFor(succeeds, { timeout: 15_000, interval: 50 });
    return results.at(-1) as Result;
  }

  /** Whether a message holds a text: a part of a statement that is sent for the first time, or a parameter. */
  const holding = (text: string) => (sent: Buffer) => sent.includes(text);

  it('rejects while connections are broken, and mends itself', async () => {
    const { store, proxy } = await openThroughProxy();
    const cdr = newCdr({ hits: waiting('crm') });
    await store.accept([newCdr()]);
    const broken = Promise.allSettled([store.accept([cdr]), store.due('', 10), store.cdrs({ limit: 1 })]);
    proxy.cut();
    for (const answer of await broken) {
      if (answer.status === 'rejected') expect(answer.reason).toBeInstanceOf(StoreUnavailableError);
    }

    await untilAvailable(() => store.accept([cdr]));
    expect((await store.stats(['crm'])).get('crm')).toMatchObject({ hits: 1, pending: 1 });
  });

  it('keeps no connection that an administrator has ended', async () => {
    const url = new URL(temporarySchema(serverUrl));
    url.searchParams.set('application_name', 'ended by its administrator');
    const store = await openPostgres(url.href);
    await store.accept([newCdr()]);
    const ended = await querySchema(
      serverUrl,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ended by its administrator'`,
    );
    expect(ended).toHaveLength(1);

    await untilAvailable(() => store.accept([newCdr()]));
  });

  it('knows a CDR again whose acceptance was never told', async () => {
    const { store, proxy } = await openThroughProxy();
    const cdr = newCdr({ hits: leased('crm') });
    proxy.dropAnswerTo(holding(cdr.raw));
    await expect(store.accept([cdr])).rejects.toThrow(StoreUnavailableError);
    const [again] = await untilAvailable(() => store.accept([cdr]));

    expect(again).toMatchObject({ duplicate: true });
    expect(await store.cdr(again?.id ?? '')).toMatchObject({ raw: cdr.raw, hits: 1 });
    expect((await store.stats(['crm'])).get('crm')).toMatchObject({ hits: 1, pending: 1 });
  });

  it('does not take a CDR for its own duplicate when part of a batch has to be done again', async () => {
    const url = temporarySchema(serverUrl);
    const store = await openPostgres(url);
    await querySchema(url, 'CREATE SEQUENCE taken');
    await querySchema(
      url,
      `CREATE FUNCTION deadlock() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF nextval('taken') = 2 THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END IF;
         RETURN NEW;
       END $$`,
    );
    await querySchema(
      url,
      'CREATE TRIGGER deadlock BEFORE INSERT ON fingerprints FOR EACH ROW EXECUTE FUNCTION deadlock()',
    );
    const cdr = newCdr({ hits: leased('crm') });
    // The second comes after the first one's commit, and meets the deadlock.
    const [first, second] = await store.accept([cdr, cdr]);

    expect(first).toMatchObject({ duplicate: false, leases: [{ webhookId: 'crm', number: 1 }] });
    expect(second).toEqual({ id: first?.id, duplicate: true, leases: [] });
    expect(await store.cdrs({ limit: 10 })).toMatchObject([{ id: first?.id, hits: 1 }]);
  });

  it('does not take a CDR for its own duplicate when another one of its batch cannot be written', async () => {
    const store = await openPostgres(temporarySchema(serverUrl));
    const cdr = newCdr({ hits: leased('crm') });
    const [first, second] = await Promise.allSettled([
      store.accept([cdr]),
      store.accept([{ ...cdr, receivedAtMs: Number.NaN }]),
    ]);

    expect(first).toMatchObject({ value: [{ duplicate: false, leases: [{ webhookId: 'crm' }] }] });
    expect(second.status).toBe('rejected');
  });

  it('settles once what it was never told to be settled', async () => {
    const { store, proxy } = await openThroughProxy();
    const { leases } = only(await store.accept([newCdr({ hits: leased('crm') })]));
    const settlement = delivered(only(leases), [answered(503), answered(200)]);
    proxy.dropAnswerTo(holding('answer 503'));
    await expect(store.settle([settlement])).rejects.toThrow(StoreUnavailableError);
    expect(await untilAvailable(() => store.settle([settlement]))).toEqual(leases);

    const found = await store.delivery(only(leases).deliveryId);
    expect(found?.delivery).toMatchObject({ state: 'delivered', attempts: 2 });
    expect(found?.attempts.map(({ status }) => status)).toEqual([503, 200]);
    expect((await store.stats(['crm'])).get('crm')).toMatchObject({ hits: 1, pending: 0, delivered: 1 });
  });

  it('lets the other nodes renew their leases first when it was away', async () => {
    const { store, proxy, url } = await openThroughProxy();
    const other = await openPostgres(url, { leaseMs: 1 });
    const { leases } = only(await other.accept([newCdr({ hits: leased('crm') })]));
    proxy.refuse();
    await expect(store.due('', 1)).rejects.toThrow(StoreUnavailableError);
    proxy.accept();
    expect(await untilAvailable(() => store.due('', 1))).toMatchObject({ webhooks: [] });
    expect(await other.delivery(only(leases).deliveryId)).toMatchObject({
      delivery: { state: 'delivering' },
    });

    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 3_000);
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    expect(await store.due('', 1)).toMatchObject({ webhooks: [{ webhookId: 'crm' }] });
    expect(await other.renew(leases)).toEqual(leases);
  });

  it('rejects what it cannot do in time, also what waits behind it, and goes on when it is thawed', async () => {
    const { store, proxy } = await openThroughProxy();
    const { leases } = only(await store.accept([newCdr({ hits: leased('crm') })]));
    proxy.freeze();
    const beganMs = performance.now();
    const answers = await Promise.allSettled([
      store.accept([newCdr()]),
      store.settle(leases.map((lease) => delivered(lease))),
      store.due('', 1),
      store.pending(),
      new Promise(setImmediate).then(() => store.accept([newCdr()])),
    ]);
    const tookMs = performance.now() - beganMs;
    const connections = proxy.connections;
    proxy.thaw();

    for (const answer of answers) {
      expect(answer).toMatchObject({ reason: expect.any(StoreUnavailableError) as unknown });
    }
    expect(tookMs).toBeLessThan(15_000);
    expect(connections).toBeLessThan(20);
    await untilAvailable(() => store.settle(leases.map((lease) => delivered(lease))));
    expect((await store.stats(['crm'])).get('crm')).toMatchObject({ delivered: 1, pending: 0 });
  });

  it('is not asked without end while it is away', async () => {
    const { store, proxy } = await openThroughProxy();
    proxy.refuse();
    const before = proxy.connections;
    const untilMs = performance.now() + 500;
    let rejected = 0;
    while (performance.now() < untilMs) {
      await expect(store.accept([newCdr()])).rejects.toThrow(StoreUnavailableError);
      rejected += 1;
    }

    // A pause of 200 ms lets three or four through.
    expect(proxy.connections - before).toBeLessThan(10);
    expect(rejected).toBeGreaterThan(20);
  });

  it.each([
    ['cannot be written', { receivedAtMs: Number.NaN }],
    ['is too long for an index', { identity: randomBytes(8_192).toString('base64') }],
  ])('does not let one call that %s fail the others', async (_what, members) => {
    const store = await openPostgres(temporarySchema(serverUrl));
    const answers = await Promise.allSettled([
      store.accept([newCdr({ hits: waiting('crm') })]),
      store.accept([newCdr(members)]),
      store.accept([newCdr({ hits: waiting('crm') })]),
    ]);

    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(answers[1]).toMatchObject({ reason: expect.any(StoreUnavailableError) as unknown });
    expect((await store.stats(['crm'])).get('crm')).toMatchObject({ hits: 2 });
  });
});
