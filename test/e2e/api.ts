/** What the tests read of a webhook's counters. */
export interface WebhookStats {
  readonly hits: number;
  readonly delivered: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly pending: number;
}

/** What the tests read of a webhook. */
export interface ShownWebhook {
  readonly id: string;
  readonly stats: WebhookStats;
}

/** What the tests read of a delivery. */
export interface ShownDelivery {
  readonly id: string;
  readonly cdrId: string;
  readonly webhookId: string;
  readonly state: string;
  readonly attemptCount: number;
}

/** What the tests read of an attempt. */
export interface ShownAttempt {
  readonly number: number;
  readonly at: string;
  readonly durationMs: number;
  readonly statusCode: number | null;
  readonly excerpt: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** What the tests read of a CDR in a list. */
export interface ShownCdr {
  readonly id: string;
}

/** What the tests read of the rules' status. */
export interface RulesStatus {
  readonly loadedAt: string;
  readonly errors: readonly { readonly pointer: string; readonly detail: string; readonly line?: number }[];
}

interface Page<Item> {
  readonly data: readonly Item[];
  readonly nextCursor: string | null;
}

/** No answer of a healthy router takes longer. */
const PATIENCE_MS = 15_000;

/** An answer of a router. */
export interface RouterAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Sends a request to a router. Rejected when there is no answer. */
export async function call(
  url: string,
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  body?: string,
): Promise<RouterAnswer> {
  const response = await fetch(`${url}${path}`, {
    method,
    // A connection that is kept may be closed by the router just when the next request goes out.
    headers: { connection: 'close', 'content-type': 'application/json', 'if-match': '*' },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Hands a CDR in. */
export function sendCdr(url: string, cdr: string): Promise<RouterAnswer> {
  return call(url, 'POST', '/cdr/generic', cdr);
}

/** The ids in the answer to CDRs that were taken in. */
export function idsIn(answer: RouterAnswer): readonly string[] {
  return (JSON.parse(answer.text) as { ids: string[] }).ids;
}

/**
 * Hands a CDR in and gives its id.
 *
 * @throws Error when it was not taken in.
 */
export async function takenIn(url: string, cdr: string): Promise<string> {
  const answer = await sendCdr(url, cdr);
  const [id] = answer.status === 200 ? idsIn(answer) : [];
  if (id === undefined) throw new Error(`the CDR was answered ${answer.status}: ${answer.text}`);
  return id;
}

async function show(url: string, path: string): Promise<unknown> {
  const { status, text } = await call(url, 'GET', `/api/v1${path}`);
  if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${text}`);
  return JSON.parse(text);
}

async function showAll(url: string, path: string): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let cursor = ''; ;) {
    const page = (await show(url, `${path}${cursor}`)) as Page<unknown>;
    items.push(...page.data);
    if (page.nextCursor === null) return items;
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
  }
}

/** Every webhook in force. */
export async function showWebhooks(url: string): Promise<ShownWebhook[]> {
  return (await showAll(url, '/webhooks?limit=250')) as ShownWebhook[];
}

/** The counters of one webhook. */
export async function showStats(url: string, webhookId: string): Promise<WebhookStats> {
  return ((await show(url, `/webhooks/${webhookId}`)) as ShownWebhook).stats;
}

/** Every delivery to a webhook. */
export async function showDeliveries(url: string, webhookId: string): Promise<ShownDelivery[]> {
  return (await showAll(url, `/deliveries?limit=250&webhookId=${webhookId}`)) as ShownDelivery[];
}

/** A delivery with its attempts. */
export async function showDelivery(
  url: string,
  id: string,
): Promise<ShownDelivery & { readonly attempts: readonly ShownAttempt[] }> {
  return (await show(url, `/deliveries/${id}`)) as ShownDelivery & { attempts: ShownAttempt[] };
}

/** Every CDR. */
export async function showCdrs(url: string): Promise<ShownCdr[]> {
  return (await showAll(url, '/cdrs?limit=250')) as ShownCdr[];
}

/** A CDR as the API shows it, as text, because its numbers keep their digits. */
export async function showCdrText(url: string, id: string): Promise<string> {
  return (await call(url, 'GET', `/api/v1/cdrs/${id}`)).text;
}

/** How many deliveries are not final yet. */
export async function pending(url: string): Promise<number> {
  return ((await show(url, '/stats')) as { pending: number }).pending;
}

/** How many CDRs came in, repeats not counted. */
export async function receivedCount(url: string): Promise<number> {
  const { data } = (await show(url, '/stats')) as { data: { received: number }[] };
  return data.reduce((sum, { received }) => sum + received, 0);
}

/** How it stands with the rules file. */
export async function showRulesStatus(url: string): Promise<RulesStatus> {
  return (await show(url, '/rules/status')) as RulesStatus;
}
