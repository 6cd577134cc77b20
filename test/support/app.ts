import { etagOf } from '../../src/http/preconditions.ts';
import { givenCallFields } from '../../src/cdr/given-call-fields.ts';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Express } from 'express';
import request, { type Response, type Test } from 'supertest';
import { expect, onTestFinished, vi } from 'vitest';
import type { Config } from '../../src/config.ts';
import { makeApp } from '../../src/http/app.ts';
import { bodyReader } from '../../src/http/body-reader.ts';
import { EventFeed } from '../../src/http/event-feed.ts';
import type { AdminAccess } from '../../src/http/auth.ts';
import { Captures } from '../../src/intake/capture/captures.ts';
import { Acceptance } from '../../src/intake/acceptance.ts';
import { CallRelease } from '../../src/intake/call-release.ts';
import type { PageFiles } from '../../src/http/page-routes.ts';
import { Intake } from '../../src/intake/intake.ts';
import { INTAKE_LIMITS, type IntakeLimits } from '../../src/intake/intake-limits.ts';
import { RunWorker } from '../../src/runs/run-worker.ts';
import { SourceWatch } from '../../src/intake/source-watch.ts';
import type { RecordingSettings } from '../../src/intake/recordings/recording-settings.ts';
import { Recordings } from '../../src/intake/recordings/recordings.ts';
import type { Source } from '../../src/intake/source.ts';
import { makeLog } from '../../src/log.ts';
import { startRouter, type Router } from '../../src/main.ts';
import { Observer } from '../../src/observer.ts';
import {
  loadVendors,
  packageContents,
  rulesSchemaCheck,
  webhookSchemaCheck,
} from '../../src/package-files.ts';
import { cdrReader } from '../../src/recording-parts.ts';
import { Dispatcher } from '../../src/relay/dispatcher.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { TargetProblem } from '../../src/webhooks/check-webhooks.ts';
import type { Environment } from '../../src/webhooks/references.ts';
import { disableGone } from '../../src/webhooks/disable-gone.ts';
import { Registry } from '../../src/webhooks/registry.ts';
import { RulesFile } from '../../src/webhooks/rules-file.ts';
import type { WebhookDocument } from '../../src/webhooks/webhook.ts';
import { API_DOCUMENT, withDescribedAnswers } from './described-answers.ts';
import { LOOPBACK } from './networks.ts';
import { makeSender } from './make-sender.ts';
import { ScriptedTransport } from './scripted-transport.ts';

/** How a test's application differs from the usual one. */
export interface AppSettings {
  /** The first webhooks in the rules file. */
  readonly webhooks?: readonly WebhookDocument[];
  /** By default without tokens, and addressed by the names of this machine. */
  readonly access?: Partial<AdminAccess>;
  /** By default one for each vendor without credentials, and `default`. */
  readonly sources?: Readonly<Record<string, Omit<Partial<Source>, 'name' | 'vendor'> & { vendor?: string }>>;
  readonly limits?: Partial<IntakeLimits>;
  readonly maxBodiesBytes?: number;
  readonly recordings?: Partial<RecordingSettings>;
  /** Stands in the place of the memory store. */
  readonly wrapStore?: (store: Store) => Store;
  readonly maskNumbers?: boolean;
  readonly transport?: ScriptedTransport;
  readonly environment?: Environment;
  /** By default no target is refused. */
  readonly targetProblem?: TargetProblem;
  readonly notReady?: () => string | undefined;
  /** What tokens, sessions and idempotency keys go by; epoch milliseconds. */
  readonly clock?: () => number;
  /** By default the page has no files. */
  readonly loadPage?: () => Promise<PageFiles>;
}

/** A line of the log. */
export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

/** The real application over a memory store, a real rules file in a folder of its own and a scripted transport. */
export interface TestApp {
  /** Answers as described in the document of the API, or the test fails. */
  readonly app: Express;
  /** The application itself. */
  readonly made: Express;
  readonly store: Store;
  readonly registry: Registry;
  readonly transport: ScriptedTransport;
  /** Drives runs once a test has started it. */
  readonly runWorker: RunWorker;
  readonly captures: Captures;
  /** Looks for quiet sources when a test asks it to. */
  readonly sourceWatch: SourceWatch;
  /** Releases held calls when a test asks it to. */
  readonly callRelease: CallRelease;
  readonly rulesPath: string;
  /** The webhooks in the rules file on disk. */
  readonly onDisk: () => WebhookDocument[];
  /** Every log line so far, as text. */
  readonly logText: () => string;
  readonly logOf: (event: string) => LogLine[];
  /** Waits until no delivery is under way. */
  readonly idle: () => Promise<void>;
}

