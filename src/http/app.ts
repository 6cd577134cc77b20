import express, { Router, type Express, type RequestHandler } from 'express';
import type { JsonObject } from '../check/json-text.ts';
import { backtestRoutes } from './api/backtests.ts';
import { captureRoutes, type CaptureRoutesOptions } from './api/captures.ts';
import { cdrRoutes } from './api/cdrs.ts';
import { deliveryRoutes } from './api/deliveries.ts';
import { eventRoutes } from './api/events.ts';
import { fieldRoutes, type FieldRoutesOptions } from './api/fields.ts';
import { heldCallRoutes } from './api/held-calls.ts';
import { explainRoutes } from './api/match-explain.ts';
import { maskAnswers } from './api/masked-numbers.ts';
import { overviewRoutes, type OverviewOptions } from './api/overview.ts';
import { recipeRoutes } from './api/recipes.ts';
import { recordingLinkRoutes, type RecordingReading } from './api/recordings.ts';
import { rulesRoutes } from './api/rules.ts';
import { sourceRoutes } from './api/sources.ts';
import { trialRoutes } from './api/trial-routes.ts';
import type { TrialOptions } from './api/trials.ts';
import { handInRoutes } from './api/handed-in.ts';
import { runRoutes, type RunRoutesOptions } from './api/runs.ts';
import { statsRoutes } from './api/stats.ts';
import { webhookBacklogRoutes } from './api/webhook-backlog.ts';
import { webhookRoutes, type WebhookRoutesOptions } from './api/webhooks.ts';
import { sessionRoutes } from './api/session.ts';
import { apiHeaders, pageLinks } from './api-answers.ts';
import { adminGuard, originGuard, type AdminAccess } from './auth.ts';
import { docsRoutes } from './docs/docs-routes.ts';
import type { Source } from '../intake/source.ts';
import type { EventFeed } from './event-feed.ts';
import { intakeRoutes, type IntakeRoutesOptions } from './intake-routes.ts';
import { Logins } from './logins.ts';
import { healthRoutes, metricsRoutes, type MetricsSource, type OperationsOptions } from './operations.ts';
import { pageRoutes, type PageFiles } from './page-routes.ts';
import { HttpProblem, noSuchRoute, problemHandler, type ProblemObserver } from './problem.ts';
import { recordingRoutes, type RecordingRoutesOptions } from './recording-routes.ts';

/** What administration needs. */
export interface AdminOptions
  extends
    WebhookRoutesOptions,
    RunRoutesOptions,
    FieldRoutesOptions,
    TrialOptions,
    CaptureRoutesOptions,
    RecordingReading,
    OverviewOptions {
  readonly access: AdminAccess;
  /** The OpenAPI document. */
  readonly apiDocument: JsonObject;
  /** What takes CDRs in that are handed to the API. */
  readonly intake: IntakeRoutesOptions;
  readonly metrics: MetricsSource;
  readonly loadPage: () => Promise<PageFiles>;
  readonly events: EventFeed;
  readonly sources: ReadonlyMap<string, Source>;
}

/** What every app needs. */
export interface CommonOptions extends OperationsOptions {
  /** Whether the router is ending what is under way. */
  readonly isStopping: () => boolean;
  readonly observer: ProblemObserver;
}

/** What an application serves; each part only where it is given. */
export interface AppParts {
  readonly intake?: IntakeRoutesOptions;
  readonly recording?: RecordingRoutesOptions | undefined;
  readonly admin?: AdminOptions;
}

/** An HTTP application with the given parts; intake and administration may be served together or at different addresses. */
export function makeApp(common: CommonOptions, parts: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  const open = refuseWhileStopping(common);
  // First, because nearly all requests are CDRs.
  if (parts.intake !== undefined) app.use('/cdr', open, intakeRoutes(parts.intake));
  app.use(healthRoutes(common));
  if (parts.recording !== undefined) app.use('/recordings', open, recordingRoutes(parts.recording));
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
  const { access, clock } = options;
  const logins = new Logins(access.tokens, clock);
  const guard = [originGuard(access), adminGuard(logins)];
  const api = Router();
  api.use(apiHeaders, pageLinks);
  // Who logs in has no session yet.
  api.use(originGuard(access), sessionRoutes(logins), adminGuard(logins));
  if (options.maskNumbers) api.use(maskAnswers);
  api.use(webhookRoutes(options), webhookBacklogRoutes(options), handInRoutes(options.intake));
  api.use(cdrRoutes(options), recordingLinkRoutes(options), deliveryRoutes(options), runRoutes(options));
  api.use(
    heldCallRoutes(options.store),
    statsRoutes(options.store),
    rulesRoutes(options),
    captureRoutes(options),
  );
  api.use(fieldRoutes(options), explainRoutes(options));
  api.use(trialRoutes(options, clock), backtestRoutes(options), recipeRoutes(options));
  api.use(sourceRoutes(options), overviewRoutes(options), eventRoutes(options));
  const router = Router();
  router.use(docsRoutes(options.apiDocument));
  router.use('/api/v1', api);
  router.use('/metrics', guard);
  router.use(metricsRoutes(options.metrics));
  router.use(pageRoutes(options.loadPage));
  return router;
}
