import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { loadConfig } from '../config.ts';
import { makeLog } from '../log.ts';
import { startRouter, type Router } from '../main.ts';
import { configSchemaCheck, EXAMPLE_CONFIG, loadVendors, VENDORS_FOLDER } from '../package-files.ts';
import { print, readOptions, type Command } from './command.ts';
import { receiverUrl, requestLine, startReceiver } from './receive.ts';

const HELP = `hookswitch demo

Starts a router and a small receiver on this machine, sends the sample CDRs of every vendor to the router,
and prints what the webhooks relayed to the receiver. Keeps nothing and ends by itself.`;

/** How long the deliveries of the samples may take. */
const PATIENCE_MS = 15_000;

/** `hookswitch demo`. */
export const demo: Command = {
  help: HELP,
  async run(args) {
    readOptions(args, {});
    const folder = mkdtempSync(join(tmpdir(), 'hookswitch-demo-'));
    const receiver = await startReceiver(0, printRequest);
    try {
      const router = await startDemoRouter(folder, receiverUrl(receiver));
      print(`router   ${router.url}\nreceiver ${receiverUrl(receiver)}\n`);
      await sendSamples(router);
      await untilAllDelivered(router);
      await printStats(router);
      await router.stop();
      return 0;
    } finally {
      receiver.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function printRequest(request: IncomingMessage, body: string): void {
  const start = body.slice(0, 150).replaceAll(/\s+/g, ' ');
  print(
    `   relayed  ${requestLine(request)}  ${start}${body.length > 150 ? `… (${body.length} characters)` : ''}`,
  );
}

function startDemoRouter(folder: string, target: string): Promise<Router> {
  const rulesPath = join(folder, 'rules.json');
  writeFileSync(rulesPath, JSON.stringify({ webhooks: demoWebhooks(target) }));
  const environment = {
    HOOKSWITCH_PORT: '0',
    HOOKSWITCH_DATA: folder,
    HOOKSWITCH_RULES: rulesPath,
    HOOKSWITCH_LOG_LEVEL: 'silent',
  };
  const vendors = loadVendors();
  const config = loadConfig(EXAMPLE_CONFIG, environment, configSchemaCheck(), vendors);
  return startRouter({ config, vendors, log: makeLog('silent'), environment });
}

function demoWebhooks(target: string): object[] {
  const isFrom = (vendor: string): object => ({ '==': [{ var: '$vendor' }, vendor] });
  return [
    {
      id: 'missed-cisco-call',
      name: 'Missed call (Cisco)',
      url: `${target}/tickets`,
      conditions: [isFrom('cisco'), { '==': [{ var: 'dateTimeConnect' }, 'Never'] }],
      meta: { event: 'missed call' },
    },
    {
      id: 'missed-telecmi-call',
      name: 'Missed call (TeleCMI)',
      url: `${target}/tickets`,
      conditions: [
        isFrom('telecmi'),
        { '==': [{ var: 'type' }, 'cdr'] },
        { '==': [{ var: 'status' }, 'missed'] },
      ],
      meta: { event: 'missed call' },
    },
    {
      id: 'vodia-queue-call',
      name: 'Answered in a queue (Vodia)',
      url: `${target}/crm/calls`,
      conditions: [
        isFrom('vodia'),
        {
          some: [
            { var: 'states' },
            { and: [{ '==': [{ var: 'type' }, 'acd'] }, { '>': [{ var: 'durationtalk' }, 0] }] },
          ],
        },
      ],
      meta: { event: 'queue call' },
    },
  ];
}

async function sendSamples(router: Router): Promise<void> {
  for (const vendor of readdirSync(VENDORS_FOLDER)) {
    const samples = join(VENDORS_FOLDER, vendor, 'samples');
    for (const name of readdirSync(samples)) {
      const body = readFileSync(join(samples, name));
      const url = `${router.url}/cdr/${vendor}`;
      const answer = name.endsWith('.query')
        ? await fetch(`${url}?${body.toString('utf8')}`)
        : await fetch(url, { method: 'POST', body });
      print(`${vendor}/${name}  ${answer.status} ${await answer.text()}`);
    }
  }
}

async function untilAllDelivered(router: Router): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const stats = (await (await fetch(`${router.url}/api/v1/stats`)).json()) as { pending: number };
    if (stats.pending === 0) return;
    await wait(50);
  }
}

async function printStats(router: Router): Promise<void> {
  const answer = await fetch(`${router.url}/api/v1/webhooks`);
  const { data } = (await answer.json()) as {
    data: { name: string; stats: { hits: number; delivered: number } }[];
  };
  print('');
  for (const { name, stats } of data)
    print(`${name.padEnd(30)} hits ${stats.hits}, delivered ${stats.delivered}`);
}
