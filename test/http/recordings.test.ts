import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import request, { type Response, type Test } from 'supertest';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { compileRedaction } from '../../src/cdr/redaction.ts';
import {
  expectProblem,
  makeFolder,
  postBytes,
  startApp,
  type AppSettings,
  type TestApp,
} from '../support/app.ts';
import { recordedCall } from '../support/recorded-call.ts';

const CRM = { id: 'crm', name: 'CRM', url: 'https://crm.test/in', recordings: true };
const AUDIO = Buffer.from('RIFF\0\u0001\u00ff\r\n--not text--', 'latin1');
const FILE = 'recordings/pbx/400/one.wav';

interface Asked {
  readonly file: string;
  readonly url: string;
}

function start(settings: AppSettings = {}): Promise<TestApp> {
  return startApp({ sources: { pbx: { vendor: 'vodia', recordings: true } }, ...settings });
}

/** Sends a call and gives what the phone system is asked to send. */
async function askedFor({ app }: TestApp, call: string): Promise<Asked[]> {
  const response = await postBytes(app, '/cdr/pbx', call).expect(200);
  return (response.body as { upload: Asked[] }).upload;
}

/** The path of an address that begins as configured. */
function pathOf(url: string | undefined): string {
  return (url ?? '').replace(/^http:\/\/router\.example:8080|^https:\/\/hooks\.example\.com/, '');
}

function send({ app }: TestApp, url: string | undefined, body = AUDIO, method: 'put' | 'post' = 'put'): Test {
  const asIs = (content: Buffer): string => content as unknown as string;
  return request(app)
    [method](pathOf(url))
    .set('content-type', 'application/octet-stream')
    .serialize(asIs)
    .send(body);
}

function read({ app }: TestApp, url: string | undefined): Test {
  return request(app).get(pathOf(url)).buffer(true).parse(bytes);
}

function bytes(stream: Response, done: (error: Error | null, body: Buffer) => void): void {
  const parts: Buffer[] = [];
  (stream as unknown as NodeJS.ReadableStream)
    .on('data', (part: Buffer) => parts.push(part))
    .on('end', () => {
      done(null, Buffer.concat(parts));
    });
}

/** What the webhook was sent beside the CDR. */
async function sentRecordings(started: TestApp): Promise<readonly (Asked & { expiresAt: string })[]> {
  await started.idle();
  const [sent] = started.transport.requests;
  const { recordings } = JSON.parse(String(sent?.body)) as { recordings: (Asked & { expiresAt: string })[] };
  return recordings;
}

async function shown({
  app,
  store,
}: TestApp): Promise<{ id: string; recordings: Record<string, unknown>[] }> {
  const [cdr] = await store.cdrs({ limit: 1 });
  const response = await request(app)
    .get(`/api/v1/cdrs/${cdr?.id ?? ''}`)
    .expect(200);
  return response.body as { id: string; recordings: Record<string, unknown>[] };
}

/** Every file that is kept, drafts too. */
function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

