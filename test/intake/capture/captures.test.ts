import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  contentOfMessage,
  MAX_CAPTURED_BYTES,
  messageOf,
  type CapturedRequest,
} from '../../../src/intake/capture/captured-request.ts';
import { Captures } from '../../../src/intake/capture/captures.ts';
import { temporaryFolder } from '../../support/rules.ts';

function requestWith(members: Partial<CapturedRequest> = {}): CapturedRequest {
  return { method: 'POST', path: '/cdr/acme', query: '', headers: {}, body: Buffer.alloc(0), ...members };
}

function failNever(_source: string, error: unknown): void {
  throw error;
}

async function captureBodies(captures: Captures, bodies: readonly string[], keep: number): Promise<void> {
  for (const body of bodies) {
    captures.capture(
      'acme',
      requestWith({ body: Buffer.from(body) }),
      { atMs: 1_700_000_000_000, status: 200 },
      keep,
    );
    await captures.settled();
  }
}

async function bodiesIn(captures: Captures): Promise<string[]> {
  const list = await captures.list('acme');
  const messages = await Promise.all(list.map(({ id }) => captures.message('acme', id)));
  return messages.map((message) => contentOfMessage(message ?? Buffer.alloc(0))?.body.toString() ?? '');
}

describe('captures', () => {
  test('are the last ones, newest first, also in one millisecond and after a restart', async () => {
    const folder = temporaryFolder();
    await captureBodies(new Captures(folder, failNever), ['a', 'b', 'c', 'd'], 3);
    const again = new Captures(folder, failNever);
    expect(await bodiesIn(again)).toEqual(['d', 'c', 'b']);
  });

  test('that come faster than they are written are the last ones, too', async () => {
    const captures = new Captures(temporaryFolder(), failNever);
    for (const body of ['a', 'b', 'c', 'd', 'e']) {
      captures.capture('acme', requestWith({ body: Buffer.from(body) }), { atMs: 1, status: 200 }, 2);
    }
    await captures.settled();
    expect(await bodiesIn(captures)).toEqual(['e', 'd']);
  });

  test('go when they are old, with the folders of sources that capture no more', async () => {
    const folder = temporaryFolder();
    const captures = new Captures(folder, failNever);
    await captures.purge(1_700_000_000_001);
    captures.capture('pbx', requestWith(), { atMs: 1_600_000_000_000, status: 200 }, 5);
    await captureBodies(captures, ['a', 'b'], 5);
    writeFileSync(join(folder, 'acme', 'notes.txt'), 'of a person');
    await captures.purge(1_700_000_000_000);
    expect([readdirSync(folder), await bodiesIn(captures)]).toEqual([['acme'], ['b', 'a']]);
    await captures.purge(1_700_000_000_100);
    expect(readdirSync(join(folder, 'acme'))).toEqual(['notes.txt']);
  });

  test('are files that only their owner may read', async () => {
    const folder = temporaryFolder();
    await captureBodies(new Captures(folder, failNever), ['a'], 3);
    const [name = ''] = readdirSync(join(folder, 'acme'));
    expect(statSync(join(folder, 'acme')).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'acme', name)).mode & 0o777).toBe(0o600);
  });

  test('take bounded room: the oldest go, the newest always stays', async () => {
    const captures = new Captures(temporaryFolder(), failNever);
    const large = 'x'.repeat(MAX_CAPTURED_BYTES + 1);
    await captureBodies(
      captures,
      Array.from({ length: 10 }, () => large),
      50,
    );
    const list = await captures.list('acme');
    expect(list.length).toBe(7);
    expect(list.every(({ bytes }) => bytes < MAX_CAPTURED_BYTES + 200)).toBe(true);
  });

  test('that cannot be written are told of, and the next is written', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'broken'), 'a file where the folder should be');
    const failed: string[] = [];
    const captures = new Captures(folder, (source) => void failed.push(source));
    captures.capture('broken', requestWith(), { atMs: 1, status: 200 }, 2);
    captures.capture('acme', requestWith(), { atMs: 1, status: 400 }, 2);
    await captures.settled();
    expect(failed).toEqual(['broken']);
    expect(await captures.list('acme')).toMatchObject([{ status: 400, receivedAtMs: 1 }]);
  });

  test('leave other files alone', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'acme'));
    writeFileSync(join(folder, 'acme', 'notes.txt'), 'mine');
    const captures = new Captures(folder, failNever);
    await captureBodies(captures, ['a', 'b'], 1);
    expect(await bodiesIn(captures)).toEqual(['b']);
    expect(readdirSync(join(folder, 'acme'))).toContain('notes.txt');
  });
});

describe('the message of a request', () => {
  test('masks credentials and signatures', () => {
    const text = messageOf(
      requestWith({
        query: 'from=100&api_key=hunter2&to=200&signature=hunter2',
        headers: {
          authorization: 'Basic hunter2',
          'x-acme-key': 'hunter2',
          cookie: 'hunter2',
          'validation-token': 'hunter2',
          'x-twilio-signature': 'hunter2',
          'x-plivo-signature-v3': 'hunter2',
          'user-agent': 'PBX/1',
        },
      }),
    ).toString();
    expect(text).not.toContain('hunter2');
    expect(text).toMatch(/\?from=100&api_key=\*+&to=200&signature=\*+ /);
    expect(text).toMatch(/^x-twilio-signature: \*+\r$/m);
    expect(text).toContain('user-agent: PBX/1');
  });

  test.each([
    ['POST /cdr/acme?a=1 HTTP/1.1\nhost: x\n\n{"b":"\n\n"}', { body: '{"b":"\n\n"}', query: 'a=1' }],
    ['GET /cdr/acme?a=1 HTTP/1.1\r\nhost: x\r\n\r\n', { body: '', query: 'a=1' }],
    ['POST /cdr HTTP/1.1\r\n\r\nx', { body: 'x', query: '' }],
  ])('%j is read again', (text, { body, query }) => {
    expect(contentOfMessage(Buffer.from(text))).toEqual({ body: Buffer.from(body), query });
  });

  test.each(['{"a":1}', 'POST=1&HTTP/1.1=2', 'GET /x HTTP/1.1\r\nhost: x', ''])('%j is none', (text) => {
    expect(contentOfMessage(Buffer.from(text))).toBeUndefined();
  });
});
