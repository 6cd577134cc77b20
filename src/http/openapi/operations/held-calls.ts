import { count, listOf, object, PAGE_PARAMETERS, text, time, type OperationGroup } from '../describe.ts';

const HELD_CALL = object({
  source: text('Where its legs came in.'),
  groupKey: text('What they have in common.'),
  legs: count('How many have come.'),
  dueAt: time('Until when it waits for more; then it becomes a CDR.'),
});

/** `http/api/held-calls.ts` */
export const HELD_CALL_OPERATIONS: OperationGroup = {
  tag: 'held-calls',
  description: 'Calls of sources that bring the legs of a call together, while these wait for each other.',
  paths: {
    '/api/v1/held-calls': {
      get: {
        id: 'listHeldCalls',
        summary: 'Calls that wait for more legs, those that are due first in front',
        scope: 'read',
        query: { limit: { ...PAGE_PARAMETERS['limit'], description: 'How many.' } },
        answers: {
          200: {
            description: 'Some of them.',
            schema: object({ data: listOf(HELD_CALL), total: count('How many there are.') }),
          },
        },
        problems: ['bad-request'],
      },
    },
  },
};
