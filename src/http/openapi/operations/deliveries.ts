import { DELIVERY_STATES } from '../../../store/records.ts';
import {
  count,
  IDEMPOTENCY_KEY,
  listOf,
  object,
  orNull,
  PAGE_PARAMETERS,
  pageAnswer,
  ref,
  sentTime,
  text,
  time,
  word,
  type OperationGroup,
} from '../describe.ts';

const STATES = DELIVERY_STATES.join('|');
const STATUS = { type: 'integer', minimum: 100, maximum: 599 };

const DELIVERY_MEMBERS = {
  id: text('dlv_…'),
  webhookId: text('The webhook it goes to.'),
  cdrId: text('The CDR it takes there.'),
  state: word('pending waits, delivering is under way, the others are final.', ...DELIVERY_STATES),
  attemptCount: count('Attempts made.'),
  createdAt: time('When the CDR was received; of a delivery that a run has made, when it was made.'),
  nextAttemptAt: { ...orNull(time('')), description: 'When the next attempt may be made, while it waits.' },
  finishedAt: { ...orNull(time('')), description: 'When it became final.' },
  lastStatusCode: { ...orNull(STATUS), description: 'Of the last attempt that got an answer.' },
  lastError: { ...orNull(text('')), description: 'Why the last attempt failed.' },
  redeliveryOf: { ...orNull(text('')), description: 'The delivery that this one repeats.' },
  runId: { ...orNull(text('')), description: 'The run that has made it.' },
};

const HEADERS = { type: 'object', additionalProperties: { type: 'string' } };

const ATTEMPT = object({
  number: { description: '1 for the first.', type: 'integer', minimum: 1 },
  at: time('When it began.'),
  durationMs: { description: 'Milliseconds.', type: 'number', minimum: 0 },
  statusCode: { ...orNull(STATUS), description: 'Of the answer.' },
  excerpt: { ...orNull(text('')), description: 'The beginning of the answer, secrets masked.' },
  error: {
    ...orNull(object({ code: text('Stable, such as ETIMEDOUT.'), message: text('For people.') })),
    description: 'Why there was no answer.',
  },
  request: {
    ...orNull(object({ method: text(''), url: text(''), headers: HEADERS })),
    description: 'What was sent, of an attempt that failed: without its body, secrets masked.',
  },
  responseHeaders: {
    ...orNull(HEADERS),
    description: 'Of the answer, of an attempt that failed; secrets masked.',
  },
});

/** `http/api/deliveries.ts` */
export const DELIVERY_OPERATIONS: OperationGroup = {
  tag: 'deliveries',
  description: 'A delivery takes one CDR to one webhook, in as many attempts as that takes.',
  schemas: {
    Attempt: ATTEMPT,
    Delivery: object(DELIVERY_MEMBERS),
    DeliveryWithAttempts: object({ ...DELIVERY_MEMBERS, attempts: listOf(ref('Attempt')) }),
  },
  paths: {
    '/api/v1/deliveries': {
      get: {
        id: 'listDeliveries',
        summary: 'Deliveries, the newest first',
        scope: 'read',
        query: {
          webhookId: text('Only those to this webhook.'),
          cdrId: text('Only those of this CDR.'),
          state: {
            description: 'Only those in these states, with commas between.',
            type: 'string',
            pattern: `^(?:${STATES})(?:,(?:${STATES}))*$`,
          },
          runId: text('Only those that this run has made.'),
          since: sentTime('Created at this time or later.'),
          until: sentTime('Created before this time.'),
          ...PAGE_PARAMETERS,
        },
        answers: { 200: pageAnswer(ref('Delivery'), 'A page.') },
        problems: ['bad-request'],
      },
    },
    '/api/v1/deliveries/{id}': {
      get: {
        id: 'getDelivery',
        summary: 'A delivery with its attempts',
        scope: 'read',
        answers: { 200: { description: 'It.', schema: ref('DeliveryWithAttempts') } },
        problems: ['not-found'],
      },
    },
    '/api/v1/deliveries/{id}/redeliver': {
      post: {
        id: 'redeliver',
        summary: 'Make a delivery again',
        description: 'A key that is sent is kept with the run it began, over restarts and on all nodes.',
        scope: 'write',
        headers: IDEMPOTENCY_KEY,
        answers: { 202: { description: 'The new one.', schema: ref('Delivery'), headers: ['location'] } },
        problems: ['bad-request', 'not-found', 'conflict', 'idempotency-key-used'],
      },
    },
    '/api/v1/deliveries/{id}/cancel': {
      post: {
        id: 'cancelDelivery',
        summary: 'End a delivery that waits',
        scope: 'write',
        answers: { 200: { description: 'It, cancelled.', schema: ref('Delivery') } },
        problems: ['not-found', 'conflict'],
      },
    },
  },
};
