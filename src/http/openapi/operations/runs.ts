import type { JsonObject } from '../../../check/json-text.ts';
import {
  count,
  IDEMPOTENCY_KEY,
  object,
  orNull,
  PAGE_PARAMETERS,
  pageAnswer,
  ref,
  sentObject,
  sentTime,
  text,
  time,
  word,
  type OperationGroup,
} from '../describe.ts';

const SPAN = { since: sentTime('At this time or later.'), until: sentTime('Before this time.') };
const WEBHOOK_ID = { description: 'Only this webhook.', type: 'string', minLength: 1 };
const STATES = {
  description: 'Only deliveries that ended so.',
  type: 'array',
  items: { enum: ['delivered', 'failed', 'cancelled'] },
  minItems: 1,
  uniqueItems: true,
};
const SELECTED = {
  deliveryId: { description: 'Only this delivery.', type: 'string', minLength: 1 },
  cdrId: { description: 'Only this CDR.', type: 'string', minLength: 1 },
  source: { description: 'Only CDRs of this source.', type: 'string', minLength: 1 },
  again: { description: 'Whether webhooks that were delivered a CDR get it once more.', type: 'boolean' },
} satisfies JsonObject;

/** What every task says first. */
export const TASK_KIND: JsonObject = {
  type: 'object',
  properties: { kind: { enum: ['redeliver', 'replay'] } },
  required: ['kind'],
};

/** Makes deliveries again: those that failed, unless `states` says otherwise. */
export const REDELIVERY = sentObject(
  {
    kind: { const: 'redeliver' },
    deliveryId: SELECTED.deliveryId,
    webhookId: WEBHOOK_ID,
    ...{ ...SPAN, states: STATES },
  },
  ['kind'],
);

/** Matches stored CDRs against the rules of today. */
export const REPLAY = sentObject(
  {
    kind: { const: 'replay' },
    ...{ cdrId: SELECTED.cdrId, source: SELECTED.source, ...SPAN },
    ...{ webhookId: WEBHOOK_ID, again: SELECTED.again },
  },
  ['kind'],
);

/** Makes the deliveries of one webhook again. */
export const RECOVERY = sentObject({ ...SPAN, states: STATES }, ['since']);

/** Matches one CDR against the rules of today. */
export const CDR_REPLAY = sentObject({ webhookId: WEBHOOK_ID, again: SELECTED.again });

const SELECTION = { ...SELECTED, webhookId: WEBHOOK_ID, ...SPAN, states: STATES };

const RUN = object({
  id: text('run_…'),
  kind: word('', 'redeliver', 'replay'),
  state: word('', 'running', 'done', 'cancelled'),
  selection: { ...object(SELECTION, ...Object.keys(SELECTION)), description: 'What it goes through.' },
  createdAt: time('When it began.'),
  finishedAt: { ...orNull(time('')), description: 'When it ended.' },
  total: count('Deliveries, or CDRs, that there were at its beginning.'),
  done: count('How many it has gone through.'),
  made: count('New deliveries.'),
  skipped: count('Deliveries it did not make, because the webhook has the CDR or is about to get it.'),
});

/** `http/api/runs.ts` */
export const RUN_OPERATIONS: OperationGroup = {
  tag: 'runs',
  description:
    'Redelivery and replay of many. Idempotency keys are kept with the run they began, over restarts and on all nodes.',
  schemas: { RunTask: { oneOf: [REDELIVERY, REPLAY] }, Run: RUN },
  paths: {
    '/api/v1/runs': {
      get: {
        id: 'listRuns',
        summary: 'Runs, the newest first',
        scope: 'read',
        query: {
          state: word('Only those in this state.', 'running', 'done', 'cancelled'),
          ...PAGE_PARAMETERS,
        },
        answers: { 200: pageAnswer(ref('Run'), 'A page.') },
        problems: ['bad-request'],
      },
      post: {
        id: 'beginRun',
        summary: 'Begin a run',
        scope: 'write',
        headers: IDEMPOTENCY_KEY,
        body: { schema: ref('RunTask') },
        answers: { 202: { description: 'It has begun.', schema: ref('Run'), headers: ['location'] } },
        problems: ['invalid', 'idempotency-key-used'],
      },
    },
    '/api/v1/runs:plan': {
      post: {
        id: 'planRun',
        summary: 'What a run would do',
        scope: 'read',
        body: { schema: ref('RunTask') },
        answers: {
          200: {
            description: 'How much there is.',
            schema: object({
              total: count('Deliveries, or CDRs.'),
              skipped: count('Deliveries that would not be made again.'),
            }),
          },
        },
        problems: ['invalid'],
      },
    },
    '/api/v1/runs/{id}': {
      get: {
        id: 'getRun',
        summary: 'A run',
        scope: 'read',
        answers: { 200: { description: 'It.', schema: ref('Run') } },
        problems: ['not-found'],
      },
    },
    '/api/v1/runs/{id}/cancel': {
      post: {
        id: 'cancelRun',
        summary: 'End a run where it is',
        scope: 'write',
        answers: { 200: { description: 'It; the deliveries it has made stay.', schema: ref('Run') } },
        problems: ['not-found'],
      },
    },
  },
};
