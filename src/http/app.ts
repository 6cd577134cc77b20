import express, { Router, type Express, type RequestHandler } from 'express';
import { problemLine } from '../check/problem.ts';
import type { RulesFile } from '../webhooks/rules-file.ts';
import { captureRoutes, type CaptureRoutesOptions } from './api/captures.ts';
import { cdrRoutes } from './api/cdrs.ts';
import { deliveryRoutes } from './api/deliveries.ts';
import type { MaskOptions } from './api/masked-numbers.ts';
import { runRoutes, type RunRoutesOptions } from './api/runs.ts';
import { statsRoutes } from './api/stats.ts';
import { webhookBacklogRoutes } from './api/webhook-backlog.ts';
import { webhookRoutes, type WebhookRoutesOptions } from './api/webhooks.ts';
import { adminGuard, type AdminAccess } from './auth.ts';
import { intakeRoutes, type IntakeRoutesOptions } from './intake-routes.ts';
import { healthRoutes, metricsRoutes, type MetricsSource, type OperationsOptions } from './operations.ts';
import { allowOnly, HttpProblem, noSuchRoute, problemHandler, type ProblemObserver } from './problem.ts';

/** What administration needs. */
export interface AdminOptions
  extends WebhookRoutesOptions, RunRoutesOptions, CaptureRoutesOptions, MaskOptions {
  readonly access: AdminAccess;
  readonly metrics: MetricsSource;
}

/** What every app needs. */
export interface CommonOptions extends OperationsOptions {
  /** Whether the router is ending what is under way. */
  readonly isStopping: () => boolean;
  readonly observer: ProblemObserver;
}

/** An HTTP application with the given parts; intake and administration may be served together or at different addresses. */
export function makeApp(
  common: CommonOptions,
  parts: { intake?: IntakeRoutesOptions; admin?: AdminOptions },
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(healthRoutes(common));
  if (parts.intake !== undefined) app.use('/cdr', refuseWhileStopping(common), intakeRoutes(parts.intake));
  if (parts.admin !== undefined) app.use(adminRoutes(parts.admin));
  app.use(noSuchRoute);
  app.use(problemHandler(common.observer));
  return app;
}

/** What a sender has begun to hand in is still taken; what it begins over an open connection is not. */
function refuseWhileStopping({ isStopping }: CommonOptions): RequestHandler {
  return (_request, _response, next) => {
    if (!isStopping()) next();
    else throw new HttpProblem('unavailable', 'the router is stopping', { headers: STOPPING_HEADERS });
  };
}

const STOPPING_HEADERS = { connection: 'close', 'retry-after': '5' };

function adminRoutes(options: AdminOptions): Router {
  const router = Router();
  const guard = adminGuard(options.access);
  router.use('/api/v1', guard, webhookRoutes(options), webhookBacklogRoutes(options));
  router.use('/api/v1', cdrRoutes(options), deliveryRoutes(options), runRoutes(options));
  router.use('/api/v1', statsRoutes(options.store), rulesRoutes(options.rules), captureRoutes(options));
  router.use('/metrics', guard);
  router.use(metricsRoutes(options.metrics));
  return router;
}

/** `/rules/status`: how it stands with the rules file. */
function rulesRoutes(rules: RulesFile): Router {
  const router = Router();
  router
    .route('/rules/status')
    .get((_request, response) => {
      const { path, loadedAt, warnings, errors } = rules.status;
      response.json({ path, loadedAt, warnings: warnings.map(problemLine), errors: errors.map(problemLine) });
    })
    .all(allowOnly('GET'));
  return router;
}
