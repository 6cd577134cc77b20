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
import { CDR_REPLAY } from './runs.ts';

const CDR_MEMBERS = {
  id: text('cdr_…'),
  source: text('Where it came in.'),
  vendor: text('Whose record it is.'),
  receivedAt: time('When it came in.'),
  hits: count('How many webhooks it hit, when it came or in a replay.'),
  identity: { ...orNull(text('')), description: 'What its vendor tells the call by.' },
  revision: { ...orNull(text('')), description: 'Which version of it this is.' },
  violation: {
    ...orNull(text('')),
    description: "How it departs from its vendor's documented shape, or why it was not matched.",
  },
};

/** `http/api/cdrs.ts` */
export const CDR_OPERATIONS: OperationGroup = {
  tag: 'cdrs',
  description: 'What came in, whether it hit a webhook or not.',
  schemas: {
    Cdr: object({
      ...CDR_MEMBERS,
      call: {
        description:
          'from, to, direction and status of its overlay $call, as far as it has them and is not long.',
        type: 'object',
        additionalProperties: true,
      },
    }),
    CdrWithRecord: object({
      ...CDR_MEMBERS,
      supersedes: {
        ...orNull(text('')),
        description: 'The id of the CDR of the same call that came before.',
      },
      deliveries: { ...listOf(ref('Delivery')), description: 'What was made of it.' },
      recordings: {
        ...listOf(
          object({
            file: text('As its vendor names it.'),
            bytes: { ...orNull({ type: 'integer' }), description: 'Its length; null when it is not here.' },
            link: { ...orNull(text('')), description: 'Where it is found; null when it is not here.' },
          }),
        ),
        description: 'The recordings that it names.',
      },
      call: {
        description: 'Its overlay $call, without what is absent.',
        type: 'object',
        additionalProperties: true,
      },
      fields: {
        description: 'Its flattened fields by the paths that conditions use.',
        type: 'object',
        additionalProperties: true,
      },
      cdr: { description: 'The record as it was sent, byte for byte.' },
    }),
  },
  paths: {
    '/api/v1/cdrs': {
      get: {
        id: 'listCdrs',
        summary: 'CDRs, the newest first',
        scope: 'read',
        query: {
          source: text('Only those of this source.'),
          vendor: text('Only those of this vendor.'),
          identity: text('Only those of this call.'),
          matched: word('Only those that hit a webhook, or that hit none.', 'true', 'false'),
          q: {
            ...text(
              'Only those whose id begins so, or else those among the last whose record holds this text.',
            ),
            maxLength: 200,
          },
          since: sentTime('Received at this time or later.'),
          until: sentTime('Received before this time.'),
          ...PAGE_PARAMETERS,
        },
        answers: { 200: pageAnswer(ref('Cdr'), 'A page.') },
        problems: ['bad-request'],
      },
    },
    '/api/v1/cdrs/{id}': {
      get: {
        id: 'getCdr',
        summary: 'A CDR with its record, its fields and its deliveries',
        scope: 'read',
        answers: { 200: { description: 'It.', schema: ref('CdrWithRecord') } },
        problems: ['not-found'],
      },
    },
    '/api/v1/cdrs/{id}/replay': {
      post: {
        id: 'replayCdr',
        summary: 'Match a CDR against the rules of today',
        scope: 'write',
        headers: IDEMPOTENCY_KEY,
        body: { schema: CDR_REPLAY, isOptional: true },
        answers: { 202: { description: 'The run that does it.', schema: ref('Run'), headers: ['location'] } },
        problems: ['not-found', 'invalid', 'idempotency-key-used'],
      },
    },
  },
};
