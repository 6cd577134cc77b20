import { once } from 'node:events';
import { Agent, request as openRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Receiver, type Reaction } from '../support/receiver.ts';
import { RouterFolder, RouterProcess } from '../support/router-process.ts';
import { pending, sendCdr, showDeliveries, showStats, takenIn } from './api.ts';
import { PATIENT, until } from './until.ts';

/** Starting a process and ending one takes its time on a busy machine. */
const A_FEW_SECONDS_MS = 5_000;
const CONCURRENCY = 4;

let receiver: Receiver;
let folder: RouterFolder;
let router: RouterProcess;

beforeEach(async () => {
  receiver = await Receiver.start();
  const url = `${receiver.url}/slow`;
  folder = new RouterFolder([{ id: 'slow', name: 'Slow', url, concurrency: CONCURRENCY, timeoutMs: 60_000 }]);
});

afterEach(async () => {
  await router.kill();
  await receiver.close();
  folder.remove();
});

async function start(graceSeconds: number): Promise<void> {
  router = await RouterProcess.start(folder, {
    environment: { HOOKSWITCH_SHUTDOWN_GRACE_SECONDS: String(graceSeconds) },
  });
}

function serialIn(body: string): number {
  return (JSON.parse(body) as { cdr: { serial: number } }).cdr.serial;
}

/** The serial numbers of the CDRs that came, in the order in which they came. */
function arrived(): number[] {
  return receiver.requests.map(({ body }) => serialIn(body));
}

/** Has the receiver hold every request until the test answers it, by the serial number of its CDR. */
function holdRequests(): Map<number, (reaction: Reaction) => void> {
  const held = new Map<number, (reaction: Reaction) => void>();
  receiver.script = ({ body }) => {
    const { promise, resolve } = Promise.withResolvers<Reaction>();
    held.set(serialIn(body), resolve);
    return promise;
  };
  return held;
}

async function stopping(): Promise<void> {
  await until('the router is stopping', () => router.logOf('router.stopping').length > 0);
}

/** Sends further CDRs until there is nobody who takes them, and gives the number of those taken in. */
async function sendUntilRefused(firstSerial: number): Promise<number> {
  let taken = 0;
  await until('nobody takes CDRs', async () => {
    const answer = await sendCdr(router.url, `{"serial":${firstSerial + taken}}`).catch(() => undefined);
    if (answer?.status === 200) taken += 1;
    return answer === undefined;
  });
  return taken;
}

/** Begins to hand a CDR in and waits until the router has the head of the request. */
async function beginToSend(length: number, agent: Agent): Promise<ClientRequest> {
  const headers = { 'content-length': length, expect: '100-continue' };
  const request = openRequest(`${router.url}/cdr/generic`, { method: 'POST', agent, headers });
  request.flushHeaders();
  await once(request, 'continue');
  return request;
}

async function answerTo(request: ClientRequest): Promise<{ status: number | undefined; body: string }> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

