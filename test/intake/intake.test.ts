import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { UnreadableBodyError } from '../../src/cdr/decode/unreadable.ts';
import { VENDORS_FOLDER } from '../../src/package-files.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { webhookWith } from '../support/webhooks.ts';
import { batchOf, IntakeBench } from './intake-harness.ts';

function sample(vendor: string, name: string): string {
  return readFileSync(join(VENDORS_FOLDER, vendor, 'samples', name), 'utf8');
}

const VODIA = sample('vodia', 'outbound-trunk-call.json');
const TELECMI = sample('telecmi', 'inbound-missed.json');
const DISK_FULL = new StoreUnavailableError(new Error('disk full'));

describe('the vendor', () => {
  test('is the one of the source, whatever the record looks like', async () => {
    const bench = new IntakeBench();
    const { answer } = await bench.receive(TELECMI, 'vodia');
    expect(bench.observer.told).toMatchObject([{ cdr: { source: 'vodia', vendor: 'vodia' } }]);
    expect(answer).toEqual({ upload: [] });
  });

  test('is told by each record where the source has none', async () => {
    const bench = new IntakeBench();
    await bench.receive(`[${VODIA},${TELECMI},{"a":1}]`);
    expect(bench.observer.told.map(({ cdr }) => cdr.vendor)).toEqual(['vodia', 'telecmi', 'generic']);
  });

  test('of the first record decides the answer', async () => {
    const bench = new IntakeBench();
    expect(await bench.receive(`[${VODIA},{"a":1}]`)).toMatchObject({ answer: { upload: [] } });
    expect(await bench.receive(`[{"a":2},${VODIA}]`)).toMatchObject({ answer: undefined });
  });
});

test('what a profile ignores is stored with the reason and hits nothing, not even what takes everything', async () => {
  const bench = new IntakeBench([webhookWith({ conditions: [] })]);
  await bench.receive('{"event":"endpoint.url_validation","payload":{"plainToken":"x"}}', 'zoom');
  await bench.receive('{"event":"phone.callee_ringing","payload":{"object":{}}}', 'zoom');
  expect(bench.observer.told.map(({ cdr }) => cdr.hits.length)).toEqual([0, 1]);
  expect(bench.observer.told[0]?.cdr.violation).toMatch(/^ignored: /);
});

test('conditions name the overlay, and a batch is matched element by element', async () => {
  const missed = webhookWith({ conditions: [{ '==': [{ var: '$call.status' }, 'cancelled'] }] });
  const bench = new IntakeBench([missed]);
  await bench.receive(sample('zoom', 'call-elements.json'));
  await bench.receive(sample('zoom', 'caller-call-elements.json'));
  await bench.receive(sample('freeswitch', 'cancelled.form'), 'freeswitch');
  await bench.receive(sample('cisco', 'cdr-file.csv'), 'cisco');
  expect(bench.observer.told.map(({ cdr }) => cdr.hits.length)).toEqual([0, 0, 1, 1, 1, 0]);
});

describe('a CDR', () => {
  test('is stored as it came, with its time, and then told', async () => {
    const bench = new IntakeBench();
    const { ids } = await bench.receive(' {"id": 12345678901234567890, "z":1, "a":2} ', 'generic');
    const stored = {
      id: ids[0],
      raw: '{"id": 12345678901234567890, "z":1, "a":2}',
      receivedAtMs: bench.nowMs,
      source: 'generic',
      hits: 0,
    };
    expect(await bench.store.cdr(ids[0] ?? '')).toMatchObject(stored);
    expect(bench.observer.told).toMatchObject([{ accepted: { id: ids[0], duplicate: false } }]);
  });

  test('that departs from the documented shape is stored all the same, and the departure is noted', async () => {
    const bench = new IntakeBench();
    const { ids } = await bench.receive('{"type":"cdr","cmiuuid":["not","a","text"]}', 'telecmi');
    const { violation } = (await bench.store.cdr(ids[0] ?? '')) ?? {};
    expect(violation).toMatch(/cmiuuid/);
  });

  test('that keeps to it has nothing noted', async () => {
    const bench = new IntakeBench();
    const { ids } = await bench.receive(VODIA, 'vodia');
    expect((await bench.store.cdr(ids[0] ?? ''))?.violation).toBeUndefined();
  });

  test('hits the webhooks whose conditions hold and that listen to its source', async () => {
    const conditions = [{ '==': [{ var: 'a' }, 1] }];
    const bench = new IntakeBench([
      webhookWith({ id: 'holds', conditions }),
      webhookWith({ id: 'other-source', conditions, sources: ['vodia'] }),
      webhookWith({ id: 'holds-not', conditions: [{ '==': [{ var: 'a' }, 2] }] }),
      webhookWith({ id: 'disabled', conditions, enabled: false }),
    ]);
    await bench.receive('{"a":1}', 'generic');
    const [told] = bench.observer.told;
    expect(told?.cdr.hits.map(({ webhookId }) => webhookId)).toEqual(['holds', 'disabled']);
  });
});

test('a condition that throws is no hit, and is counted', async () => {
  const bench = new IntakeBench([
    webhookWith({ id: 'throws', conditions: [{ 'no such operator': [1] }] }),
    webhookWith({ id: 'sound' }),
  ]);
  await bench.receive('{"a":1}');
  const [told] = bench.observer.told;
  expect(told?.cdr).toMatchObject({ hits: [{ webhookId: 'sound' }], errors: ['throws'] });
  expect((await bench.store.stats(['throws'])).get('throws')).toMatchObject({ hits: 0, errors: 1 });
});

