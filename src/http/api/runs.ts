import { Router, type Request, type Response } from 'express';
import type { RunState, RunTask } from '../../store/runs.ts';
import type { Store } from '../../store/store.ts';
import type { Registry } from '../../webhooks/registry.ts';
import { callersKeyOf } from '../idempotency.ts';
import { allowOnly, HttpProblem } from '../problem.ts';
import { limitParameter, pageOf, refuseOtherParameters, textParameter, wordParameter } from '../query.ts';
import { readJson } from './body.ts';
import { showRun } from './representations.ts';
import { taskOf } from './run-requests.ts';

/** What the routes that begin runs need. */
export interface RunRoutesOptions {
  readonly store: Store;
  readonly registry: Registry;
  /** Tells whoever drives runs that there is another. */
  readonly onRunStarted: () => void;
  /** Told how many deliveries that waited somebody has cancelled. */
  readonly onCancelled: (count: number) => void;
}

const RUN_STATES: readonly RunState[] = ['running', 'done', 'cancelled'];

/** `/runs`: redelivery and replay of many, first as a plan, then as a run that can be watched and cancelled. */
export function runRoutes(options: RunRoutesOptions): Router {
  const { store, registry } = options;
  const router = Router();
  router
    .route('/runs')
    .get(async (request, response) => {
      refuseOtherParameters(request, 'state', 'limit', 'cursor');
      const limit = limitParameter(request);
      const state = wordParameter(request, 'state', RUN_STATES);
      const beforeId = textParameter(request, 'cursor');
      const runs = await store.runs.list({ state, beforeId, limit: limit + 1 });
      response.json(pageOf(runs, limit, showRun));
    })
    .post(readJson, (request, response) => beginRun(options, taskOf(request, registry), request, response))
    .all(allowOnly('GET', 'POST'));
  router
    .route('/runs\\:plan')
    .post(readJson, async (request, response) => {
      response.json(await store.runs.plan(taskOf(request, registry)));
    })
    .all(allowOnly('POST'));
  router
    .route('/runs/:id')
    .get(async (request, response) => {
      const run = await store.runs.find(request.params.id);
      if (run === undefined) throw noSuchRun(request.params.id);
      response.json(showRun(run));
    })
    .all(allowOnly('GET'));
  router
    .route('/runs/:id/cancel')
    .post(async (request, response) => {
      const run = await store.runs.cancel(request.params.id);
      if (run === undefined) throw noSuchRun(request.params.id);
      response.json(showRun(run));
    })
    .all(allowOnly('POST'));
  return router;
}

/** Begins a run, or finds the one that the request's Idempotency-Key began, and answers with it. */
export async function beginRun(
  { store, onRunStarted }: RunRoutesOptions,
  task: RunTask,
  request: Request,
  response: Response,
): Promise<void> {
  const run = await store.runs.start(task, callersKeyOf(request, response));
  onRunStarted();
  response.status(202).location(`${request.baseUrl}/runs/${run.id}`).json(showRun(run));
}

function noSuchRun(id: string): HttpProblem {
  return new HttpProblem('not-found', `there is no run "${id}"`);
}