/** Makes a folder that goes when the running test has ended. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hookswitch-test-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Writes the rules file of a folder, as a hand edit does. */
export function writeRules(folder: string, webhooks: readonly WebhookDocument[] = []): void {
  writeFileSync(join(folder, 'rules.json'), JSON.stringify({ webhooks }));
}

const vendors = loadVendors();
const schemaCheck = rulesSchemaCheck();
const checkDocument = webhookSchemaCheck();
const contents = packageContents();

/** Makes an application for the test that is running; it goes when the test has ended. */
export async function startApp(settings: AppSettings = {}): Promise<TestApp> {
  const folder = makeFolder();
  const rulesPath = join(folder, 'rules.json');
  writeRules(folder, settings.webhooks);
  const lines: string[] = [];
  const observer = new Observer(makeLog('debug', { write: (line) => void lines.push(line) }));
  const registry = new Registry();
  const { targetProblem = () => undefined } = settings;
  const rules = new RulesFile({
    path: rulesPath,
    lastGoodPath: join(folder, 'last-good.json'),
    registry,
    schemaCheck,
    targetProblem,
    onChange: (status) => {
      observer.rulesChanged(status, registry.webhooks.size);
    },
  });
  const memory = new MemoryStore({ dedupeWindowMs: 86_400_000, leaseMs: 30_000 });
  const store = settings.wrapStore?.(memory) ?? memory;
  const events = new EventFeed(() => etagOf(rules.document));
  observer.follow(events);
  observer.sources.follow(events);
  const { transport = new ScriptedTransport(), environment = {} } = settings;
  const sources = makeSources(settings);
  const recordings = makeTestRecordings(settings, folder, observer);
  const readCdr = cdrReader({ sources }, vendors, recordings);
  const sender = makeSender({ transport, environment, readCdr });
  const relay = new Dispatcher({
    store,
    registry,
    sender,
    observer,
    maxInFlight: 100,
    leaseMs: 30_000,
    onGone: (gone) => void disableGone(rules, gone),
    clock: () => Date.now(),
    random: () => Math.random(),
  });
  const callRelease = new CallRelease({
    ...{ store, sources, vendors, registry, observer, clock: Date.now },
    acceptance: new Acceptance({ outlet: relay, observer }),
  });
  const sourceWatch = new SourceWatch({
    ...{ sources: sources.values(), store, observer: observer.sources, clock: Date.now },
  });
  observer.watch({
    pending: () => store.pending(),
    heldCalls: () => store.calls.count(),
    inFlight: () => relay.inFlight,
    overdueMs: () => relay.overdueMs,
    webhooks: () => registry.webhooks.size,
    brokenTargets: () => relay.broken.length,
    sources: () => sourceWatch.states(),
  });
  const runWorker = new RunWorker({ store, registry, vendors, readCdr, observer });
  onTestFinished(async () => {
    events.close();
    await runWorker.stop();
    await relay.stop(0);
    await rules.close();
  });
  await rules.open();
  const limits = { ...INTAKE_LIMITS, maxBodyBytes: 1_048_576, ...settings.limits };
  const intake = new Intake({
    vendors,
    registry,
    store,
    outlet: relay,
    observer: sourceWatch.hearing(observer),
    clock: Date.now,
    limits,
    recordings,
  });
  const access = { tokens: [], allowedHosts: [], ...settings.access };
  const captures = new Captures(join(folder, 'captures'), (source, error) => {
    observer.captureFailed(source, error);
  });
  const readBody = bodyReader({
    maxBodyBytes: limits.maxBodyBytes,
    maxBodiesBytes: settings.maxBodiesBytes ?? 67_108_864,
  });
  const clock = settings.clock ?? Date.now;
  const intakePart = { intake, sources, captures, readBody, clock };
  const made = makeApp(
    {
      isStopping: () => false,
      notReady: settings.notReady ?? (() => undefined),
      observer,
    },
    {
      intake: intakePart,
      recording: { recordings },
      admin: {
        ...{ store, registry, rules, breakers: relay, checkDocument, targetProblem, access },
        ...{ vendors, sources, readCdr, recordings, contents },
        ...{ sender, trialObserver: observer, captures, maskNumbers: settings.maskNumbers ?? false },
        ...{ relay, events, sourceWatch, storeKind: 'memory' },
        surroundings: { environment, sources: givenCallFields(sources, vendors) },
        ...{ metrics: observer, clock, intake: intakePart },
        apiDocument: API_DOCUMENT,
        loadPage: settings.loadPage ?? (() => Promise.resolve(new Map())),
        onCancelled: observer.cancelled.bind(observer),
        onRunStarted: () => {
          runWorker.wake();
        },
      },
    },
  );
  const app = withDescribedAnswers(made);
  const logOf = (event: string): LogLine[] =>
    lines.map((line) => JSON.parse(line) as LogLine).filter((line) => line.event === event);
  return {
    ...{ app, made },
    store,
    registry,
    transport,
    runWorker,
    captures,
    sourceWatch,
    callRelease,
    rulesPath,
    onDisk: () => (JSON.parse(readFileSync(rulesPath, 'utf8')) as { webhooks: WebhookDocument[] }).webhooks,
    logText: () => lines.join(''),
    logOf,
    idle: () => vi.waitUntil(() => relay.inFlight === 0, { interval: 1 }).then(() => undefined),
  };
}