describe('a router that is told to stop', PATIENT, () => {
  it('ends what can be ended within the grace, and gives the rest back for the next start', async () => {
    const graceSeconds = 2;
    const held = holdRequests();
    await start(graceSeconds);
    for (let serial = 0; serial < 10; serial += 1) await takenIn(router.url, `{"serial":${serial}}`);
    await until('the receiver has all it may have at once', () => held.size === CONCURRENCY);
    const underWay = arrived();
    const [first = -1, second = -1, ...cutOff] = underWay;

    const toldAtMs = Date.now();
    const exit = router.terminate();
    await stopping();
    const count = 10 + (await sendUntilRefused(10));
    held.get(first)?.({});
    held.get(second)?.({});

    expect(await exit).toEqual({ code: 0, signal: null });
    expect(Date.now() - toldAtMs).toBeLessThan(graceSeconds * 1_000 + A_FEW_SECONDS_MS);
    expect(router.log.at(-1)).toMatchObject({ event: 'router.stopped' });
    expect(arrived()).toEqual(underWay);

    receiver.script = () => ({});
    await start(graceSeconds);
    await until('nothing is pending', async () => (await pending(router.url)) === 0);
    const all = Array.from({ length: count }, (_, serial) => serial);
    expect(arrived().toSorted((a, b) => a - b)).toEqual([...all, ...cutOff].toSorted((a, b) => a - b));
    expect(await showStats(router.url, 'slow')).toMatchObject({ hits: count, delivered: count, failed: 0 });
    for (const serial of cutOff) {
      const ids = receiver.requests
        .filter(({ body }) => serialIn(body) === serial)
        .map(({ headers }) => headers['webhook-id']);
      expect(ids[0]).toBeTypeOf('string');
      expect(ids[1]).toBe(ids[0]);
    }
  });

  it('does not wait for the end of the grace when everything has ended', async () => {
    const graceSeconds = 30;
    const held = holdRequests();
    await start(graceSeconds);
    await takenIn(router.url, '{"serial":0}');
    await until('the CDR is with the receiver', () => held.size === 1);

    const toldAtMs = Date.now();
    const exit = router.terminate();
    await stopping();
    held.get(0)?.({});

    expect(await exit).toEqual({ code: 0, signal: null });
    expect(Date.now() - toldAtMs).toBeLessThan((graceSeconds * 1_000) / 2);
    await start(graceSeconds);
    expect(await showDeliveries(router.url, 'slow')).toMatchObject([{ state: 'delivered', attemptCount: 1 }]);
    expect(receiver.requests).toHaveLength(1);
  });

  it('takes in the CDR that a sender has begun to hand in, and relays it after the next start', async () => {
    const cdr = '{"serial":7}';
    await start(30);
    const request = await beginToSend(cdr.length, new Agent());
    request.write(cdr.slice(0, 5));

    const exit = router.terminate();
    await stopping();
    await sendUntilRefused(8);
    request.end(cdr.slice(5));
    expect(await answerTo(request)).toMatchObject({ status: 200 });

    expect(await exit).toEqual({ code: 0, signal: null });
    await start(30);
    await until('the CDR is relayed', () => arrived().includes(7));
    await until('nothing is pending', async () => (await pending(router.url)) === 0);
  });

  it('takes nothing more over a connection that its sender keeps open', async () => {
    const cdr = '{"serial":7}';
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await start(30);
    const request = await beginToSend(cdr.length, agent);

    const toldAtMs = Date.now();
    const exit = router.terminate();
    await stopping();
    request.end(cdr);
    expect(await answerTo(request)).toMatchObject({ status: 200 });
    const next = openRequest(`${router.url}/cdr/generic`, { method: 'POST', agent }).end('{"serial":8}');
    const status = await answerTo(next).then(
      (answer) => answer.status,
      () => 'refused',
    );

    expect(['refused', 503]).toContain(status);
    expect(await exit).toEqual({ code: 0, signal: null });
    expect(Date.now() - toldAtMs).toBeLessThan(A_FEW_SECONDS_MS);
  });

  it('does not wait longer than the grace for a sender that never finishes', async () => {
    const graceSeconds = 1;
    await start(graceSeconds);
    const request = await beginToSend(100, new Agent());
    request.on('error', () => undefined);

    const toldAtMs = Date.now();
    expect(await router.terminate()).toEqual({ code: 0, signal: null });
    expect(Date.now() - toldAtMs).toBeLessThan(graceSeconds * 1_000 + A_FEW_SECONDS_MS);
  });
});

it('a router that npm runs stops in order when the shell between them is ended', PATIENT, async () => {
  router = await RouterProcess.start(folder, {
    inShell: true,
    environment: { npm_lifecycle_event: 'start' },
  });
  // The shell's; its output ends with that of the router.
  expect(await router.terminate()).toEqual({ code: null, signal: 'SIGTERM' });
  expect(router.log.at(-1)).toMatchObject({ event: 'router.stopped' });
});