describe('an unreadable request', () => {
  test('is refused, and neither stored nor told', async () => {
    const bench = new IntakeBench([webhookWith()]);
    await expect(bench.receive('[{"a":1},2]')).rejects.toThrow(UnreadableBodyError);
    expect(bench.observer.told).toEqual([]);
    expect(await bench.store.cdrs({ limit: 10 })).toEqual([]);
    expect(bench.outlet.reserved).toEqual([]);
  });

  test('is not an empty list, which holds no CDR and is taken', async () => {
    expect(await new IntakeBench().receive('[]')).toEqual({ ids: [], answer: undefined });
  });
});

describe('slots of the relay', () => {
  const two = [webhookWith({ id: 'a' }), webhookWith({ id: 'b' })];

  test('are used for the deliveries of the CDR they were reserved for', async () => {
    const bench = new IntakeBench(two);
    const { ids } = await bench.receive('{"x":1}');
    expect(bench.outlet.taken.map(({ webhookId, cdr }) => [webhookId, cdr.id])).toEqual([
      ['a', ids[0]],
      ['b', ids[0]],
    ]);
    expect([bench.outlet.held, bench.outlet.notified]).toEqual([0, []]);
  });

  test('that there are none of leave the delivery waiting, and the relay is told', async () => {
    const bench = new IntakeBench(two);
    bench.outlet.room = 1;
    await bench.receive('{"x":1}');
    expect(bench.outlet.taken.map(({ webhookId }) => webhookId)).toEqual(['a']);
    expect(bench.outlet.notified).toEqual(['b']);
    const states = await bench.store.deliveries({ limit: 10 });
    expect(states.map(({ webhookId, state }) => [webhookId, state]).sort()).toEqual([
      ['a', 'delivering'],
      ['b', 'pending'],
    ]);
  });

  test('are given back for a duplicate, which is not sent again', async () => {
    const bench = new IntakeBench(two);
    const first = await bench.receive('{"x":1}');
    const again = await bench.receive('{"x":1}');
    expect(again.ids).toEqual(first.ids);
    expect(bench.outlet.taken).toHaveLength(2);
    expect(bench.outlet.released).toEqual(['a', 'b']);
    expect([bench.outlet.held, bench.outlet.notified]).toEqual([0, []]);
    expect(bench.observer.told.map(({ accepted }) => accepted.duplicate)).toEqual([false, true]);
  });

  test('are given back for the second of two equal CDRs in one request', async () => {
    const bench = new IntakeBench(two);
    const { ids } = await bench.receive('[{"x":1},{"x":1}]');
    expect(ids[0]).toBe(ids[1]);
    expect([bench.outlet.taken.length, bench.outlet.held]).toEqual([2, 0]);
  });

  test('are given back when the store does not take it, and only that is told', async () => {
    const bench = new IntakeBench(two);
    vi.spyOn(bench.store, 'accept').mockRejectedValueOnce(DISK_FULL);
    await expect(bench.receive('[{"x":1},{"x":2}]')).rejects.toBe(DISK_FULL);
    expect(bench.outlet.reserved).toHaveLength(4);
    expect([bench.outlet.held, bench.outlet.taken, bench.outlet.notified]).toEqual([0, [], []]);
    expect([bench.observer.told, bench.observer.storeFailures]).toEqual([[], 1]);
    expect((await bench.receive('[{"x":1},{"x":2}]')).ids).toHaveLength(2);
  });
});

describe('a large request', () => {
  test('is stored in parts of a hundred, in its order, all ids in the answer', async () => {
    const bench = new IntakeBench();
    const accept = vi.spyOn(bench.store, 'accept');
    const { ids } = await bench.receive(batchOf(250));
    expect(accept.mock.calls.map(([cdrs]) => cdrs.length)).toEqual([100, 100, 50]);
    const stored = await Promise.all(ids.map((id) => bench.store.cdr(id)));
    expect(stored.map((cdr) => cdr?.raw)).toEqual(
      Array.from({ length: 250 }, (_, number) => `{"number":${number}}`),
    );
  });

  test('lets other requests in between its parts', async () => {
    const bench = new IntakeBench();
    const order: string[] = [];
    const large = bench.receive(batchOf(1_000)).then(() => order.push('large'));
    const small = new Promise((resolve) => setImmediate(resolve))
      .then(() => bench.receive('{"small":true}'))
      .then(() => order.push('small'));
    await Promise.all([large, small]);
    expect(order).toEqual(['small', 'large']);
  });

  test('that fails in its second part keeps the first, which is recognised when all is sent again', async () => {
    const bench = new IntakeBench([webhookWith()]);
    const accept = bench.store.accept.bind(bench.store);
    vi.spyOn(bench.store, 'accept').mockImplementationOnce(accept).mockRejectedValueOnce(DISK_FULL);
    await expect(bench.receive(batchOf(150))).rejects.toBe(DISK_FULL);
    expect([bench.outlet.taken.length, bench.outlet.held]).toEqual([100, 0]);
    const { ids } = await bench.receive(batchOf(150));
    expect(new Set(ids).size).toBe(150);
    expect([bench.outlet.taken.length, bench.outlet.held]).toEqual([150, 0]);
    expect(bench.observer.told.filter(({ accepted }) => accepted.duplicate)).toHaveLength(100);
  });
});

test('the same CDR counts again after the window, and from another source at once', async () => {
  const bench = new IntakeBench([webhookWith()]);
  const first = await bench.receive('{"x":1}', 'generic');
  expect((await bench.receive('{"x":1}', 'cisco')).ids).not.toEqual(first.ids);
  bench.nowMs += 86_400_000 - 1;
  expect((await bench.receive('{"x":1}', 'generic')).ids).toEqual(first.ids);
  bench.nowMs += 2;
  expect((await bench.receive('{"x":1}', 'generic')).ids).not.toEqual(first.ids);
});
