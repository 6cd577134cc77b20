import pRetry from 'p-retry';
import type { StoredCdr } from '../store/records.ts';
import {
  maskReferences,
  MissingReferenceError,
  resolveReferences,
  type Environment,
} from '../webhooks/references.ts';
import { literalSecrets, maskSecrets, referringTexts } from '../webhooks/secrets.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { Authenticator, type Credentials } from './auth/authenticator.ts';
import { TokenError } from './auth/token-request.ts';
import { payloadOf } from './payload.ts';
import { retryAfterMs, verdictOf, type AttemptResult } from './retry-policy.ts';
import { TransportError, type Transport, type TransportRequest } from './transport.ts';

/** Milliseconds before the second attempt of a burst; doubles each time, and up to as much again is added by chance. */
const BURST_WAIT_MS = 500;

/** What is kept of an answer's body. */
const EXCERPT_CHARACTERS = 1_024;

const USER_AGENT = 'Hookswitch';

/** Makes the attempts of one lease. */
export class Sender {
  readonly #transport: Transport;
  readonly #environment: Environment;
  readonly #authenticator: Authenticator;

  /** @param environment where `${NAME}` gets its value, looked at anew for each delivery. */
  constructor(
    transport: Transport,
    environment: Environment,
    authenticator: Authenticator = new Authenticator({ transport, environment }),
  ) {
    this.#transport = transport;
    this.#environment = environment;
    this.#authenticator = authenticator;
  }

  /**
   * Sends a CDR to a webhook, up to `retry.burst` times more while the target does not answer well and does not ask for
   * time, and once more with another token when the target refuses the one it was sent. What happens on the way is in the attempts; it throws only what `onAttempt` throws.
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
    let mayRenew = true;
    const attemptOnce = async (): Promise<void> => {
      const { attempt, token } = await this.#attempt(webhook, cdr, signal);
      attempts.push(attempt);
      onAttempt(attempt);
      if (mayRenew && attempt.status === 401 && token !== undefined) {
        mayRenew = false;
        if (this.#authenticator.invalidate(webhook, token) && !signal.aborted) return attemptOnce();
      }
      if (verdictOf(attempt) === 'retry') throw new FailedAttemptError(attempt);
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

  async #attempt(webhook: Webhook, cdr: StoredCdr, signal: AbortSignal): Promise<MadeAttempt> {
    const startedAtMs = Date.now();
    let credentials: Credentials = { headers: {} };
    const exchange = async (): Promise<AttemptEnd> => {
      credentials = await this.#authenticator.headersFor(webhook, signal);
      return this.#exchange(webhook, cdr, signal, credentials);
    };
    const end = await exchange().catch((error: unknown) => ({
      error: this.#errorOf(error, webhook, signal, credentials),
    }));
    return {
      attempt: { startedAtMs, durationMs: Date.now() - startedAtMs, ...end },
      token: credentials.token,
    };
  }

  async #exchange(
    webhook: Webhook,
    cdr: StoredCdr,
    signal: AbortSignal,
    credentials: Credentials,
  ): Promise<AttemptEnd> {
    const nowMs = Date.now();
    const request = requestOf(webhook, cdr, this.#environment, nowMs);
    const headers = { ...request.headers, ...credentials.headers };
    const answer = await this.#transport.exchange({ ...request, headers, signal });
    // A target may send back what it was sent. Masked before it is cut, so that no part of a secret is left at its end.
    const excerpt = this.#masked(answer.body, webhook, credentials).slice(0, EXCERPT_CHARACTERS);
    return { status: answer.status, excerpt, retryAfterMs: retryAfterMs(answer.retryAfter, nowMs) };
  }

  #errorOf(
    error: unknown,
    webhook: Webhook,
    signal: AbortSignal,
    credentials: Credentials,
  ): NonNullable<AttemptResult['error']> {
    if (error instanceof TransportError) {
      // Such as the name of a host that a reference is part of.
      return { code: error.code, message: this.#masked(error.message, webhook, credentials) };
    }
    if (error instanceof TokenError)
      return { code: 'ERR_TOKEN', message: this.#masked(error.message, webhook, credentials) };
    if (error instanceof MissingReferenceError) return { code: 'MISSING_REFERENCE', message: error.message };
    if (signal.aborted) return { code: 'ERR_CUT_OFF', message: 'cut off because the router stopped' };
    // Whatever else goes wrong is this delivery's own and must not end the router.
    return { code: 'ERR_NOT_SENT', message: `the request could not be made (${(error as Error).name})` };
  }

  #masked(text: string, webhook: Webhook, { headers }: Credentials): string {
    // The name of a scheme, as in `Bearer …`, is none.
    const inUse = Object.values(headers).map((value) => value.replace(/^\S+ /, ''));
    const withNames = maskReferences(text, referringTexts(webhook), this.#environment);
    return maskSecrets(withNames, [...inUse, ...literalSecrets(webhook)]);
  }
}

/** How an attempt ended. */
type AttemptEnd = Pick<AttemptResult, 'status' | 'excerpt' | 'retryAfterMs' | 'error'>;

/** An attempt with the token it was made with, which must not get on record. */
interface MadeAttempt {
  readonly attempt: AttemptResult;
  readonly token: string | undefined;
}

/** Why a request could not even be made. */
const OUR_FAULTS: ReadonlySet<string> = new Set([
  'MISSING_REFERENCE',
  'ERR_INVALID_URL',
  'ERR_NOT_SENT',
  // The token endpoint is left alone for longer than a burst takes.
  'ERR_TOKEN',
]);

/** Carries a failed attempt through p-retry, which speaks in exceptions. */
class FailedAttemptError extends Error {
  /** Not when the target asked for time, nor when the fault is ours and seconds will not mend it. */
  readonly isWorthRepeating: boolean;

  constructor(attempt: AttemptResult) {
    super('the attempt failed');
    this.isWorthRepeating = attempt.retryAfterMs === undefined && !OUR_FAULTS.has(attempt.error?.code ?? '');
  }
}

function requestOf(
  webhook: Webhook,
  cdr: StoredCdr,
  environment: Environment,
  nowMs: number,
): Omit<TransportRequest, 'signal'> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'user-agent': USER_AGENT,
    // https://www.standardwebhooks.com: the id is the same on every attempt, so that a target can recognise repeats.
    'webhook-id': `${cdr.id}_${webhook.id}`,
    'webhook-timestamp': String(Math.floor(nowMs / 1_000)),
  };
  for (const [name, value] of Object.entries(webhook.headers)) {
    headers[name.toLowerCase()] = resolveReferences(value, environment);
  }
  const url = resolveReferences(webhook.url, environment);
  if (!URL.canParse(url))
    throw new TransportError('ERR_INVALID_URL', 'the url is not valid once its references are filled in');
  return {
    method: webhook.method,
    url,
    headers,
    body: payloadOf(webhook, cdr.raw),
    timeoutMs: webhook.timeoutMs,
    tls: webhook.tls,
  };
}
