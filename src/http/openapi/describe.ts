import type { JsonObject, JsonValue } from '../../check/json-text.ts';
import type { Scope } from '../api-token.ts';
import type { ProblemKind } from '../problem.ts';

/** Methods that operations have, in the order they are shown. */
export const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** A parameter: its schema, whose `description` tells what it is for. */
export type Parameters = Readonly<Record<string, JsonObject>>;

/** What is sent. */
export interface DescribedBody {
  readonly schema: JsonObject;
  /** Media types; JSON unless said otherwise. */
  readonly types?: readonly string[];
  /** Whether the request may come without; it may not unless this says so. */
  readonly isOptional?: true;
}

/** What is answered when it went well. */
export interface DescribedAnswer {
  readonly description: string;
  /** Left out when there is no body. */
  readonly schema?: JsonObject;
  /** Media type; JSON unless said otherwise. */
  readonly type?: string;
  /** Names of headers that come with it, such as `etag`. */
  readonly headers?: readonly (keyof typeof ANSWER_HEADERS)[];
}

/** One operation: a method at a path. Parameters in the path are seen from the path. */
export interface DescribedOperation {
  /** Unique; what generated clients call it. */
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  /** What a token has to be allowed; `none` where nobody is asked for one, `source` where the source decides. */
  readonly scope: Scope | 'none' | 'source';
  readonly query?: Parameters;
  readonly headers?: Parameters;
  readonly body?: DescribedBody;
  /** By status. */
  readonly answers: Readonly<Record<number, DescribedAnswer>>;
  /** What can go wrong beside what can with every operation that needs a token, or has a body. */
  readonly problems?: readonly ProblemKind[];
}

/** The operations of one file of routes. */
export interface OperationGroup {
  /** The heading they stand under. */
  readonly tag: string;
  readonly description: string;
  /** Paths as OpenAPI writes them, such as `/api/v1/webhooks/{id}`. */
  readonly paths: Readonly<Record<string, Partial<Record<(typeof METHODS)[number], DescribedOperation>>>>;
  /** Schemas that `ref` can name. */
  readonly schemas?: Readonly<Record<string, JsonObject>>;
}

/** Every header that an answer can have and its reader should know. */
export const ANSWER_HEADERS = {
  etag: 'The version, for If-Match and If-None-Match.',
  location: 'Where what was made is found.',
  link: 'The next page, with rel="next"; missing on the last.',
} as const;

/** Refers to a schema of any group. */
export function ref(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}

/**
 * An object with these members.
 *
 * @param optional those that can be missing.
 */
export function object(properties: JsonObject, ...optional: string[]): JsonObject {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, ...(required.length === 0 ? {} : { required }) };
}

/** An object that is sent: what it does not know is an error. */
export function sentObject(properties: JsonObject, required: string[] = []): JsonObject {
  return { type: 'object', properties, required, additionalProperties: false };
}

/** A list. */
export function listOf(items: JsonObject): JsonObject {
  return { type: 'array', items };
}

/** A schema, or null. */
export function orNull(schema: JsonObject): JsonObject {
  return { anyOf: [schema, { type: 'null' }] };
}

/** Text that is not empty. */
export function text(description: string): JsonObject {
  return { description, type: 'string' };
}

/** A number of things. */
export function count(description: string): JsonObject {
  return { description, type: 'integer', minimum: 0 };
}

/** A time in an answer; in UTC. */
export function time(description: string): JsonObject {
  return { description, type: 'string', format: 'date-time' };
}

/** One word of a few. */
export function word(description: string, ...words: readonly JsonValue[]): JsonObject {
  return { description, enum: [...words] };
}

/** A time that is sent, RFC 3339. */
export function sentTime(description: string): JsonObject {
  return { description: `${description} Such as 2026-11-21T14:03:22Z.`, type: 'string', minLength: 1 };
}

/** The parameters of every list. */
export const PAGE_PARAMETERS: Parameters = {
  limit: { description: 'Entries on a page.', type: 'integer', minimum: 1, maximum: 250, default: 50 },
  cursor: text('The nextCursor of the page before.'),
};

/** A page of a list. */
export function pageAnswer(item: JsonObject, description: string): DescribedAnswer {
  const nextCursor = { description: 'Give it as cursor to get the next page.', type: ['string', 'null'] };
  return { description, schema: object({ data: listOf(item), nextCursor }), headers: ['link'] };
}

/** The header that says which version is meant. */
export const IF_MATCH: Parameters = {
  'If-Match': text('The ETag of the version that is meant, or * for whatever is there.'),
};

/** The header that asks only for another version. */
export const IF_NONE_MATCH: Parameters = {
  'If-None-Match': text('An ETag; the answer is 304 when it is that of the version there is.'),
};

/** The answer to it when there is none. */
export const UNCHANGED: DescribedAnswer = { description: 'It is that version.', headers: ['etag'] };

/** The header that makes asking twice safe. */
export const IDEMPOTENCY_KEY: Parameters = {
  'Idempotency-Key': {
    description: 'Chosen by the client; the same request with the same key is carried out once.',
    type: 'string',
    minLength: 1,
    maxLength: 255,
  },
};
