import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../src/check/json-text.ts';
import { pointerTokens, problemLine } from '../src/check/problem.ts';
import { documentCheck, type SchemaCheck } from '../src/check/schema.ts';
import { readDocument } from '../src/documents.ts';
import { Matcher } from '../src/match/matcher.ts';
import { loadRecipes, webhookSchemaCheck } from '../src/package-files.ts';
import { compileTemplate } from '../src/template/body.ts';
import type { TemplateContext } from '../src/template/context.ts';
import { compileHeaderTemplate } from '../src/template/header.ts';
import type { CompiledTemplate } from '../src/template/template.ts';
import { compileUrlTemplate } from '../src/template/url.ts';
import { checkWebhook } from '../src/webhooks/check-webhooks.ts';
import { resolveReferences } from '../src/webhooks/references.ts';
import { fillIn, type Recipe } from '../src/webhooks/recipes.ts';
import type { WebhookDocument } from '../src/webhooks/webhook.ts';
import { CALLS as WRITTEN_CALLS } from './support/calls.ts';
import { SAMPLE_CALLS } from './support/sample-calls.ts';

const TARGETS = join(import.meta.dirname, 'fixtures', 'targets');

const recipes = loadRecipes();

/** Calls of which every field is given, and the samples of all vendors as they are read. */
const CALLS = { ...WRITTEN_CALLS, ...SAMPLE_CALLS };

/** The hooks get the envelope and not a body of their own. */
const withBody = recipes.filter(({ webhook }) => webhook['body'] !== undefined);

/** What a target gets. */
interface TargetRequest {
  readonly method: JsonValue;
  readonly url: string;
  readonly headers: JsonObject;
  readonly body: JsonValue;
}

function contextFor({ webhook }: Recipe, call: string): TemplateContext {
  const context = CALLS[call]?.({ id: webhook['id'] as string, name: webhook['name'] as string, meta: {} });
  if (context === undefined) throw new Error(`there is no call "${call}"`);
  return context;
}

function requestOf(recipe: Recipe, call: string): TargetRequest {
  const { method = 'POST', url, headers = {}, body = null } = recipe.webhook;
  const context = contextFor(recipe, call);
  const environment = Object.fromEntries(recipe.fillIn.map(({ name, example }) => [name, example]));
  const rendered = (compiled: CompiledTemplate): string => {
    expect(compiled.problems).toEqual([]);
    return compiled.template?.render(context, (text) => resolveReferences(text, environment)) ?? '';
  };
  return {
    method,
    url: rendered(compileUrlTemplate(url as string, '/url')),
    headers: Object.fromEntries(
      Object.entries(headers as Record<string, string>).map(([name, value]) => [
        name,
        rendered(compileHeaderTemplate(value, `/headers/${name}`)),
      ]),
    ),
    body: JSON.parse(rendered(compileTemplate(body, '/body'))) as JsonValue,
  };
}

/** Whether the webhook's conditions hold for a call. */
function hits(recipe: Recipe, call: string): boolean {
  const conditions = (recipe.webhook['conditions'] ?? []) as unknown as JsonObject[];
  const matcher = new Matcher([{ id: 'recipe', conditions }]);
  return matcher.match(contextFor(recipe, call).cdr).hits.length === 1;
}

const targetChecks = new Map<string, SchemaCheck>();

function targetCheck(id: string): SchemaCheck {
  const known = targetChecks.get(id);
  if (known !== undefined) return known;
  const check = documentCheck(readDocument(join(TARGETS, `${id}.schema.json`)).value as JsonObject);
  targetChecks.set(id, check);
  return check;
}

function toldOf(id: string, request: unknown): string[] {
  return targetCheck(id)(request).map(problemLine);
}

describe('recipes', () => {
  test('are there for every target', () => {
    expect(recipes.map(({ id }) => id)).toEqual([
      'connectwise-ticket',
      'dynamics-phone-call',
      'freshdesk-ticket',
      'halo-call-log',
      'hubspot-call',
      'jira-issue',
      'make-hook',
      'n8n-hook',
      'pagerduty-event',
      'pipedrive-call-log',
      'power-automate-hook',
      'salesforce-task',
      'servicenow-incident',
      'slack-message',
      'teams-message',
      'zapier-hook',
      'zendesk-ticket',
      'zoho-call',
    ]);
  });

  test('that have a body have a schema of what the target takes, and no schema is left over', () => {
    expect(readdirSync(TARGETS).sort()).toEqual(withBody.map(({ id }) => `${id}.schema.json`));
  });

  test.each(recipes.map((recipe) => [recipe.id, recipe] as const))('%s is a webhook', (id, recipe) => {
    const webhook = fillIn(recipe, {});
    expect(webhook['id']).toBe(id);
    expect(webhookSchemaCheck()(webhook)).toEqual([]);
    const problems = checkWebhook(webhook as unknown as WebhookDocument, '');
    expect(problems.filter(isError)).toEqual([]);
  });

  test('keep every secret out of the webhook', () => {
    for (const { webhook } of recipes) {
      const { auth } = webhook;
      const secrets = isJsonObject(auth ?? null) ? Object.entries(auth as JsonObject) : [];
      for (const [name, value] of secrets) {
        if (/secret|token$|password|clientId/i.test(name) && value !== 'X') {
          expect(value).toMatch(/^\$\{[A-Z_]+\}$/);
        }
      }
    }
  });
});

