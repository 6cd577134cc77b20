import { Router, type Request } from 'express';
import type { Store } from '../../store/store.ts';
import { allowOnly } from '../problem.ts';
import {
  badParameter,
  refuseOtherParameters,
  textParameter,
  timeParameter,
  wordParameter,
} from '../query.ts';
import {
  bucketCount,
  BUCKETS,
  bucketStart,
  lastDay,
  showRouterBuckets,
  showWebhookBuckets,
  type BucketName,
  type Span,
} from './buckets.ts';

const BUCKET_NAMES = Object.keys(BUCKETS) as BucketName[];

/** Hours of 31 days. */
const MOST_BUCKETS = 31 * 24;

/** `/stats`: counts per hour or day, of the whole router or of one webhook. */
export function statsRoutes(store: Store): Router {
  const router = Router();
  router
    .route('/stats')
    .get(async (request, response) => {
      refuseOtherParameters(request, 'webhookId', 'start', 'end', 'bucket');
      const webhookId = textParameter(request, 'webhookId');
      const span = spanOf(request, Date.now());
      const hours = await store.hourly(webhookId, bucketStart(span.startMs, span.bucketMs));
      const shown =
        webhookId === undefined ? showRouterBuckets(hours, span) : showWebhookBuckets(hours, span);
      response.json({ pending: await store.pending(), ...shown });
    })
    .all(allowOnly('GET'));
  return router;
}

/** The last day until now, unless the request says otherwise. */
function spanOf(request: Request, nowMs: number): Span {
  const usual = lastDay(nowMs);
  const bucketMs = BUCKETS[wordParameter(request, 'bucket', BUCKET_NAMES) ?? '1h'];
  const endMs = timeParameter(request, 'end') ?? usual.endMs;
  const startMs = timeParameter(request, 'start') ?? endMs - (usual.endMs - usual.startMs);
  const span = { startMs, endMs, bucketMs };
  if (endMs <= startMs) throw badParameter('end', 'must be after "start"');
  if (bucketCount(span) <= MOST_BUCKETS) return span;
  const detail = `is so early that there are more than ${MOST_BUCKETS} rows; ask for less, or for bucket=1d`;
  throw badParameter('start', detail);
}
