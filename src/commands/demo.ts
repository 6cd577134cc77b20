import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { loadConfig } from '../config.ts';
import { makeLog } from '../log.ts';
import { startRouter, type Router } from '../main.ts';
import { configSchemaCheck, EXAMPLE_CONFIG, loadVendors, VENDORS_FOLDER } from '../package-files.ts';
import { print, readOptions, type Command } from './command.ts';

const HELP = `hookswitch demo

Starts a router and a small receiver on this machine, sends the sample CDRs of every vendor to the router,
and prints what the webhooks relayed to the receiver. Keeps nothing and ends by itself.`;

/** How long the deliveries of the samples may take. */
const PATIENCE_MS = 15_000;

/** `hookswitch demo`. */
export const demo: Command = {
  name: 'demo',
  summary: 'see it work: sample CDRs through a router to a local receiver',
  help: HELP,
  async run(args) {
    readOptions(args, {});
    const folder = mkdtempSync(join(tmpdir(), 'hookswitch-demo-'));
    const receiver = await startReceiver();
    try {
      const router = await startDemoRouter(folder, urlOf(receiver));
      print(`router   ${router.url}\nreceiver ${urlOf(receiver)}\n`);
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

/** A target that prints what it gets. */
function startReceiver(): Promise<Server> {
  const server = createServer((request, response) => {
    void printRequest(request).then(() => response.end('thank you'));
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(server);
    });
  });
}

async function printRequest(request: IncomingMessage): Promise<void> {
  const body = await textOf(request);
  const shown = body.length > 150 ? `${body.slice(0, 150)}… (${body.length} characters)` : body;
  print(`   relayed  ${request.method ?? ''} ${request.url ?? ''}  ${shown}`);
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
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