const rendered = withBody.flatMap((recipe) =>
  Object.keys(CALLS)
    .filter((call) => hits(recipe, call))
    .map((call) => [recipe.id, call, recipe] as const),
);

test('every recipe is tried with calls of two vendors at least', () => {
  for (const { id } of withBody) {
    const tried = rendered.filter(([of]) => of === id).map(([, call]) => call.split(',', 1)[0]);
    expect(new Set(tried).size).toBeGreaterThanOrEqual(2);
  }
});

test.each(rendered)('%s gives what its target takes: %s', (id, call, recipe) => {
  expect(toldOf(id, requestOf(recipe, call))).toEqual([]);
});

/** Requests that a target refuses: a place in a good request, and what stands there instead (nothing: it is left out). */
const WRONG: readonly (readonly [id: string, pointer: string, value?: JsonValue])[] = [
  ['zendesk-ticket', '/body/ticket/comment'],
  ['zendesk-ticket', '/headers/Idempotency-Key', 'x'.repeat(256)],
  ['zendesk-ticket', '/body/ticket/tags', ['two words']],
  ['hubspot-call', '/body/properties/hs_call_duration', 0],
  ['hubspot-call', '/body/properties'],
  ['hubspot-call', '/body/associations'],
  ['hubspot-call', '/body/properties/hs_call_direction', 'inbound'],
  ['salesforce-task', '/method', 'POST'],
  [
    'salesforce-task',
    '/url',
    'https://acme.my.salesforce.com/services/data/v66.0/sobjects/Task/CDR_Id__c/a%2Fb',
  ],
  ['salesforce-task', '/body/CallDurationInSeconds', 10.5],
  ['salesforce-task', '/body/Subject', 'x'.repeat(256)],
  ['servicenow-incident', '/body/urgency', 2],
  ['servicenow-incident', '/body/short_description', 'x'.repeat(161)],
  ['freshdesk-ticket', '/body/status', '2'],
  ['freshdesk-ticket', '/body/name'],
  ['freshdesk-ticket', '/body/description', '<script>'],
  ['jira-issue', '/body/fields/description', 'plain text'],
  ['jira-issue', '/body/fields/project'],
  ['jira-issue', '/body/fields/summary', 'two\nlines'],
  ['zoho-call', '/body/data', {}],
  ['zoho-call', '/body/data/0/Call_Duration', '90'],
  ['zoho-call', '/body/data/0/Call_Type', 'inbound'],
  ['pipedrive-call-log', '/body/duration', 0],
  ['pipedrive-call-log', '/body/to_phone_number'],
  ['pipedrive-call-log', '/body/outcome', 'missed'],
  ['pipedrive-call-log', '/body/start_time', '2026-11-21 14:03:22'],
  ['connectwise-ticket', '/body/summary', 'x'.repeat(101)],
  ['connectwise-ticket', '/body/company'],
  ['connectwise-ticket', '/headers/clientId'],
  ['halo-call-log', '/body', {}],
  ['halo-call-log', '/body/0/timetaken', '24'],
  ['dynamics-phone-call', '/body/directioncode', 'inbound'],
  ['dynamics-phone-call', '/body/actualdurationminutes', 0.4],
  ['dynamics-phone-call', '/url', 'https://acme.crm.dynamics.com/api/data/v9.2/phonecalls'],
  ['slack-message', '/body/text', '<!channel>'],
  ['slack-message', '/body/blocks/0/text/text', 'x'.repeat(3_001)],
  [
    'teams-message',
    '/body/attachments/0/content/body/0',
    { type: 'TextBlock', text: '[x](http://evil.test)' },
  ],
  ['teams-message', '/body/attachments'],
  ['pagerduty-event', '/body/payload/severity', 'high'],
  ['pagerduty-event', '/body/routing_key'],
  ['pagerduty-event', '/body/payload/summary', 'x'.repeat(1_025)],
];

test.each(WRONG.map(([id, pointer, value]) => ({ id, pointer, value })))(
  '$id: a target refuses another $pointer',
  ({ id, pointer, value }) => {
    const recipe = recipes.find((candidate) => candidate.id === id);
    if (recipe === undefined) throw new Error(`there is no recipe "${id}"`);
    const good = requestOf(recipe, 'Cisco, missed');
    expect(toldOf(id, good)).toEqual([]);
    expect(toldOf(id, changed(good as unknown as JsonObject, pointer, value))).not.toEqual([]);
  },
);

test('every target refuses something', () => {
  expect(new Set(WRONG.map(([id]) => id))).toEqual(new Set(withBody.map(({ id }) => id)));
});

test('a repeat gives the same request, byte for byte', () => {
  for (const [, call, recipe] of rendered) {
    expect(JSON.stringify(requestOf(recipe, call))).toBe(JSON.stringify(requestOf(recipe, call)));
  }
});

function changed(request: JsonObject, pointer: string, value: JsonValue | undefined): JsonObject {
  const copy = structuredClone(request);
  const tokens = pointerTokens(pointer);
  const last = tokens.pop() ?? '';
  const parent = tokens.reduce<JsonValue>((inner, token) => (inner as JsonObject)[token] ?? null, copy);
  const object = parent as JsonObject;
  if (value === undefined) Reflect.deleteProperty(object, last);
  else object[last] = value;
  return copy;
}

function isError({ severity }: { readonly severity: string }): boolean {
  return severity === 'error';
}
