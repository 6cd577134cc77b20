import { Router } from 'express';
import type { JsonObject } from '../../check/json-text.ts';
import { documentCheck } from '../../check/schema.ts';
import { Backtest, BacktestBusyError, type BacktestResult } from '../../runs/backtest.ts';
import { BACKTEST_REQUEST } from '../openapi/operations/trials.ts';
import { allowOnly, HttpProblem } from '../problem.ts';
import { checkedBody, readJson } from './body.ts';
import { draftRule, type DraftOptions } from './drafts.ts';
import type { CdrReading } from './given-cdr.ts';
import { time } from './representations.ts';

interface BacktestBody {
  readonly webhook?: JsonObject;
  readonly last?: number;
  readonly source?: string;
}

const USUALLY = 1_000;

const checkBody = documentCheck(BACKTEST_REQUEST);

/** `/webhooks:backtest`: how many of the last CDRs a draft would have hit. */
export function backtestRoutes(options: CdrReading & DraftOptions): Router {
  const backtest = new Backtest(options);
  const router = Router();
  router
    .route('/webhooks\\:backtest')
    .post(readJson, async (request, response) => {
      const { webhook = {}, last = USUALLY, source }: BacktestBody = checkedBody(request, checkBody);
      const result = await backtest.run(draftRule(webhook, options), { last, source }).catch(toProblem);
      response.json(showResult(result));
    })
    .all(allowOnly('POST'));
  return router;
}

function toProblem(error: unknown): never {
  if (!(error instanceof BacktestBusyError)) throw error;
  throw new HttpProblem('conflict', error.message, { headers: { 'retry-after': '5' } });
}

function showResult({ examples, oldestAtMs, ...counts }: BacktestResult): object {
  return {
    ...counts,
    oldestAt: time(oldestAtMs),
    examples: examples.map(({ id, receivedAtMs, source }) => ({
      cdrId: id,
      receivedAt: time(receivedAtMs),
      source,
    })),
  };
}
