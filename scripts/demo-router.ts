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
];
/** Calls in each hour of a day, beginning at midnight: offices open at eight. */
const CALLS = [1, 0, 0, 1, 0, 1, 3, 8, 19, 27, 30, 24, 17, 22, 29, 26, 21, 15, 9, 5, 3, 2, 1, 1];

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
  Date.now = () => realNow() - behindMs;
  const router = await startIn(folder, target.url);
  for (; behindMs > 0; behindMs -= HOUR_MS) await oneHour(router);
  behindMs = 0;
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

async function oneHour(router: Router): Promise<void> {
  const hour = new Date(Date.now()).getHours();
  for (let call = 0; call < (CALLS[hour] ?? 0); call += 1) {
    const sample = SAMPLES[(call * 5 + hour) % SAMPLES.length] ?? '';
    const [vendor = ''] = sample.split('/');
    const path = join(PACKAGE_FOLDER, 'schemas/vendors', vendor, 'samples', sample.slice(vendor.length + 1));
    const record = JSON.parse(readFileSync(path, 'utf8')) as object;
    // Another call each time: the same bytes are one CDR.
    const body = JSON.stringify({ ...record, demoCall: `${hour}-${call}` });
    await fetch(`${router.url}/cdr/${vendor}`, { method: 'POST', body });
  }
  await wait(60);
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
