import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { TooLargeBodyError, UnreadableBodyError } from '../cdr/decode/unreadable.ts';
import { JsonSyntaxError } from '../check/json-text.ts';
import { errorAt, InvalidDocumentError, type Problem } from '../check/problem.ts';
import { IdempotencyKeyError } from '../store/runs.ts';
import { StoreUnavailableError } from '../store/store.ts';
import { BrokenRulesError, RulesFileNotWritableError } from '../webhooks/rules-errors.ts';

/** Every kind of error an HTTP answer can tell of, with its status and title. */
export const PROBLEM_KINDS = {
  'unreadable-body': { status: 400, title: 'The body cannot be read' },
  'bad-request': { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'Authentication is needed' },
  forbidden: { status: 403, title: 'This is not allowed' },
  'not-found': { status: 404, title: 'There is no such thing' },
  'method-not-allowed': { status: 405, title: 'This method is not allowed here' },
  conflict: { status: 409, title: 'This conflicts with what is there' },
  'precondition-failed': { status: 412, title: 'It has been changed by somebody else' },
  'precondition-required': { status: 428, title: 'Say which version is meant' },
  'too-large': { status: 413, title: 'The body is too large' },
  'unsupported-encoding': { status: 415, title: 'The body is encoded in a way that is not supported' },
  'unsupported-media-type': { status: 415, title: 'The body has another type than is asked for' },
  invalid: { status: 422, title: 'The document is not valid' },
  'idempotency-key-used': { status: 422, title: 'The idempotency key belongs to another request' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  'rules-file-broken': { status: 409, title: 'The rules file has an error' },
  internal: { status: 500, title: 'Something went wrong in Hookswitch' },
  'no-space': { status: 507, title: 'There is no room for it' },
  unavailable: { status: 503, title: 'Not available now' },
} as const;

/** The stable name of a kind of error. */
export type ProblemKind = keyof typeof PROBLEM_KINDS;

/** An error that is answered as problem+json (RFC 9457). */
export class HttpProblem extends Error {
  readonly kind: ProblemKind;
  readonly headers: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
  /** The query parameter that is wrong. */
  readonly parameter: string | undefined;

  constructor(
    kind: ProblemKind,
    detail: string,
    more: {
      headers?: Readonly<Record<string, string>>;
      problems?: readonly Problem[];
      parameter?: string;
    } = {},
  ) {
    super(detail);
    this.name = 'HttpProblem';
    this.kind = kind;
    this.headers = more.headers ?? {};
    this.problems = more.problems ?? [];
    this.parameter = more.parameter;
  }
}

/** How a sender who does not read problem+json is told what was wrong. */
export type ProblemForm = (detail: string) => { readonly contentType: string; readonly body: string };

/** Has the problems of a request answered in its sender's form. */
export function answerProblemsIn(response: Response, form: ProblemForm): void {
  response.locals['problemForm'] = form;
}

/** Answers a request with a problem. */
export function sendProblem(response: Response, problem: HttpProblem): void {
  const { status } = PROBLEM_KINDS[problem.kind];
  const form = response.locals['problemForm'] as ProblemForm | undefined;
  const { contentType, body } = form?.(problem.message) ?? problemJson(problem);
  response.status(status).set(problem.headers).type(contentType).send(body);
}

function problemJson(problem: HttpProblem): ReturnType<ProblemForm> {
  const { status, title } = PROBLEM_KINDS[problem.kind];
  const errors = problem.problems.map(({ pointer, message, line }) => ({
    pointer,
    detail: message,
    ...(line === undefined ? {} : { line }),
  }));
  const body = JSON.stringify({
    type: `/problems/${problem.kind}`,
    title,
    status,
    detail: problem.message,
    code: problem.kind,
    // Left out by JSON where no parameter is wrong.
    parameter: problem.parameter,
    ...(errors.length === 0 ? {} : { errors }),
  });
  return { contentType: 'application/problem+json', body };
}

/** Answers what no route took. */
export const noSuchRoute: RequestHandler = (request) => {
  throw new HttpProblem('not-found', `there is nothing at ${request.path}`);
};

/** Makes a handler that answers a path's other methods with 405 and the ones that are allowed. */
export function allowOnly(...methods: string[]): RequestHandler {
  return (request) => {
    const detail = `${request.method} is not possible here, only ${methods.join(', ')}`;
    throw new HttpProblem('method-not-allowed', detail, { headers: { allow: methods.join(', ') } });
  };
}

/** Who wants to know of requests that went wrong. */
export interface ProblemObserver {
  /** Something in Hookswitch itself went wrong; the client only learns that it did. */
  failed(error: unknown): void;
  /** A request was refused. The path is without its query, which may hold a CDR. */
  refused(path: string, kind: ProblemKind): void;
}

/** The last handler: answers every error as problem+json. */
export function problemHandler(observer: ProblemObserver): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const problem = toProblem(error);
    if (problem.kind === 'internal') observer.failed(error);
    else observer.refused(request.originalUrl.replace(/\?.*/s, ''), problem.kind);
    if (response.headersSent) next(error);
    else sendProblem(response, problem);
  };
}

function toProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof StoreUnavailableError) {
    // 503 and never 429: some senders drop a CDR for good on any 4xx.
    const detail = 'the CDR store cannot take this now; send it again';
    return new HttpProblem('unavailable', detail, { headers: { 'retry-after': '5' } });
  }
  if (error instanceof IdempotencyKeyError) return new HttpProblem('idempotency-key-used', error.message);
  if (error instanceof RulesFileNotWritableError) return new HttpProblem('unavailable', error.message);
  if (error instanceof BrokenRulesError) {
    const detail = 'the rules as they are kept have an error that has to be mended there first';
    return new HttpProblem('rules-file-broken', detail, { problems: error.problems });
  }
  if (error instanceof InvalidDocumentError) {
    const problems = error.problems.filter(({ severity }) => severity === 'error');
    return new HttpProblem('invalid', problems.map(({ message }) => message).join('; '), { problems });
  }
  return (
    fromBodyError(error) ?? fromHttpError(error) ?? new HttpProblem('internal', 'the error is in the log')
  );
}

function fromBodyError(error: unknown): HttpProblem | undefined {
  if (error instanceof TooLargeBodyError) return new HttpProblem('too-large', error.message);
  if (error instanceof UnreadableBodyError) return new HttpProblem('unreadable-body', error.message);
  if (!(error instanceof JsonSyntaxError)) return undefined;
  return new HttpProblem('unreadable-body', `the body is ${error.message}`, {
    problems: [{ ...errorAt('', error.message), line: error.line }],
  });
}

/** What body-parser and express throw (https://www.npmjs.com/package/http-errors): a status below 500 is the client's. */
function fromHttpError(error: unknown): HttpProblem | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  if (error.status === 413) return new HttpProblem('too-large', error.message);
  if (error.status === 415) return new HttpProblem('unsupported-encoding', error.message);
  return error.status < 500 ? new HttpProblem('bad-request', error.message) : undefined;
}
