import { withRefs } from './refs.ts';
import type { JsonObject, JsonValue } from '../../check/json-text.ts';
import { PROBLEM_KINDS, type ProblemKind } from '../problem.ts';
import {
  ANSWER_HEADERS,
  listOf,
  METHODS,
  object,
  ref,
  text,
  type DescribedAnswer,
  type DescribedOperation,
  type Parameters,
} from './describe.ts';
import { OPERATION_GROUPS } from './operations.ts';
import { shownWebhook } from './operations/webhooks.ts';

/** The files of `schemas/` that bodies are checked with. */
export interface ApiSchemas {
  readonly webhook: JsonObject;
  readonly rules: JsonObject;
}

const JSON_TYPE = 'application/json';

const PROBLEM = object(
  {
    type: text('/problems/ and the code.'),
    title: text('What kind of problem it is.'),
    status: { description: 'The HTTP status.', type: 'integer' },
    detail: text('What was wrong and what to do.'),
    code: text('Stable name of the kind of problem.'),
    parameter: text('The query parameter that is wrong, where it is one.'),
    errors: {
      ...listOf(
        object(
          {
            pointer: text('Where in the body, as a JSON Pointer; empty for the whole of it.'),
            detail: text('What is wrong there.'),
            line: { description: 'The line, where it is known.', type: 'integer', minimum: 1 },
          },
          'line',
        ),
      ),
      description: 'Each thing that is wrong.',
    },
  },
  'parameter',
  'errors',
);

/**
 * The OpenAPI 3.1 document of everything that is served.
 *
 * @param version the package's.
 */
export function apiDocument(schemas: ApiSchemas, version: string): JsonObject {
  const shared = withRefs(
    { WebhookDocument: schemas.webhook, RulesDocument: schemas.rules },
    {
      'webhook.schema.json': 'WebhookDocument',
    },
  );
  const described = Object.assign({}, ...OPERATION_GROUPS.map((group) => group.schemas ?? {})) as JsonObject;
  return {
    openapi: '3.1.1',
    info: {
      title: 'Hookswitch',
      version,
      description:
        'Routes call detail records to webhooks. Errors are problem+json (RFC 9457). Times are RFC 3339, in UTC. ' +
        'Clients should take it that members are added to answers.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: OPERATION_GROUPS.map(({ tag, description }) => ({ name: tag, description })),
    paths: paths(),
    components: {
      schemas: { ...shared, Webhook: shownWebhook(schemas.webhook), ...described, Problem: PROBLEM },
      headers: Object.fromEntries(
        Object.entries(ANSWER_HEADERS).map(([name, description]) => [
          name,
          { description, schema: { type: 'string' } },
        ]),
      ),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token of the configuration.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'hookswitch_session',
          description:
            'Of POST /session. Where the router’s address has a port, _ and the port stand behind the name.',
        },
        basic: { type: 'http', scheme: 'basic', description: 'Of a source, where it is configured so.' },
      },
    },
  };
}

function paths(): JsonObject {
  const all: JsonObject = {};
  for (const { tag, paths: described } of OPERATION_GROUPS) {
    for (const [path, operations] of Object.entries(described)) {
      const shown = METHODS.flatMap((method) => {
        const operation = operations[method];
        return operation === undefined ? [] : [[method, showOperation(tag, path, operation)] as const];
      });
      all[path] = { ...(all[path] as JsonObject | undefined), ...Object.fromEntries(shown) };
    }
  }
  return all;
}

function showOperation(tag: string, path: string, operation: DescribedOperation): JsonObject {
  const { id, summary, description, query = {}, headers = {}, body } = operation;
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const inPath = Object.fromEntries(names.map((name) => [name, { type: 'string', minLength: 1 }]));
  const required = operation.problems?.includes('precondition-required') === true;
  const parameters = [
    ...showParameters('path', inPath, true),
    ...showParameters('query', query, false),
    ...showParameters('header', headers, required),
  ];
  return {
    tags: [tag],
    operationId: id,
    summary,
    ...(description === undefined ? {} : { description }),
    security: securityOf(operation),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: showBody(body) }),
    responses: { ...showAnswers(operation.answers), ...showProblems(problemsOf(path, operation)) },
  };
}

function showParameters(place: string, parameters: Parameters, required: boolean): JsonObject[] {
  return Object.entries(parameters).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required,
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

function showBody({
  schema,
  types = [JSON_TYPE],
  isOptional,
}: NonNullable<DescribedOperation['body']>): JsonObject {
  return {
    required: isOptional !== true,
    content: Object.fromEntries(types.map((type) => [type, { schema }])),
  };
}

function showAnswers(answers: Readonly<Record<number, DescribedAnswer>>): JsonObject {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, type = JSON_TYPE, headers = [] }]) => [
      status,
      {
        description,
        ...(headers.length === 0
          ? {}
          : {
              headers: Object.fromEntries(
                headers.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
              ),
            }),
        ...(schema === undefined ? {} : { content: { [type]: { schema } } }),
      },
    ]),
  );
}

/** Problems by their status, with the codes they can have. */
function showProblems(kinds: readonly ProblemKind[]): JsonObject {
  const statuses = [...new Set(kinds.map((kind) => PROBLEM_KINDS[kind].status))].sort();
  return Object.fromEntries(
    statuses.map((status) => {
      const codes = kinds.filter((kind) => PROBLEM_KINDS[kind].status === status);
      const schema = { allOf: [ref('Problem')], properties: { code: { enum: codes } } };
      const titles = codes.map((kind) => PROBLEM_KINDS[kind].title);
      return [
        status,
        { description: titles.join('; '), content: { 'application/problem+json': { schema } } },
      ];
    }),
  );
}

/** What can go wrong: what the operation says, and what can with all like it. */
function problemsOf(
  path: string,
  { scope, query, headers, body, problems = [] }: DescribedOperation,
): ProblemKind[] {
  const isGuarded = scope !== 'none' && scope !== 'source';
  return [
    ...new Set<ProblemKind>([
      ...problems,
      ...(isGuarded ? (['unauthorized', 'forbidden', 'too-many-requests'] as const) : []),
      ...(body === undefined ? [] : BODY_PROBLEMS),
      ...(query !== undefined || headers !== undefined || path.includes('{')
        ? (['bad-request'] as const)
        : []),
      'internal',
      'unavailable',
    ]),
  ];
}

const BODY_PROBLEMS = [
  'unreadable-body',
  'bad-request',
  'too-large',
  'unsupported-media-type',
  'unsupported-encoding',
] as const;

function securityOf({ scope }: DescribedOperation): JsonValue {
  if (scope === 'none') return [];
  if (scope === 'source') return [{}, { basic: [] }, { token: [] }];
  return scope === 'ingest' ? [{ token: [scope] }] : [{ token: [scope] }, { session: [scope] }];
}
