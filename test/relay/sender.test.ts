import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AttemptResult } from '../../src/relay/attempt-result.ts';
import { TransportError } from '../../src/relay/transport.ts';
import type { Webhook } from '../../src/webhooks/webhook.ts';
import { makeSender } from '../support/make-sender.ts';
import { ScriptedTransport, type Reply } from '../support/scripted-transport.ts';
import { storedCdr, webhookWith } from '../support/webhooks.ts';

const NOW = new Date('2026-11-21T12:00:00.900Z');

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, fakeNodeBuiltins: true });
  // The longest wait that chance can make of a burst is twice the shortest.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
});

interface Sending {
  readonly attempts: AttemptResult[];
  /** What was told as it happened. */
  readonly told: AttemptResult[];
}

/** Sends one CDR, the clock running on, and gives what happened. */
async function send(
  transport: ScriptedTransport,
  webhook: Webhook,
  signal = new AbortController().signal,
): Promise<Sending> {
  const told: AttemptResult[] = [];
  const sending = makeSender({ transport }).send(webhook, storedCdr(), {
    onAttempt: (attempt) => void told.push(attempt),
    permit: { mayRepeat: () => true, begin: () => undefined },
    signal,
  });
  await vi.runAllTimersAsync();
  return { attempts: await sending, told };
}

function replying(...replies: Reply[]): ScriptedTransport {
  return new ScriptedTransport((_request, number) => replies[number - 1] ?? replies.at(-1) ?? 200);
}

function statusesOf({ attempts }: Sending): (number | undefined)[] {
  return attempts.map(({ status }) => status);
}

describe('a burst', () => {
  const webhook = webhookWith({ retry: { burst: 2, schedule: [5] } });

  test('is over with the first success', async () => {
    const sending = await send(replying(200), webhook);
    expect(statusesOf(sending)).toEqual([200]);
  });

  test('repeats what is worth another try, half a second apart and doubling', async () => {
    const transport = replying(503, 429, 200);
    expect(statusesOf(await send(transport, webhook))).toEqual([503, 429, 200]);
    expect(transport.requests.map(({ atMs }) => atMs - NOW.getTime())).toEqual([0, 500, 1_500]);
  });

  test('adds as much again by chance at most', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.999_999);
    const transport = replying(503);
    await send(transport, webhook);
    expect(transport.requests.map(({ atMs }) => atMs - NOW.getTime())).toEqual([0, 1_000, 3_000]);
  });

  test('ends after as many further attempts as the webhook allows', async () => {
    const transport = replying(503);
    expect(statusesOf(await send(transport, webhook))).toEqual([503, 503, 503]);
    expect(statusesOf(await send(replying(503), webhookWith({ retry: { burst: 0 } })))).toEqual([503]);
  });

  test('does not repeat a final refusal or a redirect', async () => {
    expect(statusesOf(await send(replying(404, 200), webhook))).toEqual([404]);
    expect(statusesOf(await send(replying(301, 200), webhook))).toEqual([301]);
  });

  test('does not press a target that asks for more time than the burst takes', async () => {
    const asking = (seconds: string): Reply => ({ status: 503, headers: { 'retry-after': seconds } });
    const sending = await send(replying(asking('1'), 200), webhook);
    expect(statusesOf(sending)).toEqual([503]);
    expect(sending.attempts).toMatchObject([{ retryAfterMs: 1_000 }]);
    expect(statusesOf(await send(replying(asking('0'), 200), webhook))).toEqual([503, 200]);
  });

  test('goes on when Retry-After says nothing usable', async () => {
    expect(
      statusesOf(await send(replying({ status: 503, headers: { 'retry-after': 'soon' } }, 200), webhook)),
    ).toEqual([503, 200]);
  });

  test('tells of each attempt as it ends, with when and how long', async () => {
    const transport = new ScriptedTransport(async (_request, number) => {
      await new Promise((resolve) => setTimeout(resolve, 70));
      return number === 1 ? { status: 500, body: 'oops' } : 200;
    });
    const { attempts, told } = await send(transport, webhook);
    expect(told).toEqual(attempts);
    expect(attempts).toMatchObject([
      { startedAtMs: NOW.getTime(), durationMs: 70, status: 500, excerpt: 'oops' },
      { startedAtMs: NOW.getTime() + 570, durationMs: 70, status: 200 },
    ]);
  });
});

