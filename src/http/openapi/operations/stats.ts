import { count, listOf, object, sentTime, text, time, word, type OperationGroup } from '../describe.ts';

/** What is counted of the whole router. */
export const ROUTER_COUNTS = {
  received: count('CDRs received; not told of one webhook.'),
  matched: count('Of them, those that hit a webhook; of one webhook its hits.'),
  unmatched: count('Of them, those that hit none; not told of one webhook.'),
  delivered: count('Deliveries that arrived.'),
  failed: count('Deliveries that did not.'),
};
const NOT_OF_ONE = ['received', 'unmatched'];

/** `http/api/stats.ts` */
export const STATS_OPERATIONS: OperationGroup = {
  tag: 'stats',
  description: 'Counts over time.',
  paths: {
    '/api/v1/stats': {
      get: {
        id: 'getStats',
        summary: 'Counts per hour or day',
        scope: 'read',
        query: {
          webhookId: text('Of this webhook alone.'),
          start: sentTime('From the hour or day of this time on; the last 24 hours unless given.'),
          end: sentTime('Up to this time; now unless given.'),
          bucket: word('How long a row is; days are in UTC.', '1h', '1d'),
        },
        answers: {
          200: {
            description: 'A row for each hour or day, the oldest first; 744 at most.',
            schema: object({
              pending: count('Deliveries that are not final yet.'),
              data: listOf(object({ start: time('When it begins.'), ...ROUTER_COUNTS }, ...NOT_OF_ONE)),
              totals: object(ROUTER_COUNTS, ...NOT_OF_ONE),
            }),
          },
        },
        problems: ['bad-request'],
      },
    },
  },
};
