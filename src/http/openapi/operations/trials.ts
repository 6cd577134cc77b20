import type { JsonObject } from '../../../check/json-text.ts';
import {
  count,
  listOf,
  object,
  orNull,
  PAGE_PARAMETERS,
  pageAnswer,
  ref,
  sentObject,
  text,
  time,
  word,
  type DescribedOperation,
  type OperationGroup,
} from '../describe.ts';

const NAME = { type: 'string', minLength: 1, maxLength: 200 };

/** The members of a body that name or bring a CDR; without any of the first three it is the newest that is stored. */
const CDR_MEMBERS: JsonObject = {
  cdrId: { ...NAME, description: 'The id of a stored CDR.' },
  cdr: { description: 'A record as JSON.' },
  raw: { description: 'What a phone system would send.', type: 'string', minLength: 1 },
  source: { ...NAME, description: 'The source that cdr or raw is taken to come in by.' },
  vendor: { ...NAME, description: 'Whose cdr or raw is; told by the record when left out.' },
};
const DRAFT = { description: 'A webhook that need not be stored, nor be whole.', type: 'object' };
const SEND = { description: 'Whether it is really sent, once.', type: 'boolean' };
const WEBHOOK_ID = { description: 'A webhook in force, where no draft is given.', type: 'string' };

/** What to explain. */
export const EXPLAIN_REQUEST = sentObject({
  ...CDR_MEMBERS,
  webhookIds: {
    description: 'Only these of the webhooks in force.',
    type: 'array',
    items: { type: 'string' },
    maxItems: 1_000,
  },
  webhook: DRAFT,
});

/** What to render. */
export const RENDER_REQUEST = sentObject({ ...CDR_MEMBERS, webhook: DRAFT, webhookId: WEBHOOK_ID });

/** With what to try a webhook out. */
export const TRIAL_REQUEST = sentObject({ ...CDR_MEMBERS, send: SEND });

/** Which draft to try out, and with what. */
export const DRAFT_TRIAL_REQUEST = sentObject({ ...CDR_MEMBERS, send: SEND, webhook: DRAFT }, ['webhook']);

/** What to back-test. */
export const BACKTEST_REQUEST = sentObject(
  {
    webhook: DRAFT,
    last: { description: 'CDRs to look at, the newest.', type: 'integer', minimum: 1, maximum: 5_000 },
    source: { description: 'Only those of this source.', type: 'string', minLength: 1 },
  },
  ['webhook'],
);

const EXPLAINED_MEMBERS = {
  webhookId: { ...orNull(text('')), description: 'Null for a draft.' },
  name: text('Its name.'),
  enabled: { type: 'boolean' },
  matched: { description: 'Whether the CDR hits it.', type: 'boolean' },
  listens: { description: "Whether the CDR's source is among its own.", type: 'boolean' },
  conditions: listOf(
    object(
      {
        condition: { description: 'As it is written.' },
        result: { description: 'Whether it holds.', type: 'boolean' },
        error: text('Why it could not be evaluated.'),
        values: {
          ...listOf(object({ path: text('A field.'), value: {}, absent: { type: 'boolean' } })),
          description: 'What it found in the CDR.',
        },
      },
      'error',
    ),
  ),
};

const HEADERS = { type: 'object', additionalProperties: { type: 'string' } };

const REQUEST = object({
  method: word('', 'POST', 'PUT', 'PATCH'),
  url: { ...orNull(text('')), description: 'Null for a draft that does not say yet.' },
  headers: { ...HEADERS, description: 'By names in lower case, secrets masked.' },
  body: text('Secrets masked.'),
});

const TRIAL = object(
  {
    ...EXPLAINED_MEMBERS,
    request: { ...orNull(ref('RenderedRequest')), description: 'What is sent; null when it cannot be made.' },
    isDelivered: { description: 'Whether what was sent counts as delivered.', type: 'boolean' },
    response: object({
      statusCode: { type: 'integer' },
      headers: HEADERS,
      excerpt: text('The beginning of its body.'),
      durationMs: { type: 'number', minimum: 0 },
    }),
    error: {
      ...orNull(object({ code: text('Stable.'), message: text('For people.') })),
      description: 'Why there is no request, or no answer.',
    },
  },
  'isDelivered',
  'response',
  'error',
);

