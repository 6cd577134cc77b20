import { count, listOf, object, sentTime, text, time, type OperationGroup } from '../describe.ts';

const HOUR = object({
  start: time('When the hour begins.'),
  received: count('CDRs received.'),
  matched: count('Of them, those that hit a webhook.'),
  delivered: count('Deliveries that arrived.'),
  failed: count('Deliveries that did not.'),
});

/** `http/api/stats.ts` */
export const STATS_OPERATIONS: OperationGroup = {
  tag: 'stats',
  description: 'Counts over time.',
  paths: {
    '/api/v1/stats': {
      get: {
        id: 'getStats',
        summary: 'Counts per hour',
        scope: 'read',
        query: {
          webhookId: text('Of this webhook alone.'),
          start: sentTime('From this time on; the last 24 hours unless given.'),
        },
        answers: {
          200: {
            description: 'The hours in which something happened, the oldest first.',
            schema: object({ pending: count('Deliveries that are not final yet.'), data: listOf(HOUR) }),
          },
        },
        problems: ['bad-request'],
      },
    },
  },
};
