import { Router } from 'express';
import type { Store } from '../../store/store.ts';
import type { Registry } from '../../webhooks/registry.ts';
import type { Rules } from '../../webhooks/rules.ts';
import { allowOnly } from '../problem.ts';
import { bucketStart, lastDay, showRouterBuckets } from './buckets.ts';
import type { PackageContents } from './package-contents.ts';
import { showRulesStatus } from './rules.ts';
import { showSources, type SourceRoutesOptions } from './sources.ts';

/** How it stands with the relay; the dispatcher. */
export interface RelayStatus {
  /** Deliveries under way. */
  readonly inFlight: number;
  /** How long something that could be sent has not been. */
  readonly overdueMs: number;
  /** The webhooks whose breakers are not closed. */
  readonly broken: readonly string[];
}

/** What the overview needs. */
export interface OverviewOptions extends SourceRoutesOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly rules: Rules;
  readonly relay: RelayStatus;
  readonly contents: PackageContents;
  /** What keeps the CDRs, such as `sqlite`. */
  readonly storeKind: string;
}

/** More are not named; how many there are is told. */
const MOST_NAMED = 100;

/** `/overview`: how it stands with the whole router. */
export function overviewRoutes(options: OverviewOptions): Router {
  const router = Router();
  router
    .route('/overview')
    .get(async (_request, response) => {
      response.json(await overviewOf(options, Date.now()));
    })
    .all(allowOnly('GET'));
  return router;
}

async function overviewOf(options: OverviewOptions, nowMs: number): Promise<object> {
  const { store, registry, rules, relay, contents, storeKind } = options;
  const span = lastDay(nowMs);
  const [pending, hours, sources] = await Promise.all([
    store.pending(),
    store.hourly(undefined, bucketStart(span.startMs, span.bucketMs)),
    showSources(options),
  ]);
  const { data: hourly, totals } = showRouterBuckets(hours, span);
  return {
    webhooks: registry.webhooks.size,
    pending,
    inFlight: relay.inFlight,
    oldestDueMs: relay.overdueMs,
    last24Hours: totals,
    hourly,
    rules: showRulesStatus(rules),
    sources,
    brokenWebhookCount: relay.broken.length,
    brokenWebhooks: relay.broken.slice(0, MOST_NAMED),
    store: storeKind,
    version: contents.version,
  };
}
