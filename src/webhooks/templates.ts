import { textsIn } from '../check/json-texts.ts';
import { hasErrors, pointerTo, warningAt, type Problem } from '../check/problem.ts';
import { compileTemplate } from '../template/body.ts';
import { compileHeaderTemplate } from '../template/header.ts';
import type { CompiledTemplate, Template } from '../template/template.ts';
import { compileUrlTemplate } from '../template/url.ts';
import type { WebhookDocument } from './webhook.ts';

/** What of a webhook is rendered for each CDR, ready to be. */
export interface WebhookTemplates {
  /** `undefined` when there is no placeholder in the url. */
  readonly url: Template | undefined;
  /** The headers with placeholders, by their names as the webhook has them. */
  readonly headers: ReadonlyMap<string, Template>;
  /** `undefined` when the webhook has no body of its own. */
  readonly body: Template | undefined;
}

/** What compiling a webhook's templates gives. */
export interface CompiledTemplates {
  /** With pointers into the webhook's document. */
  readonly problems: readonly Problem[];
  /** `undefined` when there are none, so that a webhook without any costs no more than it did, and when one is wrong. */
  readonly templates: WebhookTemplates | undefined;
}

/** Compiles what a webhook's document has of templates, each once. */
export function compileTemplates(webhook: WebhookDocument): CompiledTemplates {
  const { url, headers = {}, body } = webhook;
  const templatedHeaders = Object.entries(headers).filter(([, value]) => hasPlaceholder(value));
  if (body === undefined && !hasPlaceholder(url) && templatedHeaders.length === 0) {
    return { problems: [], templates: undefined };
  }
  const problems: Problem[] = [];
  const taken = (compiled: CompiledTemplate): Template | undefined => {
    problems.push(...compiled.problems);
    return compiled.template;
  };
  const made = {
    url: hasPlaceholder(url) ? taken(compileUrlTemplate(url, '/url')) : undefined,
    headers: new Map(
      templatedHeaders.flatMap(([name, value]) => {
        const template = taken(compileHeaderTemplate(value, pointerTo('/headers', name)));
        return template === undefined ? [] : [[name, template] as const];
      }),
    ),
    body: body === undefined ? undefined : taken(compileTemplate(body, '/body')),
  };
  // A body with errors may be nested without end.
  if (!hasErrors(problems)) problems.push(...checkRecordings(webhook));
  return { problems, templates: made };
}

/** A path of templates, between braces or alone in an expression. */
const NAMES_RECORDINGS = /\{\{\s*recordings\b|^recordings\.\d/;

function checkRecordings({ recordings, url, headers = {}, body = null }: WebhookDocument): Problem[] {
  if (recordings === true) return [];
  const texts = [url, ...Object.values(headers), ...textsIn(body)];
  if (!texts.some((text) => NAMES_RECORDINGS.test(text))) return [];
  const message = 'names recordings and does not ask for them; set "recordings": true, unless its sources do';
  return [warningAt('', message)];
}

function hasPlaceholder(text: string): boolean {
  return text.includes('{{');
}
