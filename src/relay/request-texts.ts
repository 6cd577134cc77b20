import type { RecordingLink } from '../cdr/cdr.ts';
import type { ReadCdr, StoredCdr } from '../store/records.ts';
import type { TemplateContext } from '../template/context.ts';
import type { Template } from '../template/template.ts';
import type { Webhook } from '../webhooks/webhook.ts';
import { payloadOf } from './payload.ts';

/** What of a request is written by the webhook, with everything filled in. */
export interface RequestTexts {
  readonly url: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a request is made of. */
export interface RequestInput {
  readonly webhook: Webhook;
  readonly cdr: StoredCdr;
  /** What goes out as `webhook-id`. */
  readonly id: string;
  /** Makes a CDR of what is stored of it; only asked for templates and links to recordings. */
  readonly readCdr: ReadCdr;
}

/**
 * Fills in url, headers and body of a request.
 *
 * @param resolve puts values in the place of each `${NAME}`; it is never given call data.
 * @throws TemplateError when the CDR lacks what a template wants, and whatever `resolve` throws.
 */
export function textsFor(input: RequestInput, resolve: (text: string) => string): RequestTexts {
  const { webhook } = input;
  const { templates, redaction } = webhook;
  const { raw } = input.cdr;
  // Payload and templates alike see only what the target may have.
  const cdr = redaction === undefined ? input.cdr : { ...input.cdr, raw: redaction(raw) };
  const context = templates === undefined ? undefined : contextOf({ ...input, cdr });
  const rendered = (template: Template | undefined): string | undefined =>
    context === undefined ? undefined : template?.render(context, resolve);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(webhook.headers)) {
    headers[name.toLowerCase()] = rendered(templates?.headers.get(name)) ?? resolve(value);
  }
  return {
    url: rendered(templates?.url) ?? resolve(webhook.url),
    headers,
    body: rendered(templates?.body) ?? payloadOf(webhook, cdr.raw, linksFor({ ...input, cdr })),
  };
}

function linksFor({ webhook, cdr, readCdr }: RequestInput): readonly RecordingLink[] | undefined {
  return webhook.recordings ? (readCdr(cdr).recordings?.() ?? []) : undefined;
}

function contextOf({ webhook, cdr: stored, id, readCdr }: RequestInput): TemplateContext {
  return { webhook, delivery: { id }, cdr: readCdr(stored) };
}
