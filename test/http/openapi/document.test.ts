import { Validator } from '@seriousme/openapi-schema-validator';
import request from 'supertest';
import { describe, expect, test } from 'vitest';
import type { Scope } from '../../../src/http/api-token.ts';
import { METHODS, type DescribedOperation } from '../../../src/http/openapi/describe.ts';
import { OPERATION_GROUPS } from '../../../src/http/openapi/operations.ts';
import { startApp } from '../../support/app.ts';
import { API_DOCUMENT, complaintsAbout, describedPath } from '../../support/described-answers.ts';
import { routesOf } from '../../support/routes.ts';

interface Entry {
  readonly method: (typeof METHODS)[number];
  readonly path: string;
  readonly operation: DescribedOperation;
}

const OPERATIONS: readonly Entry[] = OPERATION_GROUPS.flatMap(({ paths }) =>
  Object.entries(paths).flatMap(([path, operations]) =>
    METHODS.flatMap((method) => {
      const operation = operations[method];
      return operation === undefined ? [] : [{ method, path, operation }];
    }),
  ),
);

describe('the document', () => {
  test('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(structuredClone(API_DOCUMENT));
    expect(result).toEqual({ valid: true });
  });

  test('names each operation once', () => {
    const ids = OPERATIONS.map(({ operation }) => operation.id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  test('has every operation of every group, also where two groups share a path', () => {
    const paths = API_DOCUMENT['paths'] as Record<string, Record<string, { operationId: string }>>;
    for (const { path, method, operation } of OPERATIONS) {
      expect(paths[path]?.[method]?.operationId).toBe(operation.id);
    }
  });

  test('refers to nothing that is not there', () => {
    const references = [...JSON.stringify(API_DOCUMENT).matchAll(/"\$ref":"#([^"]+)"/g)].map(
      ([, at = '']) => at,
    );
    expect(references.length).toBeGreaterThan(50);
    const astray = [...new Set(references)].filter((pointer) => {
      let value: unknown = API_DOCUMENT;
      for (const token of pointer.split('/').slice(1))
        value = (value as Record<string, unknown> | undefined)?.[token];
      return value === undefined;
    });
    expect(astray).toEqual([]);
  });

  test('has the routes of the application, and no others', async () => {
    const { made } = await startApp();
    const routes = routesOf(made).sort();
    const described = OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path}`).sort();
    expect(routes.length).toBeGreaterThan(30);
    expect(routes).toEqual(described);
  });

  test('has the query parameters that operations know, and no others', async () => {
    const { app } = await startApp();
    for (const { method, path, operation } of OPERATIONS) {
      if (operation.query === undefined) continue;
      const asking = request(app)[method](`${path.replace(/\{\w+\}/g, 'x')}?unheard-of=1`);
      const { body } = (await (operation.body === undefined ? asking : asking.send({}))) as { body: object };
      const known = Object.keys(operation.query).join(', ');
      const detail = `the query parameter "unheard-of" is not known here; known are ${known}`;
      const problem = { code: 'bad-request', detail, parameter: 'unheard-of' };
      expect([path, body]).toEqual([path, expect.objectContaining(problem)]);
    }
  });

  test('is served to whoever may ask, with or without tokens, and once when it has not changed', async () => {
    const tokens = [{ name: 'viewer', token: 'token-r', scopes: ['read'] as const }];
    const { app } = await startApp({ access: { tokens } });
    const first = await request(app).get('/api/v1/openapi.json').expect(200);
    expect(first.body).toEqual(API_DOCUMENT);
    const etag = String(first.headers['etag']);
    await request(app).get('/api/v1/openapi.json').set('if-none-match', etag).expect(304);
  });
});

describe('a token', () => {
  const scopes: readonly Scope[] = ['read', 'write', 'ingest'];
  const tokens = scopes.map((scope) => ({ name: scope, token: `token-${scope}`, scopes: [scope] }));
  // A stream of events does not end by itself.
  const guarded = OPERATIONS.filter(
    ({ path, operation }) => !['none', 'source'].includes(operation.scope) && path !== '/api/v1/events',
  );

  test.each(scopes)('that may %s may do what the document says, and nothing else', async (scope) => {
    const { app } = await startApp({ access: { tokens } });
    expect(guarded.length).toBeGreaterThan(20);
    for (const { method, path, operation } of guarded) {
      const asking = request(app)[method](path.replace(/\{\w+\}/g, 'x'));
      const { status } = await asking.set('authorization', `Bearer token-${scope}`).timeout(20_000);
      const isAllowed = scope === 'write' || operation.scope === scope;
      expect([method, path, status === 403]).toEqual([method, path, !isAllowed]);
    }
  });
});

describe('the comparison of answers with the document', () => {
  const PATH = '/api/v1/runs:plan';
  const answer = (members: object): string[] =>
    complaintsAbout({
      ...{ method: 'POST', path: PATH, status: 200, type: 'application/json; charset=utf-8' },
      header: () => undefined,
      body: '{"total":1,"skipped":0}',
      ...members,
    });

  test('finds nothing in an answer that is as described', () => {
    expect(answer({})).toEqual([]);
  });

  test.each([
    ['a status', { status: 201 }, 'the status is not described'],
    ['a type', { type: 'text/html' }, 'the type text/html is not described'],
    ['a member that is missing', { body: '{"total":1}' }, "must have required property 'skipped'"],
    ['a member that is not described', { body: '{"total":1,"skipped":0,"x":1}' }, 'additional properties'],
    ['a header that is missing', { path: '/api/v1/runs', status: 202 }, 'the header location is missing'],
    [
      'a problem it cannot have',
      {
        status: 409,
        type: 'application/problem+json',
        body: '{}',
      },
      'the status is not described',
    ],
  ])('finds %s', (_what, members, complaint) => {
    expect(answer(members).join()).toContain(complaint);
  });

  test('tells a path with a verb from one with an id', () => {
    expect(describedPath('/api/v1/runs:plan')).toBe('/api/v1/runs:plan');
    expect(describedPath('/api/v1/runs/run_1')).toBe('/api/v1/runs/{id}');
    expect(describedPath('/api/v1/rules/status')).toBe('/api/v1/rules/status');
    expect(describedPath('/nowhere')).toBeUndefined();
  });
});
