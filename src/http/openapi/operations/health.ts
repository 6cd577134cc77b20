import type { JsonObject } from '../../../check/json-text.ts';
import {
  IF_NONE_MATCH,
  object,
  UNCHANGED,
  word,
  type DescribedOperation,
  type OperationGroup,
} from '../describe.ts';

const TEXT: JsonObject = { type: 'string' };

function document(id: string, summary: string, type: string): DescribedOperation {
  const schema = type === 'application/json' ? { type: 'object' } : TEXT;
  return {
    id,
    summary,
    scope: 'none',
    headers: IF_NONE_MATCH,
    answers: { 200: { description: summary, schema, type, headers: ['etag'] }, 304: UNCHANGED },
  };
}

/** `http/operations.ts` and `http/docs/docs-routes.ts` */
export const HEALTH_OPERATIONS: OperationGroup = {
  tag: 'operations',
  description: 'For whoever starts, stops, balances and watches routers, and for who writes clients.',
  paths: {
    '/healthz': {
      get: {
        id: 'getHealth',
        summary: 'Whether the process answers',
        scope: 'none',
        answers: { 200: { description: 'It does.', schema: object({ status: word('', 'ok') }) } },
      },
    },
    '/readyz': {
      get: {
        id: 'getReadiness',
        summary: 'Whether it should get work',
        scope: 'none',
        answers: { 200: { description: 'It should.', schema: object({ status: word('', 'ready') }) } },
        problems: ['unavailable'],
      },
    },
    '/metrics': {
      get: {
        id: 'getMetrics',
        summary: 'Metrics for Prometheus',
        scope: 'read',
        answers: {
          200: { description: 'In the Prometheus text format 0.0.4.', schema: TEXT, type: 'text/plain' },
        },
      },
    },
    '/api/v1/openapi.json': {
      get: {
        ...document('getOpenApi', 'This document', 'application/json'),
        description: 'OpenAPI 3.1. It tells nothing of what is in this router, so it asks for no token.',
      },
    },
    '/docs': { get: document('getDocs', 'This document, to read', 'text/html') },
    '/docs/style.css': { get: document('getDocsStyle', 'How it looks', 'text/css') },
  },
};
