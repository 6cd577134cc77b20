import type { JsonObject } from '../check/json-text.ts';
import type { Condition } from '../match/conditions.ts';
import type { Auth, Connection, ConnectionDocuments, TlsFiles } from './connection.ts';

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
  readonly timeoutMs?: number;
  readonly concurrency?: number;
  readonly retry?: { readonly burst?: number; readonly schedule?: readonly number[] };
}

/** When failed deliveries of a webhook are tried again. */
export interface RetrySettings {
  /** Quick further attempts within one lease. */
  readonly burst: number;
  /** Seconds to wait before each later round; after the last round the delivery has failed. */
  readonly scheduleSeconds: readonly number[];
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
  readonly timeoutMs: number;
  readonly concurrency: number;
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
  timeoutMs: 15_000,
  concurrency: 10,
} as const;

/** The schedule: about 28 hours in all, as Svix and the Standard Webhooks specification have it. */
const DEFAULT_RETRY = { burst: 2, schedule: [5, 30, 300, 1_800, 7_200, 18_000, 36_000, 36_000] };

/**
 * Fills in the defaults. The document must have been checked.
 *
 * @param connections where the connection it names is found.
 */
export function makeWebhook(
  document: WebhookDocument & { readonly id: string },
  connections: ConnectionDocuments = {},
): Webhook {
  const { retry, connection: name, ...members } = document;
  const { burst, schedule } = { ...DEFAULT_RETRY, ...retry };
  const connection = name === undefined ? undefined : { name, ...connections[name] };
  return {
    ...DEFAULTS,
    ...members,
    connection,
    auth: document.auth ?? connection?.auth,
    tls: document.tls ?? connection?.tls,
    retry: { burst, scheduleSeconds: schedule },
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
