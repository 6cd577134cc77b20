import pRetry from 'p-retry';
import type { StoredCdr } from '../store/records.ts';
import {
  maskReferences,
  MissingReferenceError,
  resolveReferences,
  type Environment,
} from '../webhooks/references.ts';
import { textsWithReferences, type Webhook } from '../webhooks/webhook.ts';
import { payloadOf } from './payload.ts';
import { retryAfterMs, type AttemptResult } from './retry-policy.ts';
import { Signer, SigningSecretError } from './signature.ts';
import { TransportError, type Transport, type TransportRequest } from './transport.ts';
import { verdictOf, type AttemptEnd } from './verdict.ts';

/** Milliseconds before the second attempt of a burst; doubles each time, and up to as much again is added by chance. */
const BURST_WAIT_MS = 500;

/** What is kept of an answer's body. */
const EXCERPT_CHARACTERS = 1_024;
/** What of it is searched for values of references first. */
const MASKED_CHARACTERS = 4_096;

const USER_AGENT = 'Hookswitch';

/** Makes the attempts of one lease. */
export class Sender {
  readonly #transport: Transport;
  readonly #environment: Environment;
  readonly #signer = new Signer();

  /** @param environment where `${NAME}` gets its value, looked at anew for each delivery. */
  constructor(transport: Transport, environment: Environment) {
    this.#transport = transport;
    this.#environment = environment;
  }

  /**
   * Sends a CDR to a webhook, up to `retry.burst` times more while the target does not answer well and does not ask for
   * time. What happens on the way is in the attempts; it throws only what `onAttempt` throws.
   *
   * @param onAttempt told of each attempt as it ends.
   * @param signal stops what is under way; an attempt cut off like that is on record as `ERR_CUT_OFF`.
   */
  async send(
    webhook: Webhook,
    cdr: StoredCdr,
    onAttempt: (attempt: AttemptResult) => void,
    signal: AbortSignal,
  ): Promise<AttemptResult[]> {
    const attempts: AttemptResult[] = [];
    const attemptOnce = async (): Promise<void> => {
      const attempt = await this.#attempt(webhook, cdr, signal);
      attempts.push(attempt);
      onAttempt(attempt);
      if (attempt.verdict === 'retry') throw new FailedAttemptError(attempt);
    };
    try {
      await pRetry(attemptOnce, {
        retries: webhook.retry.burst,
        minTimeout: BURST_WAIT_MS,
        randomize: true,
        signal,
        shouldRetry: ({ error }) => error instanceof FailedAttemptError && error.isWorthRepeating,
      });
    } catch (error) {
      if (!(error instanceof FailedAttemptError) && !signal.aborted) throw error;
    }
    return attempts;
  }

  async #attempt(webhook: Webhook, cdr: StoredCdr, signal: AbortSignal): Promise<AttemptResult> {
    const startedAtMs = Date.now();
    const end = await this.#exchange(webhook, cdr, signal, startedAtMs);
    const durationMs = Date.now() - startedAtMs;
    return { startedAtMs, durationMs, verdict: verdictOf(end, webhook), ...this.#told(webhook, end) };
  }

  /** Makes one request. Whatever goes wrong is this delivery's own and must not end the router. */
  async #exchange(webhook: Webhook, cdr: StoredCdr, signal: AbortSignal, nowMs: number): Promise<AttemptEnd> {
    try {
      const request = this.#requestOf(webhook, cdr, nowMs);
      return { answer: await this.#transport.exchange({ ...request, signal }) };
    } catch (error) {
      return { error: codedError(error), isAmbiguous: error instanceof TransportError && error.sent };
    }
  }

  /** What is told of an attempt, no value of a reference in it. */
  #told(
    webhook: Webhook,
    end: AttemptEnd,
  ): Pick<AttemptResult, 'status' | 'excerpt' | 'retryAfterMs' | 'error'> {
    if ('error' in end) {
      const { code, message } = end.error;
      const masked = this.#masked(webhook, message);
      return { error: { code, message: end.isAmbiguous ? `${masked}; the request was sent whole` : masked } };
    }
    const { status, headers, body } = end.answer;
    // A target may send back what it was sent. Masked before it is cut, so that no half of a value is left.
    const excerpt = this.#masked(webhook, body.slice(0, MASKED_CHARACTERS)).slice(0, EXCERPT_CHARACTERS);
    return { status, excerpt, retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()) };
  }

  /** @throws MissingReferenceError, SigningSecretError, or TransportError for a url that is none. */
  #requestOf(webhook: Webhook, cdr: StoredCdr, nowMs: number): Omit<TransportRequest, 'signal'> {
    const resolved = (text: string): string => resolveReferences(text, this.#environment);
    const url = resolved(webhook.url);
    if (!URL.canParse(url))
      throw new TransportError('ERR_INVALID_URL', 'the url is not valid once its references are filled in');
    // https://www.standardwebhooks.com: the id is the same on every attempt, so that a target can recognise repeats.
    const id = `${cdr.id}_${webhook.id}`;
    const timestampSeconds = Math.floor(nowMs / 1_000);
    const body = payloadOf(webhook, cdr.raw);
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      'user-agent': USER_AGENT,
      'webhook-id': id,
      'webhook-timestamp': String(timestampSeconds),
    };
    for (const [name, value] of Object.entries(webhook.headers))
      headers[name.toLowerCase()] = resolved(value);
    if (webhook.signing !== undefined) {
      const secrets = webhook.signing.secrets.map(resolved);
      headers['webhook-signature'] = this.#signer.signature(secrets, { id, timestampSeconds, body });
    }
    return { method: webhook.method, url, headers, body, timeoutMs: webhook.timeoutMs };
  }

  #masked(webhook: Webhook, text: string): string {
    return maskReferences(text, textsWithReferences(webhook), this.#environment);
  }
}

/** Why a request could not even be made. */
const OUR_FAULTS: ReadonlySet<string> = new Set([
  'MISSING_REFERENCE',
  'ERR_ADDRESS_REFUSED',
  'ERR_INVALID_URL',
  'ERR_NOT_SENT',
  'ERR_SIGNING_SECRET',
]);

function codedError(error: unknown): { code: string; message: string } {
  if (error instanceof TransportError) return { code: error.code, message: error.message };
  if (error instanceof MissingReferenceError) return { code: 'MISSING_REFERENCE', message: error.message };
  if (error instanceof SigningSecretError) return { code: error.code, message: error.message };
  return { code: 'ERR_NOT_SENT', message: `the request could not be made (${(error as Error).name})` };
}

/** Carries a failed attempt through p-retry, which speaks in exceptions. */
class FailedAttemptError extends Error {
  /** Not when the target asked for time, nor when the fault is ours and seconds will not mend it. */
  readonly isWorthRepeating: boolean;

  constructor(attempt: AttemptResult) {
    super('the attempt failed');
    this.isWorthRepeating = attempt.retryAfterMs === undefined && !OUR_FAULTS.has(attempt.error?.code ?? '');
  }
}
