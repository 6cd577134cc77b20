import type { JsonObject } from '../../../check/json-text.ts';
import {
  count,
  IDEMPOTENCY_KEY,
  IF_MATCH,
  IF_NONE_MATCH,
  listOf,
  object,
  orNull,
  PAGE_PARAMETERS,
  pageAnswer,
  ref,
  text,
  time,
  UNCHANGED,
  word,
  type DescribedAnswer,
  type DescribedOperation,
  type OperationGroup,
} from '../describe.ts';
import { RECOVERY } from './runs.ts';

const STATS = object({
  hits: count('Deliveries ever made for it.'),
  lastHitAt: { ...orNull(time('')), description: 'When a CDR last hit it.' },
  delivered: count('Deliveries that arrived.'),
  failed: count('Deliveries that did not.'),
  cancelled: count('Deliveries that were ended.'),
  pending: count('Deliveries that are not final yet.'),
  lastDeliveredAt: { ...orNull(time('')), description: 'When one last arrived.' },
  lastFailure: {
    ...orNull(
      object({
        at: time('When it was.'),
        statusCode: { ...orNull({ type: 'integer' }), description: 'Of the answer.' },
        error: text('For people.'),
      }),
    ),
    description: 'The last attempt that failed.',
  },
  evaluationErrors: count('CDRs on which one of its conditions threw.'),
  hourly: {
    ...listOf({ type: 'integer' }),
    description: 'Hits in each of the last 24 hours, the oldest first.',
  },
});

const BREAKER = object({
  state: word('open sends probes only.', 'closed', 'open', 'half-open'),
  openedAt: { ...orNull(time('')), description: 'Since when.' },
  nextProbeAt: { ...orNull(time('')), description: 'When the next probe is sent.' },
});

/** What the API adds to a webhook that it shows. */
const SHOWN = {
  stats: ref('WebhookStats'),
  breaker: ref('Breaker'),
  backlog: object({ pending: count('Deliveries that are not final yet.') }),
  indexable: object(
    {
      indexed: {
        description: 'Whether it can be looked up, and need not be evaluated for every CDR.',
        type: 'boolean',
      },
      reason: text('Why not.'),
    },
    'reason',
  ),
  offReason: text('Why it is off: only while the router itself has switched it off.'),
  warnings: {
    ...listOf(object({ pointer: text('A JSON Pointer into the webhook.'), detail: text('For people.') })),
    description: 'What may surprise in it.',
  },
};

/**
 * A webhook as the API shows it: the members of its document, secrets masked, and more.
 *
 * @param document `schemas/webhook.schema.json`.
 */
export function shownWebhook(document: JsonObject): JsonObject {
  const names = Object.keys(document['properties'] as JsonObject);
  const own = names.map((name) => [name, ref(`WebhookDocument/properties/${name}`)] as const);
  const always = ['id', 'name', 'url', 'enabled', 'conditions', ...Object.keys(SHOWN)];
  const properties = { ...Object.fromEntries(own), ...SHOWN };
  return object(properties, 'offReason', ...names.filter((name) => !always.includes(name)));
}

const ONE: DescribedAnswer = { description: 'It.', schema: ref('Webhook'), headers: ['etag'] };
const CHANGED: DescribedOperation['problems'] = [
  'not-found',
  'rules-file-broken',
  'precondition-failed',
  'precondition-required',
  'invalid',
];

function toSwitch(id: string, summary: string): DescribedOperation {
  const answers = { 204: { description: 'It is so now.' } };
  return {
    ...{ id, summary, answers, scope: 'write', headers: IF_MATCH },
    problems: ['not-found', 'rules-file-broken', 'precondition-failed'],
  };
}

