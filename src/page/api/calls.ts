import { ask, type Answer } from './client.ts';
import type { Plan, Run } from './run-types.ts';
import type {
  Attempt,
  BackTest,
  Cdr,
  CdrDetail,
  Delivery,
  Explanation,
  FieldName,
  Hour,
  Json,
  JsonObject,
  Overview,
  Page,
  RecipeSummary,
  RulesStatus,
  Session,
  TestResult,
  Webhook,
} from './types.ts';

type Query = Readonly<Record<string, string | number | undefined>>;

/** The body of an answer. */
async function bodyOf<Body>(answer: Promise<Answer<Body>>): Promise<Body> {
  return (await answer).body;
}

function at(kind: string, id: string, verb = ''): string {
  return `/${kind}/${encodeURIComponent(id)}${verb}`;
}

/** A CDR that is stored, or the text of one. */
export type CdrChoice =
  { readonly cdrId: string } | { readonly raw: string; readonly source?: string | undefined };

/** Every call of the API that the page makes; each may throw ApiError. */
export const api = {
  session: () => bodyOf(ask<Session>('/session')),
  logIn: (token: string) => bodyOf(ask<Session>('/session', { method: 'POST', body: { token } })),
  logOut: () => ask('/session', { method: 'DELETE' }),

  overview: () => bodyOf(ask<Overview>('/overview')),
  rulesStatus: () => bodyOf(ask<RulesStatus>('/rules/status')),
  hours: (webhookId?: string) => bodyOf(ask<Page<Hour>>('/stats', { query: { webhookId } })),
  fields: () => bodyOf(ask<Page<FieldName>>('/fields', { query: { limit: 1_000 } })),

  webhooks: (query: Query) => bodyOf(ask<Page<Webhook>>('/webhooks', { query })),
  webhook: (id: string) => ask<Webhook & JsonObject>(at('webhooks', id)),
  create: (body: JsonObject) => ask<Webhook & JsonObject>('/webhooks', { method: 'POST', body }),
  replace: (id: string, body: JsonObject, ifMatch: string | undefined) =>
    ask<Webhook & JsonObject>(at('webhooks', id), { method: 'PUT', body, ifMatch }),
  remove: (id: string, ifMatch: string | undefined) => ask(at('webhooks', id), { method: 'DELETE', ifMatch }),
  switch: (id: string, isOn: boolean) =>
    ask(at('webhooks', id, isOn ? '/enable' : '/disable'), { method: 'POST' }),
  cancelPending: (id: string) =>
    bodyOf(ask<{ readonly cancelled: number }>(at('webhooks', id, '/cancel-pending'), { method: 'POST' })),
  recipes: () => bodyOf(ask<Page<RecipeSummary>>('/recipes')),
  recipe: (id: string) =>
    bodyOf(ask<{ readonly webhook: JsonObject; readonly notes: readonly string[] }>(at('recipes', id))),

  explain: (cdr: CdrChoice, about: { webhook: JsonObject } | { webhookIds: readonly string[] } | object) =>
    bodyOf(
      ask<Page<Explanation>>('/match:explain', {
        method: 'POST',
        body: withoutUndefined({ ...cdr, ...about }),
      }),
    ),
  backTest: (webhook: JsonObject, last: number) =>
    bodyOf(ask<BackTest>('/webhooks:backtest', { method: 'POST', body: { webhook, last } })),
  test: (webhook: JsonObject, cdr: CdrChoice, send: boolean) =>
    bodyOf(
      ask<TestResult>('/webhooks:test', {
        method: 'POST',
        body: withoutUndefined({ webhook, ...cdr, send }),
      }),
    ),
  render: (webhookId: string, cdrId: string) =>
    bodyOf(
      ask<Pick<TestResult, 'request'>>('/templates:render', { method: 'POST', body: { webhookId, cdrId } }),
    ),

  deliveries: (query: Query) => bodyOf(ask<Page<Delivery>>('/deliveries', { query })),
  delivery: (id: string) =>
    bodyOf(ask<Delivery & { readonly attempts: readonly Attempt[] }>(at('deliveries', id))),
  redeliver: (id: string, idempotencyKey: string) =>
    bodyOf(ask<Delivery>(at('deliveries', id, '/redeliver'), { method: 'POST', idempotencyKey })),
  cancel: (id: string) => bodyOf(ask<Delivery>(at('deliveries', id, '/cancel'), { method: 'POST' })),

  planRun: (body: JsonObject) => bodyOf(ask<Plan>('/runs:plan', { method: 'POST', body })),
  startRun: (body: JsonObject, idempotencyKey: string) =>
    bodyOf(ask<Run>('/runs', { method: 'POST', body, idempotencyKey })),
  run: (id: string) => bodyOf(ask<Run>(at('runs', id))),
  cancelRun: (id: string) => bodyOf(ask<Run>(at('runs', id, '/cancel'), { method: 'POST' })),

  cdrs: (query: Query) => bodyOf(ask<Page<Cdr>>('/cdrs', { query })),
  cdr: (id: string) => bodyOf(ask<CdrDetail>(at('cdrs', id))),
};

function withoutUndefined(members: object): JsonObject {
  return Object.fromEntries(
    Object.entries(members as Record<string, Json | undefined>).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}
