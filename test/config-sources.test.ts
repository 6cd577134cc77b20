import { describe, expect, test } from 'vitest';
import { compileCallMap } from '../src/cdr/call.ts';
import { cdrOfRead, readCdrs } from '../src/cdr/read.ts';
import { checkSources, makeSources, type SourceDocument } from '../src/config-sources.ts';
import { configSchemaCheck, loadVendors } from '../src/package-files.ts';
import { resolveReferences } from '../src/webhooks/references.ts';

const vendors = loadVendors();
const schemaCheck = configSchemaCheck();

function problemsOf(source: SourceDocument): string[] {
  const bySchema = schemaCheck({ sources: { one: source } });
  return [...bySchema, ...(bySchema.length === 0 ? checkSources({ one: source }, vendors) : [])].map(
    ({ pointer, message }) => `${pointer} ${message}`,
  );
}

function made(
  source: SourceDocument,
  environment: Record<string, string> = {},
): ReturnType<typeof makeSources> {
  expect(problemsOf(source)).toEqual([]);
  return makeSources('config.json', { one: source }, vendors, (text) => resolveReferences(text, environment));
}

describe('a source', () => {
  test('is verified with a secret of the environment, as its vendor says', () => {
    const source = made({ vendor: 'zoom', verify: { secret: '${ZOOM}' } }, { ZOOM: 's' }).get('one');
    const request = { method: 'POST', headers: {}, query: '', body: Buffer.from('{}') };
    expect(source?.verifier?.(request, 0)).toMatch(/x-zm-signature is missing/);
    const challenge = Buffer.from('{"event":"endpoint.url_validation","payload":{"plainToken":"p"}}');
    expect(source?.handshake?.challenge({ ...request, body: challenge })?.body).toMatch(/"plainToken":"p"/);
  });

  test('is verified as it says itself', () => {
    const method = { token: { in: 'query', name: 'key' } } as const;
    const source = made({ verify: { secret: 'k', method } }).get('one');
    expect(
      source?.verifier?.({ method: 'GET', headers: {}, query: 'key=k', body: Buffer.alloc(0) }, 0),
    ).toBeUndefined();
  });

  test('without verify is not verified, whatever its vendor can', () => {
    expect(made({ vendor: 'zoom' }).get('one')?.verifier).toBeUndefined();
  });

  test('has its own zone, columns and fields of the overlay', () => {
    const source = made({
      vendor: 'asterisk',
      zone: 'Asia/Kolkata',
      decode: { csv: { columns: ['disposition', 'start', 'channel'] } },
      call: {
        status: { value: 'busy' },
        direction: [
          { value: 'inbound', when: { channel: { matches: '^PJSIP/trunk-' } } },
          { value: 'outbound' },
        ],
      },
    }).get('one');
    if (source === undefined) throw new Error('it is missing');
    const [read] = readCdrs(
      { body: Buffer.from('NO ANSWER,2026-05-12 10:14:21,PJSIP/trunk-0000002a\n'), query: '' },
      source,
      vendors,
    );
    if (read === undefined) throw new Error('there is no CDR');
    const call = cdrOfRead(read, source, new Date(0)).call;
    expect(['start', 'direction', 'missed', 'status'].map((field) => call?.field(field))).toEqual([
      '2026-05-12T04:44:21Z',
      'inbound',
      true,
      'busy',
    ]);
  });

  test.each<[SourceDocument, RegExp]>([
    [{ vendor: 'nobody' }, /^\/sources\/one\/vendor there is no vendor "nobody"/],
    [{ zone: 'Berlin' }, /^\/sources\/one\/zone there is no time zone "Berlin"/],
    [{ vendor: 'vodia', verify: { secret: 's' } }, /^\/sources\/one\/verify .* say it under method/],
    [{ vendor: 'twilio', verify: { secret: 's' } }, /^\/sources\/one\/verify .* under publicUrl/],
    [{ call: { from: { extract: 'a', pattern: '(' } } }, /^\/sources\/one\/call\/from\/pattern /],
    [{ publicUrl: 'https://example.com/cdr?a=b' }, /^\/sources\/one\/publicUrl /],
    [{ call: { form: 'a' } } as SourceDocument, /^\/sources\/one\/call\/form unknown member "form"/],
  ])('%j is told of with its place', (source, message) => {
    expect(problemsOf(source)).toEqual([expect.stringMatching(message)]);
  });

  test('with a secret of no use is refused, and the secret is not told', () => {
    const source: SourceDocument = { verify: { secret: 'MFk', method: { scheme: 'telnyx-ed25519' } } };
    expect(() => made(source)).toThrow(/\/sources\/one\/verify\/secret: must be the public key/);
    expect(() => made(source)).not.toThrow(/MFk/);
  });
});

