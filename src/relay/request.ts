import type { ReadCdr, StoredCdr } from '../store/records.ts';
import { resolveReferences, type Environment } from '../webhooks/references.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { textsFor } from './request-texts.ts';
import { Signer } from './signature.ts';
import { TransportError, type TransportRequest } from './transport.ts';

const USER_AGENT = 'Hookswitch';

/** A request for a webhook, but for what shows who sends it. */
export type PlainRequest = Omit<TransportRequest, 'signal'>;

/** Makes the requests for CDRs to webhooks: url, headers, body and signature. */
export class RequestMaker {
  readonly #environment: Environment;
  readonly #readCdr: ReadCdr;
  readonly #signer = new Signer();

  /** @param environment where `${NAME}` gets its value, looked at anew for each request. */
  constructor(environment: Environment, readCdr: ReadCdr) {
    this.#environment = environment;
    this.#readCdr = readCdr;
  }

  /**
   * @param nowMs epoch milliseconds; goes out as `webhook-timestamp`.
   * @throws TemplateError, MissingReferenceError, SigningSecretError, or TransportError for a url that is none.
   */
  requestFor(webhook: Webhook, cdr: StoredCdr, nowMs: number): PlainRequest {
    const resolved = (text: string): string => resolveReferences(text, this.#environment);
    // https://www.standardwebhooks.com: the id is the same on every attempt, so that a target can recognise repeats.
    const id = `${cdr.id}_${webhook.id}`;
    const { url, body, ...given } = textsFor({ webhook, cdr, id, readCdr: this.#readCdr }, resolved);
    if (!URL.canParse(url))
      throw new TransportError('ERR_INVALID_URL', 'the url is not valid once its references are filled in');
    const headers = { ...commonHeaders(id, nowMs), ...given.headers };
    if (webhook.signing !== undefined) {
      const secrets = webhook.signing.secrets.map(resolved);
      headers['webhook-signature'] = this.#signer.signature(secrets, {
        id,
        timestampSeconds: secondsOf(nowMs),
        body,
      });
    }
    const { method, timeoutMs, tls } = webhook;
    return { method, url, headers, body, timeoutMs, tls };
  }
}

/** The headers that every request has. */
export function commonHeaders(id: string, nowMs: number): Record<string, string> {
  return {
    'content-type': 'application/json',
    'user-agent': USER_AGENT,
    'webhook-id': id,
    'webhook-timestamp': String(secondsOf(nowMs)),
  };
}

function secondsOf(atMs: number): number {
  return Math.floor(atMs / 1_000);
}