describe('a recording that a source is asked for', () => {
  test.each(['put', 'post'] as const)('is sent by %s, kept, shown and read again', async (method) => {
    const started = await start();
    const [asked, ...others] = await askedFor(started, recordedCall('a'));
    expect(others).toEqual([]);
    expect(asked?.file).toBe(FILE);
    expect(asked?.url).toMatch(
      /^http:\/\/router\.example:8080\/recordings\/\d+\.[\w-]{43}\/cdr_\w{26}\.0\.wav$/,
    );
    expect((await shown(started)).recordings).toEqual([{ file: FILE, bytes: null, link: null }]);
    expect((await send(started, asked?.url, AUDIO, method).expect(200)).body).toEqual({
      bytes: AUDIO.length,
    });
    const { id, recordings } = await shown(started);
    const link = `/api/v1/cdrs/${id}/recordings/0`;
    expect(recordings).toEqual([{ file: FILE, bytes: AUDIO.length, link }]);
    const { headers } = await request(started.app).get(link).expect(302);
    const answer = await read(started, headers['location']).expect(200);
    expect(answer.body).toEqual(AUDIO);
    expect(answer.headers).toMatchObject({
      'content-type': 'audio/wav',
      'x-content-type-options': 'nosniff',
    });
    expect(started.logOf('recording.kept')).toMatchObject([{ bytes: AUDIO.length }]);
  });

  test('is given in parts, as players ask', async () => {
    const started = await start();
    const [asked] = await askedFor(started, recordedCall('a'));
    await send(started, asked?.url).expect(200);
    const { headers } = await request(started.app).get(
      `/api/v1/cdrs/${(await shown(started)).id}/recordings/0`,
    );
    const part = await read(started, headers['location']).set('range', 'bytes=4-7').expect(206);
    expect(part.body).toEqual(AUDIO.subarray(4, 8));
  });

  test('can be sent once, and the same call that comes again asks only for what is missing', async () => {
    const started = await start();
    const call = recordedCall('a', ['x/one.wav', 'y/two.mp3']);
    const [first, second] = await askedFor(started, call);
    await send(started, first?.url).expect(200);
    expectProblem(await send(started, first?.url, Buffer.from('other')), 409, 'conflict');
    const again = await askedFor(started, call);
    expect(again.map(({ file }) => file)).toEqual(['y/two.mp3']);
    await send(started, again[0]?.url).expect(200);
    expectProblem(await send(started, second?.url), 409, 'conflict');
    expect(await askedFor(started, call)).toEqual([]);
    expect(await started.store.cdrs({ limit: 10 })).toHaveLength(1);
  });

  test('is of its own call', async () => {
    const started = await start();
    const [first] = await askedFor(started, recordedCall('a'));
    const [other] = await askedFor(started, recordedCall('b'));
    const crossed = (other?.url ?? '').replace(/[^/]+$/, (first?.url ?? '').split('/').at(-1) ?? '');
    expectProblem(await send(started, crossed), 403, 'forbidden');
  });
});

describe('what is asked for', () => {
  test('are the recordings of calls that hit a webhook which wants them', async () => {
    const conditions = [{ '==': [{ var: 'callid' }, 'wanted'] }];
    const started = await start({
      webhooks: [{ ...CRM, conditions }],
      sources: { pbx: { vendor: 'vodia' } },
    });
    expect(await askedFor(started, recordedCall('other'))).toEqual([]);
    expect(await askedFor(started, recordedCall('wanted'))).toHaveLength(1);
  });

  test.each([
    ['of a source that says no', { recordings: false }],
    ['whose names are taken out', { recordings: true, redact: compileRedaction({ drop: ['recordings'] }) }],
    [
      'whose names are redacted',
      { recordings: true, redact: compileRedaction({ redact: ['recordings.*.file'] }) },
    ],
  ])('are none %s', async (_what, members) => {
    const started = await start({ webhooks: [CRM], sources: { pbx: { vendor: 'vodia', ...members } } });
    expect(await askedFor(started, recordedCall('a'))).toEqual([]);
  });

  test('has only what is well known of a file name in its address', async () => {
    const started = await start();
    const files = [
      '../../../etc/passwd',
      'a/b.wav/../../../x.HTML',
      'über.MP3',
      'x.wav?y=/..%2f',
      '/',
      'http://e.example/x.ogg',
    ];
    const asked = await askedFor(started, recordedCall('a', files));
    const endings = asked.map(({ url }) => url.split('.').at(-1));
    expect(endings).toEqual(['bin', 'bin', 'mp3', 'bin', 'bin', 'ogg']);
    for (const { url } of asked) await send(started, url).expect(200);
    const { headers } = await request(started.app).get(
      `/api/v1/cdrs/${(await shown(started)).id}/recordings/1`,
    );
    const answer = await read(started, headers['location']).expect(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment',
    });
  });
});

