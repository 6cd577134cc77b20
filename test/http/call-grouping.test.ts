import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { compileCondition } from '../../src/cdr/mapping/expression.ts';
import { fieldOf, type Cdr } from '../../src/cdr/cdr.ts';
import type { Grouping } from '../../src/cdr/legs.ts';
import { compileRedaction } from '../../src/cdr/redaction.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { postBytes, startApp, type AppSettings, type TestApp } from '../support/app.ts';

/** Calls wait for no more than is here already, so that a test need not wait. */
const GROUPING: Grouping = { by: 'call', waitMs: 0, maxLegs: 10 };
const PATIENT: Grouping = { ...GROUPING, waitMs: 3_600_000 };

const CRM = { id: 'crm', name: 'CRM', url: 'https://crm.test/in' };

async function take({ app }: TestApp, raw: string): Promise<string[]> {
  const response = await postBytes(app, '/cdr/pbx', raw).expect(200);
  return (response.body as { ids: string[] }).ids;
}

async function released(started: TestApp): Promise<string[]> {
  await started.callRelease.releaseDue();
  await started.idle();
  return (await started.store.cdrs({ limit: 10 })).map(({ raw }) => raw);
}

function start(grouping: Grouping, settings: AppSettings = {}): Promise<TestApp> {
  return startApp({ sources: { pbx: { grouping } }, ...settings });
}

function until(when: Parameters<typeof compileCondition>[0]): Grouping['isLast'] {
  const holds = compileCondition(when, '');
  return (leg: Cdr) => holds({ zone: undefined, value: (path) => fieldOf(leg, path) });
}

describe('the legs of a call', () => {
  test('become one CDR that is matched and sent once, their texts as they came', async () => {
    const conditions = [{ some: [{ var: 'legs' }, { '==': [{ var: 'result' }, 'answered'] }] }];
    const started = await start(GROUPING, { webhooks: [{ ...CRM, conditions }] });
    const legs = ['{"call": 1,"id":12345678901234567890}', '{"call":1,"result":"answered","x":1.10}'];
    const ids = [...(await take(started, legs[0] ?? '')), ...(await take(started, legs[1] ?? ''))];
    expect(ids.every((id) => id.startsWith('leg_'))).toBe(true);
    expect(await started.store.cdrs({ limit: 1 })).toEqual([]);
    const raw = `{"legs":[${legs.join(',')}]}`;
    expect(await released(started)).toEqual([raw]);
    expect(started.transport.requests.map(({ body }) => body)).toEqual([
      `{"name":"CRM","meta":{},"cdr":${raw}}`,
    ]);
    expect(started.logOf('leg.held')).toMatchObject([{ source: 'pbx', legId: ids[0] }, { legId: ids[1] }]);
    expect(started.logOf('cdr.received')).toHaveLength(1);
  });

  test('find each other also by a name that is too long for an index', async () => {
    const started = await start(GROUPING, { webhooks: [CRM] });
    const call = 'x'.repeat(100_000);
    const legs = [{ call, leg: 1 }, { call, leg: 2 }, { call: `${call}y` }].map((leg) => JSON.stringify(leg));
    await take(started, `[${legs.join(',')}]`);
    const waiting = await started.store.calls.waiting(10);
    expect(waiting.map(({ groupKey }) => groupKey.length)).toEqual([512, 512]);
    expect((await released(started)).toSorted()).toEqual(
      [`{"legs":[${legs[0] ?? ''},${legs[1] ?? ''}]}`, `{"legs":[${legs[2] ?? ''}]}`].toSorted(),
    );
  });

  test('wait for each other, and are sent no sooner', async () => {
    const started = await start(PATIENT, { webhooks: [CRM] });
    await take(started, '[{"call":1,"leg":1},{"call":2,"leg":1},{"call":1,"leg":2}]');
    expect(await released(started)).toEqual([]);
    expect(started.transport.requests).toEqual([]);
  });

  test('are told by what was sent, also where the source takes that out, and then nothing keeps it', async () => {
    const redact = compileRedaction({ redact: ['call'], drop: ['last'] });
    const grouping = { ...PATIENT, isLast: until({ last: 'yes' }) };
    const started = await startApp({ sources: { pbx: { grouping, redact } }, webhooks: [CRM] });
    await take(started, '[{"call":"secret-1","n":1},{"call":"secret-2","n":2}]');
    expect(await started.store.calls.count()).toBe(2);
    await take(started, '{"call":"secret-1","n":3,"last":"yes"}');
    expect(await released(started)).toEqual(['{"legs":[{"call":"***","n":1},{"call":"***","n":3}]}']);
    const kept = [await started.store.cdrs({ limit: 9 }), await started.store.calls.waiting(9)];
    expect(JSON.stringify(kept)).not.toContain('secret');
  });

  test('wait no longer when the last of them is there', async () => {
    const isLast = until({ continues: 0 });
    const started = await start({ ...PATIENT, ...(isLast === undefined ? {} : { isLast }) });
    await take(started, '[{"call":1,"continues":1},{"call":2,"continues":1},{"call":1,"continues":0}]');
    expect(await released(started)).toEqual(['{"legs":[{"call":1,"continues":1},{"call":1,"continues":0}]}']);
  });

  test('that come again are known, before and after the release', async () => {
    const started = await start(GROUPING);
    const [first] = await take(started, '{"call":1}');
    expect(await take(started, '{"call":1}')).toEqual([first]);
    expect(await released(started)).toEqual(['{"legs":[{"call":1}]}']);
    expect(await take(started, '{"call":1}')).toEqual([first]);
    expect(await released(started)).toHaveLength(1);
  });

  test('without a name for their call are CDRs by themselves, in the place of the request', async () => {
    const started = await start(GROUPING);
    const ids = await take(started, '[{"call":1},{"other":1},{"call":""},{"call":2}]');
    expect(ids.map((id) => id.slice(0, 4))).toEqual(['leg_', 'cdr_', 'cdr_', 'leg_']);
    expect((await started.store.cdrs({ limit: 10 })).map(({ raw }) => raw)).toEqual([
      '{"legs":[{"call":""}]}',
      '{"legs":[{"other":1}]}',
    ]);
  });

  test('lose what their source takes out', async () => {
    const redact = compileRedaction({ drop: ['name'] });
    const started = await startApp({ sources: { pbx: { grouping: GROUPING, redact } } });
    await take(started, '{"call":1,"name":"Ann"}');
    expect(await released(started)).toEqual(['{"legs":[{"call":1}]}']);
  });

  test('that the store does not take are 503, and none is lost that is sent again', async () => {
    let isBroken = true;
    const started = await start(GROUPING, {
      wrapStore: (store) => {
        const hold: typeof store.calls.hold = (legs) =>
          isBroken ? Promise.reject(new StoreUnavailableError(new Error('full'))) : store.calls.hold(legs);
        const calls = {
          hold,
          due: store.calls.due.bind(store.calls),
          release: store.calls.release.bind(store.calls),
        };
        return new Proxy(store, {
          get: (target, name) => {
            if (name === 'calls') return calls;
            const member: unknown = Reflect.get(target, name, target);
            return typeof member === 'function' ? (member.bind(target) as unknown) : member;
          },
        });
      },
    });
    expect((await postBytes(started.app, '/cdr/pbx', '{"call":1}')).status).toBe(503);
    isBroken = false;
    await take(started, '{"call":1}');
    expect(await released(started)).toEqual(['{"legs":[{"call":1}]}']);
  });
});

