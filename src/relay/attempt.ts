import type { ReadCdr, StoredCdr } from '../store/records.ts';
import { TemplateError } from '../template/template-error.ts';
import { maskReferences, MissingReferenceError, type Environment } from '../webhooks/references.ts';
import { literalSecrets, maskSecrets } from '../webhooks/secrets.ts';
import { textsWithReferences, type Webhook } from '../webhooks/webhook.ts';
import { kindOf, type AttemptError, type RelayErrorCode } from './attempt-error.ts';
import type { AttemptResult } from './attempt-result.ts';
import { NO_CREDENTIALS, type Authenticator, type Credentials } from './auth/authenticator.ts';
import { TokenError } from './auth/token-request.ts';
import { cutOffMessage } from './cut-off.ts';
import type { RequestPermit } from './permit.ts';
import { RequestMaker, type PlainRequest } from './request.ts';
import { retryAfterMs } from './retry-after.ts';
import { shownHeaders, shownRequest } from './shown-request.ts';
import { SigningSecretError } from './signature.ts';
import { TransportError, type Transport } from './transport.ts';
import { refusalOf, verdictOf, type AttemptEnd } from './verdict.ts';

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

/** What is on record of how an attempt ended, no secret in it. */
type RecordedEnd = Pick<AttemptResult, 'status' | 'excerpt' | 'retryAfterMs' | 'error'>;

/** What making attempts needs. */
export interface AttemptMakerOptions {
  readonly transport: Transport;
  /** Where `${NAME}` gets its value, looked at anew for each attempt. */
  readonly environment: Environment;
  readonly authenticator: Authenticator;
  /** Makes a CDR again of what is stored of it; only asked for templates. */
  readonly readCdr: ReadCdr;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/** What one attempt is made of. */
export interface AttemptInput {
  readonly webhook: Webhook;
  readonly cdr: StoredCdr;
  /** Told when the request is begun. */
  readonly permit: Pick<RequestPermit, 'begin'>;
  /** Cuts the attempt off. */
  readonly signal: AbortSignal;
}

/** Makes attempts: each one request, and what is told of it. */
export class AttemptMaker {
  readonly #options: AttemptMakerOptions;
  readonly #requests: RequestMaker;

  constructor(options: AttemptMakerOptions) {
    this.#options = options;
    this.#requests = new RequestMaker(options.environment, options.readCdr);
  }

  /** Makes one attempt. Whatever goes wrong with the request is in the attempt; only a mistake of ours is thrown. */
  async attempt(input: AttemptInput): Promise<MadeAttempt> {
    const { clock } = this.#options;
    const { webhook } = input;
    const startedAtMs = clock();
    const exchanged = await this.#exchange(input);
    const { end, credentials } = exchanged;
    const durationMs = clock() - startedAtMs;
    const verdict = verdictOf(end, webhook);
    const recorded = this.#recorded(webhook, end, credentials);
    const error = 'answer' in end ? refusalOf(end.answer, webhook, verdict) : recorded.error;
    return {
      attempt: { startedAtMs, durationMs, verdict, ...recorded, ...(error && { error }) },
      token: credentials.token,
      details: () => this.#details(webhook, exchanged),
    };
  }

  async #exchange({ webhook, cdr, permit, signal }: AttemptInput): Promise<Exchanged> {
    const { transport, authenticator, clock } = this.#options;
    let credentials = NO_CREDENTIALS;
    let request: PlainRequest | undefined;
    try {
      credentials = await authenticator.headersFor(webhook, signal);
      // Made after the wait for a token, so that its timestamp is when it is sent.
      const made = this.#requests.requestFor(webhook, cdr, clock());
      request = { ...made, headers: { ...made.headers, ...credentials.headers } };
      permit.begin();
      return { end: { answer: await transport.exchange({ ...request, signal }) }, credentials, request };
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

  #recorded(webhook: Webhook, end: AttemptEnd, credentials: Credentials): RecordedEnd {
    if ('error' in end) {
      const { code, message } = end.error;
      const masked = this.#masked(message, webhook, credentials);
      return { error: { code, message: end.isAmbiguous ? `${masked}; the request was sent whole` : masked } };
    }
    const { status, headers, body } = end.answer;
    // A target may send back what it was sent. Masked before it is cut, so that no part of a secret is left at its end.
    const excerpt = this.#masked(body, webhook, credentials).slice(0, EXCERPT_CHARACTERS);
    return { status, excerpt, retryAfterMs: retryAfterMs(headers['retry-after'], this.#options.clock()) };
  }

  #masked(text: string, webhook: Webhook, { headers }: Credentials): string {
    if (text === '') return text;
    // The name of a scheme, as in `Bearer …`, is none.
    const inUse = Object.values(headers).map((value) => value.replace(/^\S+ /, ''));
    const withNames = maskReferences(text, textsWithReferences(webhook), this.#options.environment);
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
  if (signal.aborted) return coded('ERR_CUT_OFF', cutOffMessage(signal));
  return coded('ERR_NOT_SENT', `the request could not be made (${(error as Error).name})`);
}

function coded(code: RelayErrorCode, message: string): AttemptError {
  return { code, message };
}
