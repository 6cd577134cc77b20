import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { loadConfig } from '../src/config.ts';
import { makeLog } from '../src/log.ts';
import { startRouter, type Router } from '../src/main.ts';
import { configSchemaCheck, EXAMPLE_CONFIG, loadVendors, PACKAGE_FOLDER } from '../src/package-files.ts';
import { Receiver } from '../test/support/receiver.ts';

const HOUR_MS = 3_600_000;
const SAMPLES = [
  'cisco/call-telemetry-missed.json',
  'cisco/call-telemetry-answered.json',
  'cisco/call-telemetry-busy.json',
  'telecmi/inbound-missed.json',
  'telecmi/inbound-answered.json',
  'vodia/inbound-queue-recorded.json',
  'vodia/inbound-queue-abandoned.json',
  'generic/nested-object-odd-keys.json',
];
/** Calls in each of the last 24 hours, the oldest first: an evening, a night, and a day at an office. */
const CALLS = [9, 5, 3, 2, 1, 1, 1, 0, 0, 1, 0, 1, 3, 8, 19, 27, 30, 24, 17, 22, 29, 26, 21, 15];

/** A router with a day of invented calls behind it. */
export interface DemoRouter {
  readonly router: Router;
  stop(): Promise<void>;
}

/** Starts a router and lets a day go by: its clock is put back, and put forward again from hour to hour. */
export async function startDemoRouter(): Promise<DemoRouter> {
  const folder = mkdtempSync(join(tmpdir(), 'hookswitch-screenshots-'));
  const target = await Receiver.start(({ path }) => {
    if (path === '/crm/notes') return { status: 503, body: '{"error":"maintenance until 18:00"}' };
    if (path === '/legacy') return { status: 404, body: 'no such hook' };
    return { status: 201, body: '{"id":"TCK-20418"}' };
  });
  const realNow = Date.now;
  let behindMs = 24 * HOUR_MS;
  Date.now = () => Math.round(realNow() - behindMs);
  const router = await startIn(folder, target.url);
  for (const [hour, calls] of CALLS.entries()) {
    for (let call = 0; call < calls; call += 1) {
      behindMs = (24 - hour - call / calls) * HOUR_MS;
      await send(router, `${hour}-${call}`, SAMPLES[(call * 5 + hour) % SAMPLES.length] ?? '');
      // Deliveries are to end before the clock jumps.
      await wait(20);
    }
    // Retries that are due by now go out.
    behindMs = (23 - hour) * HOUR_MS;
    await wait(60);
  }
  await wait(1_500);
  const stop = async (): Promise<void> => {
    await router.stop();
    await target.close();
    Date.now = realNow;
    rmSync(folder, { recursive: true, force: true });
  };
  return { router, stop };
}

function startIn(folder: string, target: string): Promise<Router> {
  const rulesPath = join(folder, 'rules.json');
  writeFileSync(rulesPath, JSON.stringify({ webhooks: webhooks(target) }, null, 2));
  const environment = {
    HOOKSWITCH_PORT: '0',
    HOOKSWITCH_DATA: folder,
    HOOKSWITCH_RULES: rulesPath,
    HOOKSWITCH_LOG_LEVEL: 'silent',
    TICKETS_TOKEN: 'invented',
  };
  const vendors = loadVendors();
  const config = loadConfig(EXAMPLE_CONFIG, environment, configSchemaCheck(), vendors);
  return startRouter({ config, vendors, log: makeLog('silent'), environment });
}

/** Hands a sample in as another call: the same bytes are one CDR. */
async function send(router: Router, demoCall: string, sample: string): Promise<void> {
  const [vendor = '', name = ''] = sample.split('/');
  const path = join(PACKAGE_FOLDER, 'schemas/vendors', vendor, 'samples', name);
  const record = JSON.parse(readFileSync(path, 'utf8')) as object;
  await fetch(`${router.url}/cdr/${vendor}`, {
    method: 'POST',
    body: JSON.stringify({ ...record, demoCall }),
  });
}

function webhooks(target: string): object[] {
  const missed = { '==': [{ var: '$call.missed' }, true] };
  const from = (source: string): object => ({ '==': [{ var: '$source' }, source] });
  return [
    {
      id: 'missed-call-ticket',
      name: 'Missed call ticket',
      url: `${target}/tickets`,
      conditions: [missed, { '!!': { var: '$call.from' } }],
      meta: { event: 'missed call', queue: 'front desk' },
      headers: { Authorization: 'Bearer ${TICKETS_TOKEN}' },
    },
    {
      id: 'cisco-calls',
      name: 'All Cisco calls to the data lake',
      url: `${target}/lake`,
      conditions: [from('cisco')],
    },
    {
      id: 'long-calls',
      name: 'Follow up calls over a minute',
      url: `${target}/crm/follow-up`,
      conditions: [{ '>': [{ var: '$call.duration' }, 60] }, { '==': [{ var: '$call.answered' }, true] }],
    },
    {
      id: 'crm-note',
      name: 'CRM note for answered calls',
      url: `${target}/crm/notes`,
      conditions: [{ '==': [{ var: '$call.answered' }, true] }, from('telecmi')],
    },
    {
      id: 'abandoned-in-queue',
      name: 'Abandoned in a queue',
      url: `${target}/chat`,
      conditions: [missed, { or: [{ '!!': { var: '$call.queue' } }, from('vodia')] }],
    },
    { id: 'old-report', name: 'Old report', url: `${target}/legacy`, conditions: [missed, from('telecmi')] },
  ];
}
