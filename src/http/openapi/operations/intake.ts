import {
  count,
  IDEMPOTENCY_KEY,
  listOf,
  object,
  text,
  type DescribedOperation,
  type OperationGroup,
} from '../describe.ts';

const ACCEPTED = object(
  {
    accepted: count('How many CDRs were in the request.'),
    ids: {
      ...listOf({ type: 'string' }),
      description:
        'Their ids, in their order; a CDR that was there already has the id it has. Left out of more than 1000 CDRs.',
    },
  },
  'ids',
);

const ANY_BODY = {
  description: 'Whatever the phone system sends; told by its first bytes, not by its type.',
};

function intake(id: string, summary: string, body?: DescribedOperation['body']): DescribedOperation {
  return {
    id,
    summary,
    description:
      'Answered when every CDR is stored. The vendor may want answers of its own, errors too, of another type and status, and ' +
      'handshakes are answered as the vendor has them.',
    scope: 'source',
    ...(body === undefined ? {} : { body }),
    answers: { 200: { description: 'They are stored.', schema: ACCEPTED } },
    problems: [
      'unreadable-body',
      'bad-request',
      'unauthorized',
      'not-found',
      'too-large',
      'unsupported-encoding',
      'unavailable',
    ],
  };
}

const SENT = { schema: ANY_BODY, types: ['*/*'], isOptional: true } as const;

/** `http/intake-routes.ts` and `http/api/handed-in.ts` */
export const INTAKE_OPERATIONS: OperationGroup = {
  tag: 'intake',
  description: 'Where CDRs come in.',
  paths: {
    '/cdr': {
      post: intake('sendCdr', 'Send CDRs to the source "default"', SENT),
      get: intake('sendCdrAsQuery', 'Send a CDR as a query to the source "default"'),
    },
    '/cdr/{source}': {
      post: intake('sendCdrToSource', 'Send CDRs to a source', SENT),
      get: intake('sendCdrAsQueryToSource', 'Send a CDR as a query to a source'),
    },
    '/api/v1/cdrs': {
      post: {
        id: 'handInCdrs',
        summary: 'Hand CDRs in with a token',
        description:
          "One CDR, a list of them, or one on each line. The token stands in the place of the source's own " +
          'authentication. The same bytes from the same source within the dedupe window are one CDR. Idempotency keys ' +
          'are kept by each process for 24 hours, the last thousand of them.',
        scope: 'ingest',
        query: { source: { ...text('The source they come from.'), default: 'default' } },
        headers: IDEMPOTENCY_KEY,
        body: { schema: {}, types: ['application/json', 'application/x-ndjson'] },
        answers: { 202: { description: 'They are stored.', schema: ACCEPTED } },
        problems: ['bad-request', 'conflict', 'idempotency-key-used'],
      },
    },
  },
};
