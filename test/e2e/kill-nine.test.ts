import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Receiver, type ReceivedRequest } from '../support/receiver.ts';
import { RouterFolder, RouterProcess } from '../support/router-process.ts';
import { idsIn, pending, receivedCount, sendCdr, showCdrs, showDeliveries, showStats } from './api.ts';
import { until } from './until.ts';

const CDRS = 1_500;
const CLIENTS = 16;
const KILLS = 5;
/** A kill costs a client one send; what is over that is patience with 503. */
const MAX_SENDS = 4 * KILLS;

/** Set HOOKSWITCH_TEST_SEED to kill at the same stages of the work again. */
const SEED = Number(process.env['HOOKSWITCH_TEST_SEED'] ?? Date.now() % 1_000_000);
const SEEDED = `with HOOKSWITCH_TEST_SEED=${SEED}`;

const EVERYTHING = { id: 'everything', name: 'Everything', meta: { event: 'any' }, concurrency: 16 };
const SALES = {
  id: 'sales',
  name: 'Sales',
  meta: { queue: { name: 'Büro', level: 2 } },
  concurrency: 8,
  conditions: [{ '==': [{ var: 'team' }, 'sales'] }],
};

function isSales(serial: number): boolean {
  return serial % 3 === 0;
}

const ALL_SERIALS = Array.from({ length: CDRS }, (_, serial) => serial);
const SALES_SERIALS = ALL_SERIALS.filter(isSales);

/** A CDR as no JSON printer writes it: spaces, escapes, and numbers whose digits JavaScript cannot hold. */
function cdrText(serial: number): string {
  const callId = 9_007_199_254_740_993_000n + BigInt(serial);
  const team = isSales(serial) ? 'sales' : 'support';
  return `{"serial":${serial},  "callId": ${callId},"start" :1773802408.253776, "cost":1.50,"team":"${team}","note":"caf\\u00e9 ☎ \\/ ü" }`;
}

/** Mulberry32: random numbers from 0 to 1, the same ones for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A router that is killed and started again on the same data. */
class MortalRouter {
  readonly #folder: RouterFolder;
  #life: Promise<RouterProcess>;

  constructor(folder: RouterFolder) {
    this.#folder = folder;
    this.#life = RouterProcess.start(folder);
  }

