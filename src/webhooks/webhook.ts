import type { JsonObject, JsonValue } from '../check/json-text.ts';
import { textsIn } from '../check/json-texts.ts';
import { compileRedaction, type Redact } from '../cdr/redaction.ts';
import type { Condition } from '../match/conditions.ts';
import type { Auth, Connection, ConnectionDocuments, RateLimitSettings, TlsFiles } from './connection.ts';
import { compileTemplates, type CompiledTemplates, type WebhookTemplates } from './templates.ts';

/** A webhook as a user writes it; `schemas/webhook.schema.json` explains each member and gives its default. */
export interface WebhookDocument {
  readonly id?: string;
  readonly name: string;
  readonly url: string;
  readonly enabled?: boolean;
  readonly method?: 'POST' | 'PUT' | 'PATCH';
  readonly sources?: readonly string[];
  readonly conditions?: readonly Condition[];
  readonly meta?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
  /** The name of a connection. */
  readonly connection?: string;
  readonly auth?: Auth;
  readonly tls?: TlsFiles;
  readonly payload?: 'raw' | 'flat';
  /** Paths of what is not sent, see `cdr/redaction.ts`. */
  readonly drop?: readonly string[];
  /** Paths of what is sent without its value. */
  readonly redact?: readonly string[];
  /** Whether the recordings of what hits it are asked for. */
  readonly recordings?: boolean;
  /** A template, see `template/body.ts`. */
  readonly body?: JsonValue;
  readonly timeoutMs?: number;
  readonly concurrency?: number;
  readonly rateLimit?: RateLimitSettings;
  readonly signing?: SigningSettings;
  readonly successOn?: readonly number[];
  readonly successWhen?: Condition;
  readonly retry?: {
    readonly burst?: number;
    readonly schedule?: readonly number[];
    readonly on?: readonly RetriedStatus[];
    readonly when?: Condition;
    readonly ambiguous?: boolean;
  };
}

/** What requests are signed with. */
export interface SigningSettings {
  /** One secret, or two while they are exchanged, each as `${NAME}`. */
  readonly secrets: readonly string[];
}

/** A status (`429`), a class of them (`"5xx"`), or one that is left out (`"!501"`, `"!5xx"`). */
export type RetriedStatus = number | string;

/** When failed deliveries of a webhook are tried again. */
export interface RetrySettings {
  /** Quick further attempts within one lease. */
  readonly burst: number;
  /** Seconds to wait before each later round; after the last round the delivery has failed. */
  readonly scheduleSeconds: readonly number[];
  /** Which answers are worth another try. */
  readonly on: readonly RetriedStatus[];
  /** Holds for further answers that are worth another try; looks at `status`, `headers` and `body`. */
  readonly when: Condition | undefined;
  /** Whether to try again when the target may have had the whole request and its answer was not seen. */
  readonly ambiguous: boolean;
}

/** A webhook in force: checked, with every default filled in. */
export interface Webhook {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly enabled: boolean;
  readonly method: 'POST' | 'PUT' | 'PATCH';
  /** All sources when `undefined`. */
  readonly sources: readonly string[] | undefined;
  readonly conditions: readonly Condition[];
  readonly meta: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
  readonly connection: Connection | undefined;
  /** Its own, else its connection's. */
  readonly auth: Auth | undefined;
  /** Its own, else its connection's. */
  readonly tls: TlsFiles | undefined;
  readonly payload: 'raw' | 'flat';
  /** Takes out of a CDR what this target is not to have; nothing when `undefined`. */
  readonly redaction: Redact | undefined;
  /** Whether the recordings of what hits it are asked for, and links to them sent. */
  readonly recordings: boolean;
  /** The body's template as it was written; sent is what `templates` makes of it. */
  readonly body: JsonValue | undefined;
  /** None when `undefined`. */
  readonly templates: WebhookTemplates | undefined;
  readonly timeoutMs: number;
  readonly concurrency: number;
  /** No limit when `undefined`. */
  readonly rateLimit: RateLimitSettings | undefined;
  /** Not signed when `undefined`. */
  readonly signing: SigningSettings | undefined;
  /** Statuses that are success beside 2xx. */
  readonly successOn: readonly number[];
  /** Must hold too for success; looks at `status`, `headers` and `body` of the answer. */
  readonly successWhen: Condition | undefined;
  readonly retry: RetrySettings;
  /** What the user wrote, with its id. */
  readonly document: WebhookDocument & { readonly id: string };
}

/** The defaults that `schemas/webhook.schema.json` promises. */
const DEFAULTS = {
  enabled: true,
  method: 'POST',
  sources: undefined,
  conditions: [],
  meta: {},
  headers: {},
  payload: 'raw',
  recordings: false,
  body: undefined,
  timeoutMs: 15_000,
  concurrency: 10,
  rateLimit: undefined,
  signing: undefined,
  successOn: [],
  successWhen: undefined,
} as const;

/** What is worth another try unless a webhook says otherwise: what most CRMs and webhook senders take for temporary. */
export const USUALLY_RETRIED: readonly RetriedStatus[] = [408, 425, 429, '5xx'];

/** The schedule: about 28 hours in all, as Svix and the Standard Webhooks specification have it. */
const DEFAULT_RETRY = {
  burst: 2,
  schedule: [5, 30, 300, 1_800, 7_200, 18_000, 36_000, 36_000],
  on: USUALLY_RETRIED,
  when: undefined,
  ambiguous: true,
};

/** The texts of a webhook in which a `${NAME}` may stand. */
export function textsWithReferences({ url, headers, auth, signing, body = null }: Webhook): string[] {
  return [
    url,
    ...Object.values(headers),
    ...textsIn((auth ?? null) as unknown as JsonValue),
    ...(signing?.secrets ?? []),
    ...textsIn(body),
  ];
}

/**
 * Fills in the defaults. The document must have been checked.
 *
 * @param connections where the connection it names is found.
 * @param templates its templates, where they have been compiled already.
 */
export function makeWebhook(
  document: WebhookDocument & { readonly id: string },
  connections: ConnectionDocuments = {},
  { templates }: Pick<CompiledTemplates, 'templates'> = compileTemplates(document),
): Webhook {
  const { retry, connection: name, drop, redact, ...members } = document;
  const { schedule, ...others } = { ...DEFAULT_RETRY, ...retry };
  const connection = name === undefined ? undefined : { name, ...connections[name] };
  return {
    ...DEFAULTS,
    ...members,
    templates,
    redaction: compileRedaction({ drop, redact }),
    connection,
    auth: document.auth ?? connection?.auth,
    tls: document.tls ?? connection?.tls,
    retry: { ...others, scheduleSeconds: schedule },
    document,
  };
}

/** An id made from a name: `Missed call (Büro 2)` gives `missed-call-buro-2`. */
export function idFromName(name: string): string {
  const id = name
    .normalize('NFKD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 64)
    .replaceAll(/^-+|-+$/g, '');
  return id === '' ? 'webhook' : id;
}
