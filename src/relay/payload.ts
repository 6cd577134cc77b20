import type { RecordingLink } from '../cdr/cdr.ts';
import { isJsonObject, parseKeepingDigits } from '../check/json-text.ts';
import { flatten, FLATTEN_LIMITS } from '../cdr/flatten.ts';
import type { Webhook } from '../webhooks/webhook.ts';

/**
 * The body a webhook sends: `{"name":…,"meta":…,"cdr":…}`. The CDR's own text is put in as it came, so its numbers keep
 * their digits and its keys their order. Links to recordings stand behind it, where the webhook asks for them.
 *
 * @param raw a JSON object as text.
 * @param recordings links that go along; none when `undefined`.
 */
export function payloadOf(webhook: Webhook, raw: string, recordings?: readonly RecordingLink[]): string {
  const cdr = webhook.payload === 'flat' ? flatText(raw) : raw;
  const links = recordings === undefined ? '' : `,"recordings":${JSON.stringify(recordings)}`;
  return `{"name":${JSON.stringify(webhook.name)},"meta":${JSON.stringify(webhook.meta)},"cdr":${cdr}${links}}`;
}

/** The flattened CDR as JSON text, all leaves of it. Each number keeps the digits the sender wrote. */
function flatText(raw: string): string {
  const record = parseKeepingDigits(raw);
  if (!isJsonObject(record)) throw new TypeError('a stored CDR is not a JSON object');
  const limits = { ...FLATTEN_LIMITS, maxLeaves: Number.POSITIVE_INFINITY };
  const members = [...flatten(record, limits)].map(
    ([path, value]) => `${JSON.stringify(path)}:${JSON.stringify(value)}`,
  );
  return `{${members.join(',')}}`;
}
