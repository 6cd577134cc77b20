import { expect, test } from 'vitest';
import { Call } from '../../src/cdr/call.ts';
import { cdrOfRead, readCdrs } from '../../src/cdr/read.ts';
import type { VendorProfile } from '../../src/cdr/vendor-profile.ts';
import { GENERIC_VENDOR, makeVendor, Vendors } from '../../src/cdr/vendor.ts';
import { loadVendors, vendorSchemaCheck } from '../../src/package-files.ts';

/** The shapes in which vendors without a folder send, each with the part of a profile that reads it. */
interface Shape {
  readonly what: string;
  readonly profile: Partial<VendorProfile>;
  readonly sent: unknown;
  readonly calls: readonly object[];
}

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

const SHAPES: readonly Shape[] = [
  {
    what: 'records in base64 in an envelope (Amazon Data Firehose)',
    profile: {
      split: [{ path: 'records.data' }, { path: 'detail' }],
      identity: { id: 'ContactId', revision: 'LastUpdateTimestamp' },
      map: {
        direction: { lookup: 'InitiationMethod', in: { INBOUND: 'inbound', OUTBOUND: 'outbound' } },
        status: [
          { value: 'answered', when: { Agent: { given: true } } },
          { value: 'cancelled', when: { Queue: { given: true } } },
        ],
        queue: 'Queue.Name',
      },
    },
    sent: {
      records: [
        {
          data: base64({
            ContactId: 'c1',
            InitiationMethod: 'INBOUND',
            Agent: null,
            Queue: { Name: 'Sales' },
          }),
        },
      ],
    },
    calls: [{ id: 'c1', direction: 'inbound', status: 'cancelled', missed: true, queue: 'Sales' }],
  },
  {
    what: 'JSON in a text, with what stands beside it (Yeastar P)',
    profile: {
      split: { path: 'msg', with: { sn: 'sn' } },
      identity: { id: { join: ['sn', 'call_id'] } },
      map: {
        status: { lookup: 'status', in: { ANSWERD: 'answered', 'NO ANSWER': 'no-answer' } },
        start: { time: 'time_start', zone: 'Asia/Shanghai' },
      },
    },
    sent: {
      type: 30012,
      sn: '3631',
      msg: '{"call_id":"9.1","status":"ANSWERD","time_start":"2026-05-12 18:14:21"}',
    },
    calls: [{ id: '3631:9.1', status: 'answered', start: '2026-05-12T10:14:21Z' }],
  },
  {
    what: 'keys with spaces, a word for nothing, booleans as texts (Webex)',
    profile: {
      split: { path: 'items' },
      nothing: ['NA', 'na'],
      map: {
        answered: { lookup: 'Answered', in: { true: true, false: false } },
        start: { time: 'Start time' },
        duration: { seconds: 'Duration' },
        to: 'Called number',
      },
    },
    sent: {
      items: [
        { 'Start time': '2026-05-12T10:14:21.918Z', Answered: 'false', Duration: 0, 'Called number': 'NA' },
      ],
    },
    calls: [{ answered: false, start: '2026-05-12T10:14:21.918Z', duration: 0 }],
  },
  {
    what: 'two zones in one body (Plivo)',
    profile: {
      zone: 'UTC',
      map: { start: { time: 'StartTime', zone: 'Asia/Kolkata' }, end: { time: 'SessionStart' } },
    },
    sent: { StartTime: '2026-05-12 14:05:08', SessionStart: '2026-05-12 08:35:10.910772' },
    calls: [{ start: '2026-05-12T08:35:08Z', end: '2026-05-12T08:35:10.910Z' }],
  },
  {
    what: 'date and time in two texts (JustCall)',
    profile: {
      zone: 'UTC',
      map: { start: { time: { join: ['data.call_date', 'data.call_time'], with: ' ' } } },
    },
    sent: { data: { call_date: '2026-05-12', call_time: '10:14:21' } },
    calls: [{ start: '2026-05-12T10:14:21Z' }],
  },
  {
    what: 'lists in lists (Genesys)',
    profile: {
      map: {
        agent: {
          pick: 'participants',
          where: { purpose: 'agent', connectedTime: { given: true } },
          take: 'name',
        },
        answer: {
          time: {
            pick: 'participants',
            where: { purpose: 'agent' },
            take: { pick: 'calls', where: { state: { not: 'none' } }, take: 'connectedTime' },
          },
        },
        from: {
          pick: 'participants',
          where: { purpose: ['customer', 'external'] },
          take: { party: 'address' },
        },
      },
    },
    sent: {
      participants: [
        { purpose: 'customer', address: 'tel:+15555550119' },
        { purpose: 'agent', name: 'Ann', calls: [{ state: 'none', connectedTime: '2026-05-12T10:00:00Z' }] },
        {
          purpose: 'agent',
          name: 'Bea',
          connectedTime: 'x',
          calls: [{ state: 'ok', connectedTime: '2026-05-12T10:14:28Z' }],
        },
      ],
    },
    calls: [{ agent: 'Bea', answer: '2026-05-12T10:14:28Z', from: '+15555550119' }],
  },
  {
    what: 'Gregorian seconds and user@realm (Kazoo)',
    profile: {
      map: {
        end: { time: 'timestamp', unit: 'gregorian' },
        from: { party: 'from' },
        duration: { seconds: 'billing_seconds' },
      },
    },
    sent: { timestamp: '63945792929', from: '+15555550119@acme.example', billing_seconds: '61' },
    calls: [{ end: '2026-05-12T08:15:29Z', from: '+15555550119', duration: 61 }],
  },
  {
    what: 'an id in an address, a key with a dot (Microsoft Graph)',
    profile: {
      split: { path: 'value' },
      map: {
        id: { extract: 'resource', pattern: "callRecords[('/]+([^')/]+)" },
        group: 'resourceData.@odata.id',
      },
    },
    sent: {
      value: [{ resource: "communications/callRecords('e1f2')", resourceData: { '@odata.id': 'x/y' } }],
    },
    calls: [{ id: 'e1f2', group: 'x/y' }],
  },
  {
    what: 'events about several parties (RingCentral)',
    profile: {
      map: {
        kind: { value: 'live' },
        direction: { lookup: 'body.parties.0.direction', in: { Inbound: 'inbound', Outbound: 'outbound' } },
        missed: { pick: 'body.parties', where: { missedCall: true }, take: 'missedCall' },
      },
    },
    sent: { body: { parties: [{ direction: 'Inbound', missedCall: false }, { missedCall: true }] } },
    calls: [{ kind: 'live', direction: 'inbound', missed: true }],
  },
];

const generic = loadVendors().get(GENERIC_VENDOR);
if (generic === undefined) throw new Error('generic is missing');

test.each(SHAPES)('$what', ({ profile: part, sent, calls }) => {
  const profile: VendorProfile = {
    ...{ vendor: 'shape', title: 'Shape', description: 'A shape.', basis: 'inference', documents: [] },
    ...part,
  };
  expect(vendorSchemaCheck()(profile)).toEqual([]);
  const vendor = makeVendor(profile, { type: 'object' });
  const source = { name: 'one', vendor };
  const read = readCdrs(
    { body: Buffer.from(JSON.stringify(sent)), query: '' },
    source,
    new Vendors([generic, vendor]),
  );
  const found = read.map((one) => cdrOfRead(one, source, new Date(0)).call);
  expect(found.map((call) => (call instanceof Call ? call.all() : {}))).toEqual(
    calls.map((call) => expect.objectContaining(call) as object),
  );
});
