import { configPath, loadConfig } from '../config.ts';
import type { Listen } from '../http/server.ts';
import { configSchemaCheck, loadVendors } from '../package-files.ts';
import type { Environment } from '../webhooks/references.ts';

/** Addresses that mean every one of a machine, and the one of them to call. */
const ANY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** The options of every command that talks to a running router. */
export const API_OPTIONS = { api: { type: 'string' }, config: { type: 'string' } } as const;

/** What `--help` says of them. */
export const API_HELP = `--api is the address of a running router's API, by default the one that the configuration and the environment
give on this machine. HOOKSWITCH_API_TOKEN is sent as its token.`;

const NO_CONTENT = 204;

/** A problem as the API answers it. */
interface ShownProblem {
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

/** A document of the API that is changed as a whole. */
export interface VersionedDocument {
  readonly value: unknown;
  /** For `replace`. */
  readonly etag: string;
}

/** Thrown when a router has something against a request. */
export class RefusedError extends Error {
  /** The HTTP status. */
  readonly status: number;

  constructor(url: string, status: number, complaint: string) {
    super(`${url} answered ${status}: ${complaint}`);
    this.name = 'RefusedError';
    this.status = status;
  }
}

/** What is sent to a router. */
interface Sent {
  readonly body?: unknown;
  readonly ifMatch?: string;
}

/** The API of a running router. */
export class RouterApi {
  readonly #url: string;
  readonly #token: string | undefined;

  /** @param options what was given for `API_OPTIONS`. */
  constructor(
    options: { readonly api?: string | undefined; readonly config?: string | undefined },
    environment: Environment,
  ) {
    this.#url = (options.api ?? configuredUrl(options.config, environment)).replace(/\/+$/, '');
    this.#token = environment['HOOKSWITCH_API_TOKEN'];
  }

  /**
   * Asks for something under `/api/v1` and gives the JSON of the answer, `undefined` of one without content.
   *
   * @throws Error that tells that no router is there, RefusedError what it has against the request.
   */
  async call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    return jsonOf((await this.#ask(method, path, { body })).text);
  }

  /**
   * Asks for a document with its version.
   *
   * @throws Error as `call` does.
   */
  async document(path: string): Promise<VersionedDocument> {
    const { text, etag } = await this.#ask('GET', path, {});
    return { value: jsonOf(text), etag };
  }

  /**
   * Puts another document in the place of the one of a version.
   *
   * @throws Error as `call` does; the status of the RefusedError is 412 when there is another version by now.
   */
  async replace(path: string, body: unknown, ifMatch: string): Promise<void> {
    await this.#ask('PUT', path, { body, ifMatch });
  }

  /**
   * Asks as `call` does and gives the text of the answer, in which numbers have all their digits.
   *
   * @throws Error as `call` does.
   */
  async text(path: string): Promise<string> {
    return (await this.#ask('GET', path, {})).text;
  }

  async #ask(method: string, path: string, sent: Sent): Promise<{ text: string; etag: string }> {
    const response = await this.#fetch(method, `${this.#url}/api/v1${path}`, sent);
    const text = await response.text();
    const answer = jsonOf(text);
    if (!response.ok || (answer === undefined && response.status !== NO_CONTENT)) {
      throw new RefusedError(this.#url, response.status, complaintOf(answer));
    }
    return { text, etag: response.headers.get('etag') ?? '' };
  }

  /**
   * Gets something under `/api/v1` as it is.
   *
   * @throws Error as `call` does.
   */
  async bytes(path: string): Promise<Buffer> {
    const response = await this.#fetch('GET', `${this.#url}/api/v1${path}`, {});
    const content = Buffer.from(await response.arrayBuffer());
    if (response.ok) return content;
    throw new RefusedError(this.#url, response.status, complaintOf(jsonOf(content.toString())));
  }

  async #fetch(method: string, url: string, { body, ifMatch }: Sent): Promise<Response> {
    const hasToken = this.#token !== undefined && this.#token !== '';
    const headers = {
      ...(hasToken ? { authorization: `Bearer ${this.#token}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    try {
      // A token goes to the router that was named and nowhere else.
      return await fetch(url, { method, headers, redirect: 'manual', ...sent });
    } catch (error) {
      const { cause, message } = error as Error;
      const reason = cause instanceof Error && cause.message !== '' ? cause.message : message;
      throw new Error(`no router answers at ${this.#url} (${reason}); start it, or name another with --api`, {
        cause: error,
      });
    }
  }
}

function configuredUrl(config: string | undefined, environment: Environment): string {
  const path = configPath(config, environment);
  const { adminListen, listen } = loadConfig(path, environment, configSchemaCheck(), loadVendors());
  return urlOf(adminListen ?? listen);
}

function urlOf({ host, port, tls }: Listen): string {
  const called = ANY_ADDRESS[host] ?? host;
  return `${tls === undefined ? 'http' : 'https'}://${called.includes(':') ? `[${called}]` : called}:${port}`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function complaintOf(answer: unknown): string {
  if (answer === undefined) return 'no JSON; is this the address of a Hookswitch router?';
  const { detail = 'no reason given', errors = [] } = answer as ShownProblem;
  if (errors.length === 0) return detail;
  return errors.map((error) => `${error.pointer === '' ? '/' : error.pointer} ${error.detail}`).join('; ');
}