describe('an address', () => {
  test('is refused when anything of it was changed', async () => {
    const started = await start();
    const [asked] = await askedFor(started, recordedCall('a'));
    const url = pathOf(asked?.url);
    const changed = [
      url.replace(/\d+\./, (seconds) => `${Number.parseInt(seconds, 10) + 1}.`),
      url.replace('.0.wav', '.1.wav'),
      url.replace('.0.wav', '.0.mp3'),
      url.replace(/\.[\w-]{43}/, `.${'A'.repeat(43)}`),
      url.replace(/[^/]+$/, '..%2f..%2f..%2fetc%2fpasswd'),
      url.replace(/[^/]+$/, '.signing-key'),
      url.replace(/[^/]+$/, 'cdr_ZZZZZZZZZZZZZZZZZZZZZZZZZZ.0.wav'),
    ];
    for (const one of changed) expectProblem(await send(started, one), 403, 'forbidden');
  });

  test('for sending is none for reading, and the other way round', async () => {
    const started = await start({ webhooks: [CRM] });
    const [asked] = await askedFor(started, recordedCall('a'));
    const [link] = await sentRecordings(started);
    expectProblem(await request(started.app).get(pathOf(asked?.url)), 403, 'forbidden');
    expectProblem(await send(started, link?.url), 403, 'forbidden');
  });

  test('expires', async () => {
    let nowMs = Date.now();
    const started = await start({ webhooks: [CRM], clock: () => nowMs });
    const [asked] = await askedFor(started, recordedCall('a'));
    const [link] = await sentRecordings(started);
    nowMs += 3_600_001;
    expect(expectProblem(await send(started, asked?.url), 403, 'forbidden').detail).toBe(
      'this address has expired',
    );
    nowMs += 86_400_000;
    const late = await request(started.app).get(pathOf(link?.url));
    expect(expectProblem(late, 403, 'forbidden').detail).toBe('this address has expired');
    expect(started.logText()).not.toContain((asked?.url ?? '').split('/').at(-2));
  });
});