  /** Where it listens, as soon as it does: another port in each life. */
  async url(): Promise<string> {
    return (await this.#life).url;
  }

  async killAndStart(): Promise<void> {
    const router = await this.#life;
    this.#life = router.kill().then(() => RouterProcess.start(this.#folder));
    await this.#life;
  }

  async kill(): Promise<void> {
    await (await this.#life).kill();
  }
}

/** Sends all CDRs, each again and again until it is answered 200, and never after that. */
class Senders {
  /** The ids of the CDRs that were answered 200, by serial number. */
  readonly answered = new Map<number, string>();
  readonly #router: MortalRouter;

  constructor(router: MortalRouter) {
    this.#router = router;
  }

  /** Many clients send at once, each one CDR at a time. */
  async sendAll(): Promise<void> {
    const clients = Array.from({ length: CLIENTS }, (_, client) => client);
    await Promise.all(clients.map((client) => this.#sendShare(client)));
  }

  async #sendShare(client: number): Promise<void> {
    for (let serial = client; serial < CDRS; serial += CLIENTS) {
      this.answered.set(serial, await this.#sendUntilAnswered(serial));
    }
  }

  async #sendUntilAnswered(serial: number): Promise<string> {
    for (let sends = 0; sends < MAX_SENDS; sends += 1) {
      const url = await this.#router.url();
      // A connection that breaks before the answer tells nothing, so the sender has to send again.
      const answer = await sendCdr(url, cdrText(serial)).catch(() => undefined);
      if (answer?.status === 200) return idsIn(answer).join();
      if (answer !== undefined && answer.status !== 503)
        throw new Error(`CDR ${serial} was answered ${answer.status}: ${answer.text}`);
    }
    throw new Error(`CDR ${serial} was sent ${MAX_SENDS} times and never answered 200`);
  }
}

/** Kills at random stages of the work, one in each equal part of it. */
async function killAtRandom(
  router: MortalRouter,
  random: () => number,
  done: () => number,
  whole: number,
): Promise<void> {
  for (let kill = 0; kill < KILLS; kill += 1) {
    const stage = Math.floor(((kill + random()) / KILLS) * whole * 0.95);
    await until(`${stage} of ${whole} answers and deliveries`, () => done() >= stage, 30_000);
    await router.killAndStart();
  }
}

/** The requests that brought each CDR, by serial number. */
function arrivals(requests: readonly ReceivedRequest[]): Map<number, ReceivedRequest[]> {
  return Map.groupBy(requests, ({ body }) => (JSON.parse(body) as { cdr: { serial: number } }).cdr.serial);
}

function webhookIds(requests: readonly ReceivedRequest[]): string[] {
  return [...new Set(requests.map(({ headers }) => String(headers['webhook-id'])))];
}

function inOrder(numbers: Iterable<number>): number[] {
  return [...numbers].toSorted((a, b) => a - b);
}

describe(`a router that is killed ${KILLS} times while ${CLIENTS} clients send ${CDRS} CDRs`, () => {
  let folder: RouterFolder;
  let receiver: Receiver;
  let router: MortalRouter;
  let senders: Senders;
  let url: string;

  async function sendAndKill(): Promise<void> {
    const random = randomFrom(SEED);
    const whole = ALL_SERIALS.length + ALL_SERIALS.length + SALES_SERIALS.length;
    receiver.script = () => ({ delayMs: Math.floor(random() * 6) });
    const done = (): number => senders.answered.size + receiver.requests.length;
    await Promise.all([senders.sendAll(), killAtRandom(router, random, done, whole)]);
    url = await router.url();
    await until('nothing is pending', async () => (await pending(url)) === 0, 20_000);
  }

  beforeAll(async () => {
    receiver = await Receiver.start();
    const webhooks = [EVERYTHING, SALES].map((one) => ({ ...one, url: `${receiver.url}/${one.id}` }));
    folder = new RouterFolder(webhooks);
    router = new MortalRouter(folder);
    senders = new Senders(router);
    await sendAndKill().catch((error: unknown) => {
      throw new Error(`failed ${SEEDED}`, { cause: error });
    });
  }, 120_000);

  afterAll(async () => {
    await router.kill();
    await receiver.close();
    folder.remove();
  });

  it('has every CDR that was answered 200, and each once', async () => {
    const told = [...senders.answered.values()].toSorted();
    const kept = (await showCdrs(url)).map(({ id }) => id).toSorted();

    expect(told, SEEDED).toHaveLength(CDRS);
    expect(kept, SEEDED).toEqual(told);
    expect(await receivedCount(url), SEEDED).toBe(CDRS);
  });

  describe.each([
    { webhook: EVERYTHING, serials: ALL_SERIALS },
    { webhook: SALES, serials: SALES_SERIALS },
  ])('its webhook $webhook.id', ({ webhook, serials }) => {
    it('got every CDR that it matches and no other', () => {
      const got = arrivals(receiver.to(`/${webhook.id}`));

      expect(inOrder(got.keys()), SEEDED).toEqual(serials);
    });

    it('got each CDR byte for byte as it was sent', () => {
      const head = `{"name":${JSON.stringify(webhook.name)},"meta":${JSON.stringify(webhook.meta)},"cdr":`;
      const changed = [...arrivals(receiver.to(`/${webhook.id}`))].flatMap(([serial, requests]) =>
        requests.map(({ body }) => body).filter((body) => body !== `${head}${cdrText(serial)}}`),
      );

      expect(changed, SEEDED).toEqual([]);
    });

    it('got repeats only of what was under way at a kill, under the same webhook-id', () => {
      const requests = receiver.to(`/${webhook.id}`);
      const got = arrivals(requests);
      const underSeveralIds = [...got].filter(([, repeats]) => webhookIds(repeats).length > 1);

      expect(underSeveralIds, SEEDED).toEqual([]);
      expect(webhookIds(requests), SEEDED).toHaveLength(serials.length);
      // As much as may be under way, and as much again that was sent and not yet on record.
      expect(requests.length - serials.length, SEEDED).toBeLessThanOrEqual(KILLS * 2 * webhook.concurrency);
    });

    it('counts each CDR as one hit and one delivery', async () => {
      const deliveries = await showDeliveries(url, webhook.id);
      const delivered = deliveries.filter(({ state }) => state === 'delivered').map(({ cdrId }) => cdrId);
      const told = serials.map((serial) => senders.answered.get(serial));

      expect(delivered.toSorted(), SEEDED).toEqual(told.toSorted());
      expect(deliveries, SEEDED).toHaveLength(serials.length);
      expect(await showStats(url, webhook.id), SEEDED).toMatchObject({
        hits: serials.length,
        delivered: serials.length,
        failed: 0,
        cancelled: 0,
        pending: 0,
      });
    });
  });
});