describe('the $call of a call', () => {
  const telecmi = (members: object): string =>
    JSON.stringify({ type: 'cdr', direction: 'inbound', time: 1, conversation_uuid: 'c', ...members });
  const missed = telecmi({ cmiuuid: '1', status: 'missed', user: 'a' });
  const answered = telecmi({ cmiuuid: '2', status: 'answered', user: 'b' });
  const started = (): Promise<TestApp> =>
    startApp({
      sources: { pbx: { vendor: 'telecmi', grouping: { ...GROUPING, by: '$call.group' } } },
      webhooks: [
        {
          ...CRM,
          conditions: [{ '==': [{ var: '$call.status' }, 'answered'] }],
          body: { agent: '{{call.agent}}', missed: '{{call.missed}}' },
        },
      ],
    });

  test('is that of the leg that was answered, whichever came first, also when it is sent', async () => {
    for (const order of [
      [missed, answered],
      [answered, missed],
    ]) {
      const app = await started();
      for (const leg of order) await take(app, leg);
      await released(app);
      expect(app.transport.requests.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
        { agent: 'b', missed: false },
      ]);
    }
  });

  test('is that of the last one where none was', async () => {
    const app = await started();
    await take(app, missed);
    await take(app, missed.replace('"1"', '"3"'));
    await released(app);
    expect(app.transport.requests).toEqual([]);
  });
});

test('calls that wait are listed and counted', async () => {
  const started = await start(PATIENT);
  await take(started, '{"call":1}');
  await take(started, '{"call":1,"leg":2}');
  await take(started, '{"call":2}');
  const response = await request(started.app).get('/api/v1/held-calls?limit=1').expect(200);
  expect(response.body).toEqual({
    data: [{ source: 'pbx', groupKey: '1', legs: 2, dueAt: expect.stringMatching(/Z$/) as string }],
    total: 2,
  });
  const metrics = await request(started.app).get('/metrics').expect(200);
  expect(metrics.text).toContain('hookswitch_calls_held 2');
});
