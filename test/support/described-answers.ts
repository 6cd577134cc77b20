import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import express, { type Express, type Response } from 'express';
import { onTestFinished } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/check/json-text.ts';
import { apiDocument } from '../../src/http/openapi/document.ts';
import { apiSchemas } from '../../src/package-files.ts';

/** The document that answers are compared with. */
export const API_DOCUMENT = apiDocument(apiSchemas(), '1.2.3');

/** What an answer was and what was asked for. */
export interface GivenAnswer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly type: string;
  readonly header: (name: string) => string | undefined;
  readonly body: string;
}

/** What a response of the document holds. */
interface DescribedResponse {
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, unknown>>;
}

type DescribedPaths = Readonly<
  Record<
    string,
    Readonly<Record<string, { readonly responses: Readonly<Record<string, DescribedResponse>> }>>
  >
>;

const paths = API_DOCUMENT['paths'] as unknown as DescribedPaths;
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** Paths without parameters come before those they would fall under too. */
const matchers = Object.keys(paths)
  .sort((one, other) => one.split('{').length - other.split('{').length)
  .map((path) => ({
    path,
    matches: new RegExp(
      `^${path.replace(/[.:]/g, (character) => `\\${character}`).replace(/\{\w+\}/g, '[^/]+')}/?$`,
      'i',
    ),
  }));

/** The path of the document that a request's path falls under. */
export function describedPath(path: string): string | undefined {
  return matchers.find(({ matches }) => matches.test(path))?.path;
}

const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { 'date-time': RFC_3339 } });
ajv.addSchema(closed(API_DOCUMENT) as JsonObject, 'api');
const validators = new Map<string, ValidateFunction>();

/** A copy in which objects have no members but those described: clients must expect more of them, tests must not. */
function closed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(closed);
  if (!isJsonObject(value)) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, closed(inner)]));
  // The schemas of files are closed where they are meant to be.
  const isOfFile = 'title' in value && value['additionalProperties'] === false;
  if (isOfFile) return value;
  const isOpen = value['type'] === 'object' && 'properties' in value && !('additionalProperties' in value);
  return isOpen ? { ...copy, additionalProperties: false } : copy;
}

/** What an answer has that the document does not tell of; nothing for what is at no path of it. */
export function complaintsAbout(answer: GivenAnswer): string[] {
  const path = describedPath(answer.path);
  const method = answer.method === 'HEAD' ? 'get' : answer.method.toLowerCase();
  const operation = path === undefined ? undefined : paths[path]?.[method];
  // What is no operation is refused before one is looked for: by 401, 403, 404 or 405.
  const isMereLook = answer.method === 'HEAD' && answer.status === 405;
  if (path === undefined || operation === undefined || isMereLook) return [];
  const complain = (what: string): string[] => [
    `${answer.method} ${path} answered ${answer.status}: ${what}`,
  ];
  const response = operation.responses[answer.status];
  if (response === undefined) return complain('the status is not described');
  const missing = Object.keys(response.headers ?? {}).filter(
    (name) => name !== 'link' && answer.header(name) === undefined,
  );
  if (missing.length > 0) return complain(`the header ${missing.join(', ')} is missing`);
  if (answer.method === 'HEAD') return [];
  const type = answer.type.replace(/;.*/, '');
  if (response.content === undefined) return answer.body === '' ? [] : complain('a body is not described');
  // Vendors have their own answers, which are theirs to describe.
  if (path.startsWith('/cdr') && type !== 'application/problem+json') return [];
  if (!(type in response.content)) return complain(`the type ${type} is not described`);
  if (!type.endsWith('json')) return [];
  const place = ['paths', path, method, 'responses', String(answer.status), 'content', type, 'schema'];
  const validate = validatorAt(`api#/${place.map(escaped).join('/')}`);
  return validate(JSON.parse(answer.body)) ? [] : complain(ajv.errorsText(validate.errors));
}

function validatorAt(reference: string): ValidateFunction {
  const known = validators.get(reference) ?? ajv.compile({ $ref: reference });
  validators.set(reference, known);
  return known;
}

function escaped(token: string): string {
  return encodeURIComponent(token.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/**
 * An application of which every answer is compared with the document while the running test lasts; the test fails when one
 * departs from it.
 */
export function withDescribedAnswers(app: Express): Express {
  const complaints: string[] = [];
  const watching = express();
  watching.disable('x-powered-by');
  watching.use((request, response, next) => {
    const body = bodyOf(response);
    response.once('finish', () => {
      complaints.push(
        ...complaintsAbout({
          method: request.method,
          path: request.originalUrl.replace(/\?.*/s, ''),
          status: response.statusCode,
          type: response.get('content-type') ?? '',
          header: (name) => response.get(name),
          body: body(),
        }),
      );
    });
    next();
  });
  watching.use(app);
  onTestFinished(() => {
    if (complaints.length > 0) throw new Error([...new Set(complaints)].join('\n'));
  });
  return watching;
}

/** Gives, once it is sent, what a response has for a body. */
function bodyOf(response: Response): () => string {
  const chunks: Buffer[] = [];
  const keep = (chunk: unknown): void => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk as string));
  };
  const write = response.write.bind(response) as (...args: unknown[]) => boolean;
  const end = response.end.bind(response) as (...args: unknown[]) => Response;
  response.write = ((...args: unknown[]) => (keep(args[0]), write(...args))) as Response['write'];
  response.end = ((...args: unknown[]) => (keep(args[0]), end(...args))) as Response['end'];
  return () => Buffer.concat(chunks).toString('utf8');
}
