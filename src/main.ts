import type { Server } from 'node:http';
import { join } from 'node:path';
import type { Express } from 'express';
import type { Vendors } from './cdr/vendor.ts';
import type { Config } from './config.ts';
import { makeApp } from './http/app.ts';
import { apiDocument } from './http/openapi/document.ts';
import { bodyReader } from './http/body-reader.ts';
import { EventFeed } from './http/event-feed.ts';
import { whyNotReady } from './http/operations.ts';
import { etagOf } from './http/preconditions.ts';
import { closeServer, listen, urlOf, type Listen } from './http/server.ts';
import { Acceptance } from './intake/acceptance.ts';
import { CallRelease } from './intake/call-release.ts';
import { Captures } from './intake/capture/captures.ts';
import { FileIntake } from './intake/file-intake.ts';
import { Intake } from './intake/intake.ts';
import { SourceWatch } from './intake/source-watch.ts';
import type { Log } from './log.ts';
import { Observer } from './observer.ts';
import { apiSchemas, packageContents, packageVersion, webhookSchemaCheck } from './package-files.ts';
import { loadPage } from './page-files.ts';
import { cdrReader, makeRecordings } from './recording-parts.ts';
import { makeGuard, makeRelay } from './relay-parts.ts';
import { makeRules, makeSecrets, surroundingsOf } from './rules-parts.ts';
import { RunWorker } from './runs/run-worker.ts';
import { PATIENCE_MS } from './store/await-store.ts';
import { keepPurging } from './store/keep-purging.ts';
import { openStore } from './store/open-store.ts';
import type { Store } from './store/store.ts';
import type { Environment } from './webhooks/references.ts';
import { Registry } from './webhooks/registry.ts';

/** A router that is running. */
export interface Router {
  /** Where CDRs come in, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Where it is administered; the same unless configured otherwise. */
  readonly adminUrl: string;
  /** Where files are sent by SFTP; `undefined` when that is not configured. */
  readonly sftpUrl: string | undefined;
  /** Stops within the configured grace and a few seconds. What could not be sent is sent after the next start. */
  stop(): Promise<void>;
}

/** What a router is made of. */
export interface RouterOptions {
  readonly config: Config;
  readonly vendors: Vendors;
  readonly log: Log;
  /** Where `${NAME}` in webhooks gets its value, before the secrets file. */
  readonly environment: Environment;
  /** Ends a start that waits for its database. */
  readonly signal?: AbortSignal;
}

/**
 * Starts a router: the only place that knows all the parts. A database that is not there yet is waited for.
 *
 * @throws InvalidDocumentError when there are no usable rules, Error when the store or the address cannot be had.
 */
export async function startRouter(options: RouterOptions): Promise<Router> {
  const { config } = options;
  const parts = makeParts(options, await openRouterStore(options));
  const { captures, sourceWatch, callRelease, store, secrets, rules, transport, dispatcher, runWorker } =
    parts;
  const { events } = parts;
  const releaseAll = async (): Promise<void> => {
    await rules.close();
    await captures.settled();
    secrets?.close();
    transport.close();
    await store.close();
  };
  let isStopping = false;
  const servers: Server[] = [];
  let files: FileIntake;
  try {
    secrets?.open();
    await rules.open();
    for (const { app, address } of makeApps(options, parts, () => isStopping)) {
      servers.push(await listen(app, address));
    }
    files = await startFiles(options, parts);
  } catch (error) {
    await Promise.all(servers.map((server) => closeServer(server, 0)));
    await releaseAll();
    throw error;
  }
  dispatcher.start();
  runWorker.start();
  sourceWatch.start();
  callRelease.start();
  const purgings = startPurging(options, parts);
  const [url = '', adminUrl = url] = servers.map(urlOf);
  const stop = async (): Promise<void> => {
    isStopping = true;
    for (const purging of purgings) clearInterval(purging);
    sourceWatch.stop();
    events.close();
    const graceMs = config.shutdownGraceMs;
    const serversClosed = servers.map((server) => closeServer(server, graceMs));
    const workersStopped = [files.stop(), runWorker.stop(), callRelease.stop()];
    await Promise.all([...serversClosed, ...workersStopped, dispatcher.stop(graceMs)]);
    await releaseAll();
  };
  return { url, adminUrl, sftpUrl: files.sftpUrl, stop };
}

function openRouterStore({ config, log, signal }: RouterOptions): Promise<Store> {
  const { dedupeWindowMs, leaseMs } = config;
  const onAway = (reason: string): void => {
    log.warn({ reason, forSeconds: PATIENCE_MS / 1_000 }, 'store.awaited');
  };
  const onThere = (): void => {
    log.info('store.reached');
  };
  return openStore(config, { dedupeWindowMs, leaseMs }, { onAway, onThere, signal });
}

/** Everything a router is made of but its HTTP applications. */
type Parts = ReturnType<typeof makeParts>;