function makeTestRecordings(settings: AppSettings, folder: string, observer: Observer): Recordings {
  return new Recordings({
    settings: {
      directory: join(folder, 'recordings'),
      publicUrl: 'https://hooks.example.com',
      uploadUrl: 'http://router.example:8080',
      secret: undefined,
      maxBytes: 1_048_576,
      minFreeBytes: 0,
      uploadMs: 3_600_000,
      linkMs: 86_400_000,
      retentionMs: 86_400_000,
      ...settings.recordings,
    },
    key: Buffer.alloc(32, 7),
    clock: settings.clock ?? Date.now,
    observer: observer.recordings,
  });
}

function makeSources({ sources }: AppSettings): ReadonlyMap<string, Source> {
  const usual = Object.fromEntries(vendors.names.map((vendor) => [vendor, { vendor }]));
  return new Map(
    Object.entries(sources ?? { default: {}, ...usual }).map(([name, { vendor, ...source }]) => [
      name,
      { ...source, name, vendor: vendor === undefined ? undefined : vendors.get(vendor) },
    ]),
  );
}

/** Sends bytes as they are, whatever the headers call them. */
export function postBytes(
  app: Express,
  path: string,
  bytes: Uint8Array | string,
  headers: Readonly<Record<string, string>> = {},
): Test {
  const asIs = (body: Buffer): string => body as unknown as string;
  return request(app).post(path).set(headers).serialize(asIs).send(Buffer.from(bytes));
}

/** A problem as the API answers it. */
export interface ShownProblem {
  readonly detail: string;
  readonly code: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string; readonly line?: number }[];
}

/** Expects an answer to be a problem in full form that lets nothing out of the inside, and gives it. */
export function expectProblem(response: Response, status: number, code: string): ShownProblem {
  expect(response.status).toBe(status);
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  const problem = response.body as ShownProblem;
  expect(problem).toMatchObject({ status, code, type: `/problems/${code}` });
  expect(problem).toHaveProperty('title', expect.stringMatching(/\S/));
  expect(problem).toHaveProperty('detail', expect.stringMatching(/\S/));
  expect(response.text).not.toMatch(/\bat .+\.[jt]s:\d+|node_modules/);
  return problem;
}

/** An address with a port that is free. */
export const ANY_PORT = { host: '127.0.0.1', port: 0 };

/** The configuration of a router that keeps everything in a folder. */
export function configIn(folder: string, members: Partial<Config> = {}): Config {
  return {
    path: join(folder, 'config.json'),
    listen: ANY_PORT,
    adminListen: undefined,
    access: { tokens: [], allowedHosts: [] },
    dataDirectory: join(folder, 'data'),
    databaseUrl: undefined,
    rulesPath: join(folder, 'rules.json'),
    secretsPath: undefined,
    sources: new Map([['default', { name: 'default' }]]),
    folders: [],
    sftp: undefined,
    recordings: undefined,
    intakeLimits: INTAKE_LIMITS,
    maxBodiesBytes: 67_108_864,
    dedupeWindowMs: 86_400_000,
    maxInFlight: 100,
    maxOverdueMs: 300_000,
    leaseMs: 20_000,
    allowNetworks: LOOPBACK,
    allowVariables: ['*'],
    maskNumbers: false,
    retentionMs: 86_400_000,
    shutdownGraceMs: 1_000,
    logLevel: 'info',
    ...members,
  };
}

/** Starts a whole router, with its own store and servers. When the test does not stop it, the end of the test does. */
export async function startTestRouter(
  config: Config,
  environment: Environment = {},
  log = makeLog('silent'),
): Promise<Router> {
  const router = await startRouter({ config, vendors, log, environment });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= router.stop());
  onTestFinished(stop);
  return { ...router, stop };
}
