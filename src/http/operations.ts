import { Router } from 'express';
import { allowOnly, HttpProblem } from './problem.ts';

/** What the operations routes ask the rest of the router. */
export interface OperationsOptions {
  /** Why the router should get no work now; `undefined` when it is ready. */
  readonly notReady: () => string | undefined;
}

/** `/healthz` and `/readyz`, for whoever starts, stops and balances routers. They tell nothing that is secret. */
export function healthRoutes({ notReady }: OperationsOptions): Router {
  const router = Router();
  router
    .route('/healthz')
    .get((_request, response) => {
      response.json({ status: 'ok' });
    })
    .all(allowOnly('GET'));
  router
    .route('/readyz')
    .get((_request, response) => {
      const reason = notReady();
      if (reason !== undefined) throw new HttpProblem('unavailable', reason);
      response.json({ status: 'ready' });
    })
    .all(allowOnly('GET'));
  return router;
}

/** Where metrics come from, in the Prometheus text format. */
export interface MetricsSource {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** `/metrics`. */
export function metricsRoutes(source: MetricsSource): Router {
  const router = Router();
  router
    .route('/metrics')
    .get(async (_request, response) => {
      response.type(source.contentType).send(await source.metrics());
    })
    .all(allowOnly('GET'));
  return router;
}

/** What readiness is judged by: what was seen last, so that asking never waits for anything. */
export interface Readiness {
  readonly isStopping: boolean;
  /** For how long the store has not been available; `undefined` when it is. */
  readonly storeAwayMs: number | undefined;
  readonly overdueMs: number;
  readonly maxOverdueMs: number;
}

/** Why a router takes nothing in, or sends too little; `undefined` when all is well. */
export function whyNotReady({
  isStopping,
  storeAwayMs,
  overdueMs,
  maxOverdueMs,
}: Readiness): string | undefined {
  if (isStopping) return 'the router is stopping';
  if (storeAwayMs !== undefined) {
    return `the store has not been available for ${seconds(storeAwayMs)}; the log says why under store.failed`;
  }
  if (overdueMs <= maxOverdueMs) return undefined;
  return `a delivery that could be sent has waited for ${seconds(overdueMs)}`;
}

function seconds(durationMs: number): string {
  return `${Math.round(durationMs / 1_000)} s`;
}
