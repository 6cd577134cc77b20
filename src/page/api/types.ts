/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** A JSON object. */
export type JsonObject = Readonly<Record<string, Json>>;

/** One page of a list. */
export interface Page<Item> {
  readonly data: readonly Item[];
  readonly nextCursor?: string | null;
}

/** Something wrong in a document, with its place as a JSON Pointer. */
export interface Problem {
  readonly pointer: string;
  readonly detail: string;
  readonly line?: number;
}

/** The counters of a webhook; times are RFC 3339. */
export interface WebhookStats {
  readonly hits: number;
  readonly lastHitAt: string | null;
  readonly delivered: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly pending: number;
  readonly lastDeliveredAt: string | null;
  readonly lastFailure: {
    readonly at: string;
    readonly statusCode: number | null;
    readonly error?: string;
  } | null;
  readonly evaluationErrors: number;
  /** Hits of the last 24 hours, the oldest first. */
  readonly hourly?: readonly number[];
}

/** A webhook as the API shows it: its document, and how it stands with it. */
export interface Webhook {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly enabled: boolean;
  /** Why the router has switched it off, if it has. */
  readonly offReason?: string;
  readonly conditions: readonly Json[];
  readonly stats: WebhookStats;
  readonly breaker: {
    readonly state: string;
    readonly openedAt: string | null;
    readonly nextProbeAt: string | null;
  };
  readonly indexable?: { readonly indexed: boolean; readonly reason?: string };
  readonly warnings: readonly Problem[];
}

/** Where a delivery can stand. */
export const DELIVERY_STATES = ['pending', 'delivering', 'delivered', 'failed', 'cancelled'] as const;

/** One CDR on its way to one webhook. */
export interface Delivery {
  readonly id: string;
  readonly webhookId: string;
  readonly cdrId: string;
  readonly state: (typeof DELIVERY_STATES)[number];
  readonly attemptCount: number;
  readonly createdAt: string;
  readonly nextAttemptAt: string | null;
  readonly finishedAt: string | null;
  readonly lastStatusCode: number | null;
  readonly lastError: string | null;
  readonly redeliveryOf: string | null;
}

/** One HTTP call of a delivery. */
export interface Attempt {
  readonly number: number;
  readonly at: string;
  readonly durationMs: number;
  readonly statusCode: number | null;
  readonly excerpt: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly request?: SentRequest | null;
  readonly responseHeaders?: Readonly<Record<string, string>> | null;
}

/** A request to a target, secrets masked. */
export interface SentRequest {
  readonly method: string;
  /** Null in a draft that does not say yet where to send. */
  readonly url: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A CDR in a list. */
export interface Cdr {
  readonly id: string;
  readonly source: string;
  readonly vendor: string;
  readonly receivedAt: string;
  /** What its vendor tells the call by. */
  readonly identity: string | null;
  /** How many webhooks it hit. */
  readonly hits: number;
  /** As far as it is known. */
  readonly call: { readonly from?: string; readonly to?: string; readonly status?: string };
  /** How it departs from its vendor's shape. */
  readonly violation: string | null;
}

/** A CDR with all that is known of it. */
export interface CdrDetail extends Cdr {
  readonly deliveries: readonly Delivery[];
  readonly recordings: readonly { readonly file: string; readonly link: string | null }[];
  readonly fields: JsonObject;
  readonly cdr: Json;
  /** The vendor-neutral overlay, by names without `$call.`. */
  readonly call: JsonObject & Cdr['call'];
}

/** Counts of one hour. */
export interface Hour {
  readonly start: string;
  readonly received: number;
  readonly matched: number;
  readonly delivered: number;
  readonly failed: number;
}

/** How it stands with the rules. */
export interface RulesStatus {
  readonly path: string;
  readonly loadedAt: string;
  readonly warningCount: number;
  /** The first of them, as of the errors. */
  readonly warnings: readonly Problem[];
  readonly errorCount: number;
  readonly errors: readonly Problem[];
}

/** Everything the first view shows. */
export interface Overview {
  readonly webhooks: number;
  readonly pending: number;
  readonly oldestDueMs: number | null;
  readonly rules: RulesStatus;
  readonly sources: readonly SourceState[];
  readonly brokenWebhookCount: number;
  /** The ids of the first of them. */
  readonly brokenWebhooks: readonly string[];
  readonly version?: string;
}

/** A source and when it was last heard of. */
export interface SourceState {
  readonly name: string;
  readonly vendor: string | null;
  readonly lastReceivedAt: string | null;
  readonly quiet?: boolean;
}

/** A name that CDRs have, as a suggestion. */
export interface FieldName {
  readonly path: string;
  /** In how many of the CDRs that were looked at. */
  readonly count: number;
  readonly samples: readonly Json[];
  readonly description?: string;
}

/** What one condition made of a CDR. */
export interface ExplainedCondition {
  readonly condition: Json;
  readonly result: boolean;
  readonly error?: string;
  readonly values: readonly { readonly path: string; readonly value?: Json; readonly absent: boolean }[];
}

/** Why a webhook does or does not match a CDR. */
export interface Explanation {
  readonly webhookId: string | null;
  readonly name: string | null;
  readonly enabled: boolean;
  readonly matched: boolean;
  /** Whether the webhook takes CDRs of this source at all. */
  readonly listens?: boolean;
  readonly conditions: readonly ExplainedCondition[];
}

/** How many of the last CDRs a draft would have matched. */
export interface BackTest {
  readonly examined: number;
  readonly matched: number;
  readonly examples: readonly {
    readonly cdrId: string;
    readonly receivedAt: string;
    readonly source: string;
  }[];
  readonly oldestAt: string | null;
  readonly errors: number;
  readonly truncated: boolean;
}

/** What a test sent, and what came back. */
export interface TestResult {
  readonly matched: boolean;
  /** Null when the template lacks something. */
  readonly request: SentRequest | null;
  readonly response?: {
    readonly statusCode: number;
    readonly excerpt: string | null;
    readonly durationMs: number;
  } | null;
  readonly error?: { readonly code: string; readonly message: string } | null;
}

/** A ready webhook for a CRM or ticketing system. */
export interface RecipeSummary {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly fillIn: readonly {
    readonly name: string;
    readonly description: string;
    readonly example: string;
    readonly secret?: boolean;
  }[];
}

/** Who uses the page. */
export interface Session {
  readonly authenticated: boolean;
  /** Whether a token is needed at all. */
  readonly needsToken: boolean;
  readonly name?: string | null;
  readonly scopes?: readonly string[];
}