function makeParts({ config, vendors, log, environment }: RouterOptions, store: Store) {
  const observer = new Observer(log);
  const { dataDirectory } = config;
  const captures = new Captures(join(dataDirectory, 'captures'), observer.captureFailed.bind(observer));
  const registry = new Registry();
  const guard = makeGuard(config);
  const rules = makeRules(config, registry, guard, observer);
  const events = new EventFeed(() => etagOf(rules.document));
  observer.follow(events);
  observer.sources.follow(events);
  const secrets = makeSecrets(config, environment, observer);
  const recordings = makeRecordings(config, observer.recordings);
  const readCdr = cdrReader(config, vendors, recordings);
  const foundation = { observer, store, registry, guard, rules, readCdr, recordings };
  const relay = makeRelay(foundation, secrets?.environment ?? environment, config);
  const { dispatcher } = relay;
  const runWorker = new RunWorker({ store, registry, vendors, readCdr, observer });
  const callRelease = new CallRelease({
    ...{ store, sources: config.sources, vendors, registry, observer, clock: Date.now },
    acceptance: new Acceptance({ outlet: dispatcher, observer }),
  });
  const watched = { sources: config.sources.values(), observer: observer.sources };
  const sourceWatch = new SourceWatch({ ...watched, store, clock: Date.now });
  const intake = new Intake({
    ...{ vendors, registry, store, outlet: dispatcher, recordings, clock: Date.now },
    observer: sourceWatch.hearing(observer),
    limits: config.intakeLimits,
  });
  observer.watch({
    pending: () => store.pending(),
    heldCalls: () => store.calls.count(),
    inFlight: () => dispatcher.inFlight,
    overdueMs: () => dispatcher.overdueMs,
    webhooks: () => registry.webhooks.size,
    brokenTargets: () => dispatcher.broken.length,
    sources: () => sourceWatch.states(),
  });
  return {
    ...foundation,
    ...relay,
    ...{ intake, captures, sourceWatch, callRelease, secrets, runWorker, events },
  };
}

/** The HTTP applications and where they listen: one, or one each for intake and administration. */
function makeApps(
  { config, vendors, environment }: RouterOptions,
  parts: Parts,
  isStopping: () => boolean,
): { app: Express; address: Listen }[] {
  const { observer, captures, sourceWatch, store, registry, guard, rules } = parts;
  const { dispatcher, runWorker, readCdr, sender, intake, recordings } = parts;
  const { sources, access, intakeLimits, maxBodiesBytes, maxOverdueMs } = config;
  const common = {
    isStopping,
    notReady: () => {
      const { storeAwayMs, overdueMs } = dispatcher;
      return whyNotReady({ isStopping: isStopping(), storeAwayMs, overdueMs, maxOverdueMs });
    },
    observer,
  };
  // Links are good at both addresses: targets know one, the page the other.
  const recording = recordings === undefined ? undefined : { recordings };
  const readBody = bodyReader({ maxBodyBytes: intakeLimits.maxBodyBytes, maxBodiesBytes });
  const intakePart = { intake: { intake, sources, readBody, captures, clock: Date.now }, recording };
  const checkDocument = webhookSchemaCheck();
  const { targetProblem } = guard;
  const adminPart = {
    admin: {
      ...{ store, registry, rules, breakers: dispatcher, checkDocument, targetProblem, access },
      ...{ vendors, sources, readCdr, recordings, contents: packageContents() },
      ...{ sender, trialObserver: observer, captures, maskNumbers: config.maskNumbers },
      ...{ relay: dispatcher, events: parts.events, sourceWatch },
      storeKind: config.databaseUrl === undefined ? 'sqlite' : 'postgres',
      ...{ metrics: observer, clock: Date.now, intake: intakePart.intake },
      apiDocument: apiDocument(apiSchemas(), packageVersion()),
      surroundings: surroundingsOf(config, vendors, parts.secrets?.environment ?? environment),
      loadPage,
      onCancelled: observer.cancelled.bind(observer),
      onRunStarted: () => {
        runWorker.wake();
      },
    },
  };
  if (config.adminListen === undefined) {
    return [{ app: makeApp(common, { ...intakePart, ...adminPart }), address: config.listen }];
  }
  return [
    { app: makeApp(common, intakePart), address: config.listen },
    { app: makeApp(common, { ...adminPart, recording }), address: config.adminListen },
  ];
}

function startFiles({ config, vendors }: RouterOptions, { intake, observer }: Parts): Promise<FileIntake> {
  const { folders, sftp, retentionMs, intakeLimits } = config;
  const { maxBodyBytes } = intakeLimits;
  return FileIntake.start({
    ...{ folders, sftp, retentionMs, maxBodyBytes, intake, vendors, observer: observer.sources },
    directory: config.dataDirectory,
  });
}

function startPurging({ config }: RouterOptions, parts: Parts): NodeJS.Timeout[] {
  const { store, captures, recordings, observer } = parts;
  const { retentionMs } = config;
  const ofRecordings = observer.recordings.recordingFailed.bind(observer.recordings);
  return [
    keepPurging(store, retentionMs, observer.storeFailed.bind(observer)),
    keepPurging(captures, retentionMs, observer.captureFailed.bind(observer, undefined)),
    ...(recordings === undefined ? [] : [keepPurging(recordings, recordings.retentionMs, ofRecordings)]),
  ];
}