describe('a webhook that wants recordings', () => {
  test('is sent a link, which is good once the recording is here', async () => {
    const started = await start({ webhooks: [CRM] });
    const [asked] = await askedFor(started, recordedCall('a'));
    const [link] = await sentRecordings(started);
    expect(link).toMatchObject({
      file: FILE,
      url: expect.stringMatching(/^https:\/\/hooks\.example\.com\//) as string,
    });
    expect(Date.parse(link?.expiresAt ?? '')).toBeGreaterThan(Date.now() + 80_000_000);
    const early = await request(started.app).get(pathOf(link?.url));
    expect(expectProblem(early, 404, 'not-found').detail).toBe('the recording has not come yet');
    expect(early.headers['retry-after']).toBe('60');
    await send(started, asked?.url).expect(200);
    expect((await read(started, link?.url).expect(200)).body).toEqual(AUDIO);
  });

  test('names it in its template, if it has one', async () => {
    const body = { note: 'Listen: {{recordings.0.url|no recording}}' };
    const started = await start({ webhooks: [{ ...CRM, body }] });
    await askedFor(started, recordedCall('a'));
    await started.idle();
    await askedFor(started, recordedCall('b', []));
    await started.idle();
    const notes = started.transport.requests.map((sent) => (JSON.parse(sent.body) as typeof body).note);
    expect(notes[0]).toMatch(/^Listen: https:\/\/hooks\.example\.com\/recordings\/.+\.0\.wav$/);
    expect(notes[1]).toBe('Listen: no recording');
  });

  test('has no link where it is not to have the recordings, and others have no member for them', async () => {
    const webhooks = [
      { ...CRM, drop: ['recordings'] },
      { ...CRM, id: 'plain', recordings: false },
    ];
    const started = await start({ webhooks });
    await askedFor(started, recordedCall('a'));
    await started.idle();
    const sent = started.transport.requests.map(({ body }) => JSON.parse(body) as object);
    expect(sent.map((one) => ('recordings' in one ? one.recordings : 'none')).sort()).toEqual([[], 'none']);
  });
});

describe('a recording that is not taken', () => {
  test.each([
    ['too large', 413, 'too-large', { maxBytes: 1_024 }, Buffer.alloc(1_025)],
    ['empty', 400, 'bad-request', {}, Buffer.alloc(0)],
    ['on a disk that is nearly full', 507, 'no-space', { minFreeBytes: Number.MAX_SAFE_INTEGER }, AUDIO],
  ])(
    'because it is %s leaves nothing, and may be sent again',
    async (_what, status, code, settings, body) => {
      const directory = makeFolder();
      const started = await start({ recordings: { directory, ...settings } });
      const [asked] = await askedFor(started, recordedCall('a'));
      expectProblem(await send(started, asked?.url, body), status, code);
      expect(filesIn(directory)).toEqual([]);
      expect(started.logOf('recording.refused')).toHaveLength(1);
      expect(await askedFor(started, recordedCall('a'))).toHaveLength(1);
    },
  );

  test('is wrapped in something', async () => {
    const started = await start();
    const [asked] = await askedFor(started, recordedCall('a'));
    const form = request(started.app).post(pathOf(asked?.url)).attach('file', AUDIO, 'one.wav');
    expectProblem(await form, 415, 'unsupported-media-type');
    const packed = send(started, asked?.url).set('content-encoding', 'gzip');
    expectProblem(await packed, 415, 'unsupported-encoding');
    await send(started, asked?.url).expect(200);
  });

  test('stops in the middle, or is longer than it may be without saying so', async () => {
    const directory = makeFolder();
    const started = await start({ recordings: { directory, maxBytes: 100_000 } });
    const server = createServer(started.made).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const [asked] = await askedFor(started, recordedCall('a'));
    const head = `PUT ${pathOf(asked?.url)} HTTP/1.1\r\nhost: x\r\n`;
    const { port } = server.address() as AddressInfo;
    const cut = connect(port, '127.0.0.1').on('error', () => undefined);
    cut.write(`${head}content-length: 5000\r\n\r\n${'a'.repeat(2_000)}`);
    await vi.waitUntil(() => filesIn(directory).length === 1);
    cut.destroy();
    await vi.waitUntil(() => started.logOf('recording.refused').length === 1);
    expect(started.logOf('recording.refused')).toMatchObject([{ reason: 'cut-off' }]);
    expect(filesIn(directory)).toEqual([]);
    const long = connect(port, '127.0.0.1');
    const chunk = `${(60_000).toString(16)}\r\n${'a'.repeat(60_000)}\r\n`;
    long.write(`${head}transfer-encoding: chunked\r\n\r\n${chunk}${chunk}0\r\n\r\n`);
    const [answer] = (await once(long, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
    long.destroy();
    expect(filesIn(directory)).toEqual([]);
  });

  test('comes twice at once', async () => {
    const directory = makeFolder();
    const started = await start({ recordings: { directory } });
    const [asked] = await askedFor(started, recordedCall('a'));
    const bodies = [Buffer.alloc(50_000, 1), Buffer.alloc(50_000, 2)];
    const statuses = (await Promise.all(bodies.map((body) => send(started, asked?.url, body)))).map(
      ({ status }) => status,
    );
    expect(statuses.sort()).toEqual([200, 409]);
    expect(filesIn(directory)).toHaveLength(1);
  });
});

test('what cannot be written is 503, and CDRs are taken all the same', async () => {
  const directory = join(makeFolder(), 'recordings');
  const started = await start({ recordings: { directory } });
  const [asked] = await askedFor(started, recordedCall('a'));
  writeFileSync(directory, 'a file where the folder should be');
  const answer = await send(started, asked?.url);
  expectProblem(answer, 503, 'unavailable');
  expect(answer.headers['retry-after']).toBe('60');
  expect(await askedFor(started, recordedCall('b'))).toEqual([]);
  expect(await started.store.cdrs({ limit: 10 })).toHaveLength(2);
  expect(started.logOf('recording.failed')).toHaveLength(2);
});