const BACKTEST = object({
  examined: count('CDRs looked at.'),
  matched: count('Of them, those that would have hit it.'),
  errors: count('Of them, those on which a condition threw.'),
  truncated: { description: 'Whether time ran out before all were looked at.', type: 'boolean' },
  oldestAt: { ...orNull(time('')), description: 'When the oldest of them came in.' },
  examples: {
    ...listOf(object({ cdrId: text(''), receivedAt: time(''), source: text('') })),
    description: 'The newest that would have hit it.',
  },
});

function trial(id: string, summary: string, schema: JsonObject): DescribedOperation {
  const answers = { 200: { description: 'What it would send, and what came back.', schema: ref('Trial') } };
  const description = 'At most 30 a minute are really sent for one token; then it is 429 with Retry-After.';
  return { id, summary, description, answers, scope: 'write', body: { schema }, problems: ['invalid'] };
}

const explained = pageAnswer(ref('Explained'), 'What matches first, then the nearest misses.');
const EXPLAINED_PAGE = object(
  {
    ...(explained.schema?.['properties'] as JsonObject),
    cdrId: { ...orNull(text('')), description: 'Null for one that was brought.' },
    source: text('Where it came in, or is taken to.'),
    vendor: text('Whose it is.'),
    ignored: { ...orNull(text('')), description: 'Why it is matched with nothing.' },
    cdrsInText: count('How many CDRs were brought; meant is the first.'),
    redacted: {
      type: 'boolean',
      description: 'Whether its source has something of it taken out, as when it comes in.',
    },
    violation: { ...orNull(text('')), description: "How it departs from its vendor's documented shape." },
    fields: { type: 'object', additionalProperties: true },
    call: { type: 'object', additionalProperties: true },
  },
  ...['cdrsInText', 'redacted', 'violation', 'fields', 'call'],
);

/** `http/api/match-explain.ts`, `http/api/trial-routes.ts` and `http/api/backtests.ts` */
export const TRIAL_OPERATIONS: OperationGroup = {
  tag: 'trials',
  description: 'What a webhook, stored or not, makes of a CDR, stored or not.',
  schemas: {
    Explained: object(EXPLAINED_MEMBERS),
    RenderedRequest: REQUEST,
    Trial: TRIAL,
    Backtest: BACKTEST,
  },
  paths: {
    '/api/v1/match:explain': {
      post: {
        id: 'explainMatch',
        summary: 'Which webhooks a CDR hits, and what each condition makes of it',
        scope: 'read',
        query: { matched: word('Only those it hits, or does not.', 'true', 'false'), ...PAGE_PARAMETERS },
        body: { schema: EXPLAIN_REQUEST },
        answers: { 200: { ...explained, schema: EXPLAINED_PAGE } },
        problems: ['invalid'],
      },
    },
    '/api/v1/templates:render': {
      post: {
        id: 'renderTemplates',
        summary: 'The request that a webhook would send',
        scope: 'read',
        body: { schema: RENDER_REQUEST },
        answers: { 200: { description: 'It.', schema: object({ request: ref('RenderedRequest') }) } },
        problems: ['invalid'],
      },
    },
    '/api/v1/webhooks/{id}/test': {
      post: {
        ...trial('testWebhook', 'Try a webhook out', TRIAL_REQUEST),
        problems: ['not-found', 'invalid'],
      },
    },
    '/api/v1/webhooks:test': { post: trial('testDraft', 'Try a draft out', DRAFT_TRIAL_REQUEST) },
    '/api/v1/webhooks:backtest': {
      post: {
        id: 'backtestDraft',
        summary: 'How many of the last CDRs a draft would have hit',
        scope: 'read',
        body: { schema: BACKTEST_REQUEST },
        answers: { 200: { description: 'The count, with examples.', schema: ref('Backtest') } },
        problems: ['invalid', 'conflict'],
      },
    },
  },
};