describe('expressions that are refused', () => {
  test.each([
    [{ time: 'a', unit: 'hms' }],
    [{ seconds: 'a', unit: 'gregorian' }],
    [{ lookup: 'a' }],
    [{ pick: 'a' }],
    [{ path: 'a', with: 'x' }],
    [{ between: ['a'] }],
    [{ value: null }],
    [{ path: 'a', when: { b: { above: 1, not: 2 } } }],
    [{ path: 'a', when: {} }],
    [{ path: 'a', value: 'b' }],
    [{ when: { a: 1 } }],
    [[]],
    [''],
  ])('%j', (expression) => {
    expect(problemsOf({ call: { from: expression } } as SourceDocument)).not.toEqual([]);
  });

  test('and those they take can be compiled', () => {
    const call = {
      from: ['a', { party: { percentDecoded: 'b' } }],
      start: { time: 'c', unit: 's' },
    } as const;
    expect(schemaCheck({ sources: { one: { call } } })).toEqual([]);
    expect(compileCallMap(call, { nothing: new Set() }).lines).toHaveLength(3);
  });
});

describe('what is expected of a source', () => {
  const hours = { from: '08:00', to: '18:00', zone: 'Europe/Berlin' };

  test('is an interval, within hours or not', () => {
    expect(made({ expectEverySeconds: 60 }).get('one')?.expectation).toEqual({ everyMs: 60_000 });
    const source = made({ expectEverySeconds: 60, expectBetween: { ...hours, days: ['mon'] } }).get('one');
    expect(source?.expectation?.between).toEqual({ ...hours, days: ['mon'] });
  });

  test.each([
    [{ expectBetween: hours }, /^\/sources\/one\/expectBetween .*expectEverySeconds/],
    [
      { expectEverySeconds: 60, expectBetween: { ...hours, from: '8' } },
      /expectBetween\/from must be a time of day/,
    ],
    [
      { expectEverySeconds: 60, expectBetween: { ...hours, zone: 'Berlin' } },
      /expectBetween\/zone must be an IANA/,
    ],
    [{ expectEverySeconds: 1 }, /expectEverySeconds must be >= 10/],
  ])('%j is refused', (source, message) => {
    expect(problemsOf(source)).toEqual([expect.stringMatching(message)]);
  });
});

test('what a source takes out of its CDRs is told by paths', () => {
  const source = made({ drop: ['packets'], redact: ['legs.*.name'] }).get('one');
  expect(source?.redact?.('{"packets":1,"legs":[{"name":"Ann"}],"n":1.0}')).toBe(
    '{"legs":[{"name":"***"}],"n":1.0}',
  );
  expect(made({}).get('one')?.redact).toBeUndefined();
  expect(problemsOf({ drop: [''] })).toHaveLength(1);
});

describe('the grouping of a source', () => {
  test('has its defaults', () => {
    const grouping = made({ group: {} }).get('one')?.grouping;
    expect(grouping).toEqual({ by: '$call.group', isLast: undefined, waitMs: 10_000, maxLegs: 50 });
    expect(made({}).get('one')?.grouping).toBeUndefined();
  });

  test('tells the last leg by a condition', () => {
    const grouping = made({ group: { by: 'id', until: { last: true }, waitSeconds: 1, maxLegs: 3 } }).get(
      'one',
    )?.grouping;
    const leg = (raw: string): boolean | undefined => {
      const [read] = readCdrs({ body: Buffer.from(raw), query: '' }, { name: 'one' }, vendors);
      return read === undefined
        ? undefined
        : grouping?.isLast?.(cdrOfRead(read, { name: 'one' }, new Date(0)));
    };
    expect([leg('{"last":true}'), leg('{"last":false}')]).toEqual([true, false]);
    expect(grouping).toMatchObject({ by: 'id', waitMs: 1_000, maxLegs: 3 });
  });

  test.each([
    [{ until: { a: { matches: '(' } } }, /^\/sources\/one\/group\/until/],
    [{ waitSeconds: -1 }, /group\/waitSeconds/],
  ])('%j is refused', (group, message) => {
    expect(problemsOf({ group })).toEqual([expect.stringMatching(message)]);
  });
});
