import type { JsonObject } from '../../check/json-text.ts';
import { errorAt, InvalidDocumentError } from '../../check/problem.ts';
import { previewOf, type PreviewedRequest } from '../../relay/request-preview.ts';
import type { AttemptResult } from '../../relay/attempt-result.ts';
import type { StoredCdr } from '../../store/records.ts';
import { TemplateError } from '../../template/template-error.ts';
import type { Webhook } from '../../webhooks/webhook.ts';
import { draftWebhook, hasUrl } from './drafts.ts';
import type { GivenCdr } from './given-cdr.ts';
import { explainOne, type ExplainRoutesOptions } from './match-explain.ts';

/** Sends outside of any delivery; the relay's sender. */
export interface TrialSender {
  sendOnce(webhook: Webhook, cdr: StoredCdr, signal: AbortSignal): Promise<AttemptResult>;
}

/** Who wants to know of what was sent on trial. */
export interface TrialObserver {
  /** @param webhookId null for a draft. */
  tried(webhookId: string | null, attempt: AttemptResult): void;
}

/** What it takes to try webhooks out. */
export interface TrialOptions extends ExplainRoutesOptions {
  readonly sender: TrialSender;
  readonly trialObserver: TrialObserver;
}

/** A webhook on trial. */
export interface Tried {
  readonly webhook: Webhook;
  /** Null for a draft. */
  readonly webhookId: string | null;
  /** Whether it says where to send. */
  readonly hasUrl: boolean;
}

/** A request that is shown; of a draft that does not say yet where to send, the url is null. */
type ShownTrial = Omit<PreviewedRequest, 'url'> & { readonly url: string | null };

/** A webhook in force as one on trial, `undefined` when there is none of this id. */
export function triedStored(id: string, { registry }: TrialOptions): Tried | undefined {
  const webhook = registry.webhooks.get(id);
  return webhook === undefined ? undefined : { webhook, webhookId: id, hasUrl: true };
}

/**
 * A draft as a webhook on trial.
 *
 * @throws InvalidDocumentError when the draft cannot be used.
 */
export function triedDraft(draft: JsonObject, options: TrialOptions): Tried {
  return { webhook: draftWebhook(draft, options), webhookId: null, hasUrl: hasUrl(draft) };
}

/**
 * The request that a webhook would send.
 *
 * @param at the webhook's place in the body that was sent, as a JSON Pointer.
 * @throws InvalidDocumentError when the CDR lacks what a template wants.
 */
export function renderTrial(tried: Tried, given: GivenCdr, options: TrialOptions, at: string): ShownTrial {
  try {
    return shownTrial(tried, given, options);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new InvalidDocumentError('the webhook', [errorAt(`${at}${error.pointer}`, error.message)]);
  }
}

/**
 * Tells whether a webhook matches and what it would send, and when `signal` is given sends it, once.
 *
 * @throws InvalidDocumentError for a draft that is to be sent and does not say where.
 */
export async function runTrial(
  tried: Tried,
  given: GivenCdr,
  options: TrialOptions,
  signal: AbortSignal | undefined,
): Promise<object> {
  const { webhook, webhookId } = tried;
  if (signal !== undefined && !tried.hasUrl)
    throw new InvalidDocumentError('the draft', [
      errorAt('/webhook/url', 'is missing, so nothing can be sent'),
    ]);
  const explained = explainOne({ webhookId, rule: webhook }, given);
  let request: ShownTrial;
  try {
    request = shownTrial(tried, given, options);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { ...explained, request: null, error: { code: 'ERR_TEMPLATE', message: error.message } };
  }
  if (signal === undefined) return { ...explained, request };
  const attempt = await options.sender.sendOnce(webhook, trialCdr(given), signal);
  options.trialObserver.tried(webhookId, attempt);
  return { ...explained, request, ...showAnswer(attempt) };
}

function shownTrial(
  { webhook, hasUrl: isAddressed }: Tried,
  given: GivenCdr,
  { readCdr }: TrialOptions,
): ShownTrial {
  const cdr = trialCdr(given);
  const preview = previewOf({ webhook, cdr, id: `${cdr.id}_${webhook.id}`, readCdr }, Date.now());
  return { ...preview, url: isAddressed ? preview.url : null };
}

/** What is sent on trial must not pass for the delivery of the same CDR: its `webhook-id` begins otherwise. */
function trialCdr({ stored }: GivenCdr): StoredCdr {
  return { ...stored, id: `test_${stored.id}` };
}

function showAnswer({ status, excerpt, durationMs, error, responseHeaders, verdict }: AttemptResult): object {
  const isDelivered = verdict === 'delivered';
  if (status === undefined) return { isDelivered, error: error ?? null };
  return {
    isDelivered,
    response: { statusCode: status, headers: responseHeaders ?? {}, excerpt: excerpt ?? '', durationMs },
  };
}
