import { describe, expect, test } from 'vitest';
import { compileRedaction } from '../../src/cdr/redaction.ts';
import { loadVendors } from '../../src/package-files.ts';
import { IntakeBench } from './intake-harness.ts';

const vodia = loadVendors().get('vodia');

async function received(
  bench: IntakeBench,
  duplicates: 'bytes' | 'identity',
  texts: string[],
): Promise<string[]> {
  const source = { name: 'pbx', vendor: vodia, duplicates };
  const ids: string[] = [];
  for (const text of texts) ids.push(...(await bench.intake.receive(source, Buffer.from(text), '')).ids);
  return ids;
}

const call = (members: object): string =>
  JSON.stringify({ system: 's', callid: 'c', start: '1', ...members });

describe('two CDRs of one source are the same', () => {
  test('when their bytes are', async () => {
    const bench = new IntakeBench();
    const [first, again, other] = await received(bench, 'bytes', [call({}), call({}), call({ sentAt: 2 })]);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test('by identity also when their bytes are not, and only then', async () => {
    const bench = new IntakeBench();
    const texts = [call({}), call({ sentAt: 2 }), call({ start: '2' }), '{"a":1}', '{"a":2}'];
    const [first, again, other, ...without] = await received(bench, 'identity', texts);
    expect(again).toBe(first);
    expect(new Set([first, other, ...without]).size).toBe(4);
    expect(await bench.store.cdr(first ?? '')).toMatchObject({ raw: call({}), identity: 's:c:1' });
  });

  test('by the identity that was sent, also where the source takes it out, and then nothing keeps it', async () => {
    const bench = new IntakeBench();
    const redact = compileRedaction({ redact: ['callid'] });
    const source = { name: 'pbx', vendor: vodia, duplicates: 'identity' as const, redact };
    const ids = [];
    for (const members of [{ callid: 'c-1' }, { callid: 'c-2' }, { callid: 'c-1', sentAt: 2 }]) {
      ids.push(...(await bench.intake.receive(source, Buffer.from(call(members)), '')).ids);
    }
    expect(ids[1]).not.toBe(ids[0]);
    expect(ids[2]).toBe(ids[0]);
    const stored = await bench.store.cdrs({ limit: 9 });
    expect(stored).toHaveLength(2);
    expect(JSON.stringify(stored)).not.toMatch(/c-1|c-2/);
  });

  test('by identity also when that is too long for an index, and only when it is the same to its end', async () => {
    const bench = new IntakeBench();
    const callid = 'x'.repeat(100_000);
    const texts = [call({ callid }), call({ callid, sentAt: 2 }), call({ callid: `${callid}y` })];
    const [first, again, other] = await received(bench, 'identity', texts);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    const identities = (await bench.store.cdrs({ limit: 9 })).map(({ identity }) => identity ?? '');
    expect(new Set(identities).size).toBe(2);
    for (const identity of identities) {
      expect(identity).toMatch(/^s:xxx.*x sha256:[0-9a-f]{64}$/);
      expect(identity).toHaveLength(512);
    }
  });

  test('by identity only in the same revision', async () => {
    const zoom = loadVendors().get('zoom');
    const bench = new IntakeBench();
    const source = { name: 'zoom', vendor: zoom, duplicates: 'identity' as const };
    const element = (revision: number, more: object): Buffer =>
      Buffer.from(JSON.stringify({ call_element_id: 'e', event_ts: revision, ...more }));
    const ids = [];
    for (const body of [element(1, {}), element(1, { x: 1 }), element(2, {})]) {
      ids.push(...(await bench.intake.receive(source, body, '')).ids);
    }
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
    expect(await bench.store.cdrs({ identity: 'e', limit: 9 })).toMatchObject([
      { revision: '2' },
      { revision: '1' },
    ]);
  });
});
