import type { ReadCdr, StoredCdr } from '../store/records.ts';
import { TemplateError } from '../template/template-error.ts';
import { maskReferences, MissingReferenceError, type Environment } from '../webhooks/references.ts';
import { literalSecrets, maskSecrets } from '../webhooks/secrets.ts';
import { textsWithReferences, type Webhook } from '../webhooks/webhook.ts';
import { kindOf, type AttemptError, type RelayErrorCode } from './attempt-error.ts';
import type { AttemptResult } from './attempt-result.ts';
import { NO_CREDENTIALS, type Authenticator, type Credentials } from './auth/authenticator.ts';
import { TokenError } from './auth/token-request.ts';
import { RequestMaker, type PlainRequest } from './request.ts';
import { retryAfterMs } from './retry-after.ts';
import { shownHeaders, shownRequest } from './shown-request.ts';
import { SigningSecretError } from './signature.ts';
import { TransportError, type Transport } from './transport.ts';
import { verdictOf, type AttemptEnd } from './verdict.ts';

/** What is kept of an answer's body. */
const EXCERPT_CHARACTERS = 1_024;

/** An attempt with the token it was made with, which must not get on record. */
export interface MadeAttempt {
  readonly attempt: AttemptResult;
  readonly token: string | undefined;
  /** What was sent and how the answer began: made when asked for, because most attempts succeed. */
  readonly details: () => AttemptDetails;
}

/** What is kept only of an attempt that somebody will want to look into, no secret in it. */
export type AttemptDetails = Pick<AttemptResult, 'request' | 'responseHeaders'>;

/** One exchange: what was sent, if it came to that, and how it ended. */
interface Exchanged {
  readonly end: AttemptEnd;
  readonly credentials: Credentials;
  readonly request: PlainRequest | undefined;
}

/** What is told of an attempt, no secret in it. */
type Told = Pick<AttemptResult, 'status' | 'excerpt' | 'retryAfterMs' | 'error'>;

/** Makes attempts: each one request, and what is told of it. */
export class AttemptMaker {
  readonly #transport: Transport;
  readonly #environment: Environment;
  readonly #authenticator: Authenticator;
  readonly #requests: RequestMaker;

  constructor(
    transport: Transport,
    environment: Environment,
    authenticator: Authenticator,
    readCdr: ReadCdr,
  ) {
    this.#transport = transport;
    this.#environment = environment;
    this.#authenticator = authenticator;
    this.#requests = new RequestMaker(environment, readCdr);
  }

  /** Makes one attempt. Whatever goes wrong is this delivery's own, is in the attempt and is not thrown. */
  async attempt(webhook: Webhook, cdr: StoredCdr, signal: AbortSignal): Promise<MadeAttempt> {
    const startedAtMs = Date.now();
    const exchanged = await this.#exchange(webhook, cdr, signal);
    const { end, credentials } = exchanged;
    const durationMs = Date.now() - startedAtMs;
    const told = this.#told(webhook, end, credentials);
    return {
      attempt: { startedAtMs, durationMs, verdict: verdictOf(end, webhook), ...told },
      token: credentials.token,
      details: () => this.#details(webhook, exchanged),
    };
  }

  async #exchange(webhook: Webhook, cdr: StoredCdr, signal: AbortSignal): Promise<Exchanged> {
    let credentials = NO_CREDENTIALS;
    let request: PlainRequest | undefined;
    try {
      credentials = await this.#authenticator.headersFor(webhook, signal);
      // Made after the wait for a token, so that its timestamp is when it is sent.
      const made = this.#requests.requestFor(webhook, cdr, Date.now());
      request = { ...made, headers: { ...made.headers, ...credentials.headers } };
      return {
        end: { answer: await this.#transport.exchange({ ...request, signal }) },
        credentials,
        request,
      };
    } catch (error) {
      return { end: endOf(error, signal), credentials, request };
    }
  }

  #details(webhook: Webhook, { end, credentials, request }: Exchanged): AttemptDetails {
    const mask = (text: string): string => this.#masked(text, webhook, credentials);
    return {
      request: request === undefined ? undefined : shownRequest(request, mask),
      responseHeaders: 'answer' in end ? shownHeaders(end.answer.headers, mask) : undefined,
    };
  }

  #told(webhook: Webhook, end: AttemptEnd, credentials: Credentials): Told {
    if ('error' in end) {
      const { code, message } = end.error;
      const masked = this.#masked(message, webhook, credentials);
      return { error: { code, message: end.isAmbiguous ? `${masked}; the request was sent whole` : masked } };
    }
    const { status, headers, body } = end.answer;
    // A target may send back what it was sent. Masked before it is cut, so that no part of a secret is left at its end.
    const excerpt = this.#masked(body, webhook, credentials).slice(0, EXCERPT_CHARACTERS);
    return { status, excerpt, retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()) };
  }

  #masked(text: string, webhook: Webhook, { headers }: Credentials): string {
    if (text === '') return text;
    // The name of a scheme, as in `Bearer …`, is none.
    const inUse = Object.values(headers).map((value) => value.replace(/^\S+ /, ''));
    const withNames = maskReferences(text, textsWithReferences(webhook), this.#environment);
    return maskSecrets(withNames, [...inUse, ...literalSecrets(webhook)]);
  }
}

function endOf(error: unknown, signal: AbortSignal): AttemptEnd {
  const wasSent = error instanceof TransportError && error.sent;
  const coded = codedError(error, signal);
  return { error: coded, isAmbiguous: wasSent && kindOf(coded.code).canBeSent };
}

function codedError(error: unknown, signal: AbortSignal): AttemptError {
  if (error instanceof TransportError) return { code: error.code, message: error.message };
  if (error instanceof TokenError) return coded('ERR_TOKEN', error.message);
  if (error instanceof MissingReferenceError) return coded('MISSING_REFERENCE', error.message);
  if (error instanceof TemplateError) return coded('ERR_TEMPLATE', error.message);
  if (error instanceof SigningSecretError) return coded('ERR_SIGNING_SECRET', error.message);
  // The wait for a token was given up.
  if (signal.aborted) return coded('ERR_CUT_OFF', 'cut off because the router stopped');
  return coded('ERR_NOT_SENT', `the request could not be made (${(error as Error).name})`);
}

function coded(code: RelayErrorCode, message: string): AttemptError {
  return { code, message };
}