describe('what goes wrong is an attempt', () => {
  const once = webhookWith({ retry: { burst: 0 } });

  test('no connection is recorded with its code and repeated', async () => {
    const refused = new TransportError('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:9');
    const sending = await send(replying(refused, 200), webhookWith({ retry: { burst: 1 } }));
    expect(sending.attempts).toMatchObject([
      { error: { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:9' } },
      { status: 200 },
    ]);
    expect(sending.attempts[0]).not.toHaveProperty('status');
  });

  test('a target that never answers is a timeout after the webhook timeout', async () => {
    const { attempts } = await send(replying('hang'), webhookWith({ retry: { burst: 0 }, timeoutMs: 3_000 }));
    expect(attempts).toMatchObject([{ durationMs: 3_000, error: { code: 'ETIMEDOUT' } }]);
  });

  test.each([new TypeError('boom: secret'), new RangeError('boom: secret')])(
    'an unexpected %s does not escape, and its message is not kept',
    async (error) => {
      const { attempts } = await send(replying(error), once);
      expect(attempts).toMatchObject([{ error: { code: 'ERR_NOT_SENT' } }]);
      expect(JSON.stringify(attempts)).not.toContain('secret');
    },
  );
});

describe('the settings of the webhook decide what an attempt means', () => {
  const retry = { burst: 2 };

  test('and so whether it is repeated', async () => {
    const throttled = { status: 403, body: '[{"errorCode":"REQUEST_LIMIT_EXCEEDED"}]' };
    const when = { '==': [{ var: 'body.0.errorCode' }, 'REQUEST_LIMIT_EXCEEDED'] };
    const sending = await send(
      replying(throttled, 409),
      webhookWith({ retry: { ...retry, when }, successOn: [409] }),
    );
    expect(sending.attempts.map(({ verdict }) => verdict)).toEqual(['retry', 'delivered']);
  });

  test('and why an answer of a status of success is none', async () => {
    const successWhen = { '==': [{ var: 'body.ok' }, true] };
    const { attempts } = await send(replying({ body: '{"ok":false}' }), webhookWith({ retry, successWhen }));
    expect(attempts).toMatchObject([
      {
        ...{ status: 200, excerpt: '{"ok":false}', verdict: 'failed' },
        error: { code: 'ERR_NOT_SUCCESS', message: 'HTTP 200, but successWhen does not hold for the answer' },
      },
    ]);
  });

  test('a target that is gone is not asked again', async () => {
    const { attempts } = await send(replying(410, 200), webhookWith({ retry }));
    expect(attempts).toMatchObject([{ status: 410, verdict: 'gone' }]);
  });

  test('an address that is refused is not tried again in the burst', async () => {
    const refused = new TransportError('ERR_ADDRESS_REFUSED', '10.0.0.1 is a private address');
    const { attempts } = await send(replying(refused, 200), webhookWith({ retry }));
    expect(attempts).toMatchObject([{ verdict: 'retry', error: { code: 'ERR_ADDRESS_REFUSED' } }]);
  });

  test('a request that was sent whole is repeated unless that is ambiguous to the webhook, and that is told', async () => {
    const sent = new TransportError('ETIMEDOUT', 'no answer within 15000 ms', true);
    expect(statusesOf(await send(replying(sent, 200), webhookWith({ retry })))).toEqual([undefined, 200]);
    const { attempts } = await send(
      replying(sent, 200),
      webhookWith({ retry: { ...retry, ambiguous: false } }),
    );
    expect(attempts).toMatchObject([
      {
        verdict: 'failed',
        error: { code: 'ETIMEDOUT', message: 'no answer within 15000 ms; the request was sent whole' },
      },
    ]);
    const unsent = new TransportError('ETIMEDOUT', 'no answer within 15000 ms');
    const again = await send(replying(unsent, 200), webhookWith({ retry: { ...retry, ambiguous: false } }));
    expect(statusesOf(again)).toEqual([undefined, 200]);
  });
});

describe('a stop', () => {
  const webhook = webhookWith({ retry: { burst: 2 } });

  async function stopAfter(ms: number, transport: ScriptedTransport): Promise<Sending> {
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort(new Error('the router is stopping'));
    }, ms);
    return send(transport, webhook, controller.signal);
  }

  test('cuts off the attempt under way, which is on record as that', async () => {
    const transport = replying('hang');
    const { attempts, told } = await stopAfter(100, transport);
    expect(attempts).toMatchObject([{ error: { code: 'ERR_CUT_OFF' } }]);
    expect(told).toEqual(attempts);
    expect(transport.requests).toHaveLength(1);
  });

  test('between two attempts of a burst keeps the first and makes no second', async () => {
    const transport = replying(503);
    expect(statusesOf(await stopAfter(100, transport))).toEqual([503]);
    expect(transport.requests).toHaveLength(1);
  });

  test('during the second attempt keeps both', async () => {
    const transport = replying(503, 'hang');
    expect(statusesOf(await stopAfter(700, transport))).toEqual([503, undefined]);
    expect(transport.requests).toHaveLength(2);
  });

  test('that came before makes no attempt at all', async () => {
    const transport = replying(200);
    const sending = await send(transport, webhook, AbortSignal.abort(new Error('stopping')));
    expect(sending.attempts).toEqual([]);
    expect(transport.requests).toEqual([]);
  });
});