/** `http/api/webhooks.ts` and `http/api/webhook-backlog.ts` */
export const WEBHOOK_OPERATIONS: OperationGroup = {
  tag: 'webhooks',
  description:
    'The webhooks in the rules file. Secrets are shown as ********; sent back, that means unchanged. What the API only ' +
    'shows (stats, breaker, backlog, indexable, offReason, warnings) may be sent back and is passed over.',
  schemas: { WebhookStats: STATS, Breaker: BREAKER },
  paths: {
    '/api/v1/webhooks': {
      get: {
        id: 'listWebhooks',
        summary: 'Webhooks, in the order of the rules file',
        scope: 'read',
        query: {
          q: text('Only those with this in name, id or url, in any case.'),
          enabled: word('Only those that are switched on, or off.', 'true', 'false'),
          state: word(
            'failing: the last attempt failed. broken: nothing but probes is sent.',
            'failing',
            'broken',
            'disabled',
          ),
          ...PAGE_PARAMETERS,
        },
        answers: { 200: pageAnswer(ref('Webhook'), 'A page.') },
        problems: ['bad-request'],
      },
      post: {
        id: 'createWebhook',
        summary: 'Create a webhook',
        description: 'Idempotency keys are kept by each process for 24 hours, the last thousand of them.',
        scope: 'write',
        headers: IDEMPOTENCY_KEY,
        body: { schema: ref('WebhookDocument') },
        answers: { 201: { ...ONE, headers: ['etag', 'location'] } },
        problems: ['conflict', 'rules-file-broken', 'invalid', 'idempotency-key-used'],
      },
    },
    '/api/v1/webhooks/{id}': {
      get: {
        id: 'getWebhook',
        summary: 'A webhook',
        description: 'Its ETag is that of what editors write: counters do not change it.',
        scope: 'read',
        headers: IF_NONE_MATCH,
        answers: { 200: ONE, 304: UNCHANGED },
        problems: ['not-found'],
      },
      put: {
        id: 'replaceWebhook',
        summary: 'Replace a webhook',
        scope: 'write',
        headers: IF_MATCH,
        body: { schema: ref('WebhookDocument') },
        answers: { 200: ONE },
        problems: CHANGED,
      },
      patch: {
        id: 'patchWebhook',
        summary: 'Change members of a webhook',
        description: 'A JSON Merge Patch (RFC 7396): null removes a member.',
        scope: 'write',
        headers: IF_MATCH,
        body: { schema: { type: 'object' }, types: ['application/merge-patch+json', 'application/json'] },
        answers: { 200: ONE },
        problems: CHANGED,
      },
      delete: {
        id: 'deleteWebhook',
        summary: 'Delete a webhook',
        description:
          'What waits for it is cancelled with it, and what is under way is not tried again: none of it goes to another webhook that gets the same id.',
        scope: 'write',
        headers: IF_MATCH,
        answers: { 204: { description: 'It is gone.' } },
        problems: ['not-found', 'rules-file-broken', 'precondition-failed', 'precondition-required'],
      },
    },
    '/api/v1/webhooks/{id}/enable': { post: toSwitch('enableWebhook', 'Switch a webhook on') },
    '/api/v1/webhooks/{id}/disable': {
      post: toSwitch('disableWebhook', 'Switch a webhook off; CDRs still hit it and wait'),
    },
    '/api/v1/webhooks/{id}/recover': {
      post: {
        id: 'recoverWebhook',
        summary: 'Make what failed of a webhook again',
        scope: 'write',
        headers: IDEMPOTENCY_KEY,
        body: { schema: RECOVERY },
        answers: { 202: { description: 'The run that does it.', schema: ref('Run'), headers: ['location'] } },
        problems: ['not-found', 'invalid', 'idempotency-key-used'],
      },
    },
    '/api/v1/webhooks/{id}/cancel-pending': {
      post: {
        id: 'cancelPending',
        summary: 'End all that waits for a webhook',
        scope: 'write',
        answers: {
          200: {
            description: 'What was found.',
            schema: object({
              cancelled: count('How many there were.'),
              delivering: {
                ...listOf({ type: 'string' }),
                description: 'Left alone, because they are under way.',
              },
            }),
          },
        },
        problems: ['not-found'],
      },
    },
  },
};
