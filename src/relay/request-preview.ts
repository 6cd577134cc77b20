import type { AttemptRequest } from '../store/records.ts';
import { authHeader } from '../webhooks/connection.ts';
import { literalSecrets, MASK, maskSecrets } from '../webhooks/secrets.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { unresolved } from '../template/template.ts';
import { commonHeaders } from './request.ts';
import { textsFor, type RequestInput } from './request-texts.ts';
import { shownRequest } from './shown-request.ts';

/** A request as people are shown it before it is sent. */
export interface PreviewedRequest extends AttemptRequest {
  readonly body: string;
}

/**
 * The request that a webhook would send, each `${NAME}` as it is written, secrets masked, and a mask in the place of what
 * is only made when sending.
 *
 * @param nowMs epoch milliseconds.
 * @throws TemplateError when the CDR lacks what a template wants.
 */
export function previewOf(input: RequestInput, nowMs: number): PreviewedRequest {
  const { webhook, id } = input;
  const { url, headers, body } = textsFor(input, unresolved);
  const mask = (text: string): string => maskSecrets(text, literalSecrets(webhook));
  const all = { ...commonHeaders(id, nowMs), ...headers, ...signatureOf(webhook), ...credentialsOf(webhook) };
  return { ...shownRequest({ method: webhook.method, url, headers: all }, mask), body: mask(body) };
}

function signatureOf({ signing }: Webhook): Record<string, string> {
  return signing === undefined ? {} : { 'webhook-signature': MASK };
}

function credentialsOf({ auth }: Webhook): Record<string, string> {
  if (auth === undefined) return {};
  return { [auth.type === 'oauth2' ? authHeader(auth).toLowerCase() : 'authorization']: MASK };
}
