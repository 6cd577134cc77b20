import { parseKeepingDigits } from './json-digits.ts';
import { tellReached } from './reach.ts';
import type { Json, Problem } from './types.ts';

/** An answer of the API that is an error, or no answer at all (status 0). */
export class ApiError extends Error {
  readonly status: number;
  /** What is wrong in the document that was sent. */
  readonly problems: readonly Problem[];

  constructor(status: number, message: string, problems: readonly Problem[] = []) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.problems = problems;
  }
}

/** A request to the API. */
export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: Json;
  /** The version that is to be changed. */
  readonly ifMatch?: string | undefined;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/** A good answer. */
export interface Answer<Body> {
  readonly body: Body;
  readonly etag: string | undefined;
}

let onLoggedOut: () => void = () => undefined;

/** Says what to do when the API asks for a login. */
export function whenLoggedOut(handler: () => void): void {
  onLoggedOut = handler;
}

/**
 * Asks the API. `path` is what stands behind `/api/v1`; addresses are relative, so that the page also works behind a
 * proxy that puts a folder before it.
 *
 * @throws ApiError
 */
export async function ask<Body>(path: string, request: ApiRequest = {}): Promise<Answer<Body>> {
  const response = await send(path, request);
  const text = await response.text();
  if (response.ok) {
    const body = (text === '' ? null : parseKeepingDigits(text)) as Body;
    return { body, etag: response.headers.get('etag') ?? undefined };
  }
  if (response.status === 401) onLoggedOut();
  throw errorOf(response, text);
}

async function send(path: string, { method = 'GET', query = {}, ...request }: ApiRequest): Promise<Response> {
  const parameters = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  const search = parameters.length === 0 ? '' : `?${new URLSearchParams(parameters).toString()}`;
  try {
    const response = await fetch(`api/v1${path}${search}`, {
      method,
      headers: headersOf(method, request),
      body: request.body === undefined ? null : JSON.stringify(request.body),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    tellReached(!isOfProxy(response));
    return response;
  } catch (error) {
    if (request.signal?.aborted === true) throw error;
    tellReached(false);
    throw new ApiError(0, 'The router does not answer. Is it running?');
  }
}

/** Whether a proxy says that the router is gone; the router itself tells errors as JSON. */
function isOfProxy({ status, headers }: Response): boolean {
  return status >= 502 && status <= 504 && headers.get('content-type')?.includes('json') !== true;
}

function headersOf(method: string, { body, ifMatch, idempotencyKey }: ApiRequest): Record<string, string> {
  return {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    // A page of another origin cannot set it.
    ...(method === 'GET' ? {} : { 'x-hookswitch-csrf': '1' }),
  };
}

function errorOf(response: Response, text: string): ApiError {
  try {
    const { detail, title, errors } = JSON.parse(text) as {
      detail?: string;
      title?: string;
      errors?: readonly Problem[];
    };
    return new ApiError(response.status, detail ?? title ?? response.statusText, errors);
  } catch {
    return new ApiError(response.status, `The router answered ${response.status} ${response.statusText}.`);
  }
}
