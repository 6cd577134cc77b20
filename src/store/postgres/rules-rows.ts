import type { RulesDocument } from '../../webhooks/check-webhooks.ts';
import { idFromName, type WebhookDocument } from '../../webhooks/webhook.ts';
import { integer, text, type Row } from '../sql/columns.ts';
import { integerArray, textArray } from './arrays.ts';
import type { Session } from './session.ts';

/** The rules as the database had them at a version. */
export interface KeptRules {
  /** Rises with every change; 0 until there was one. */
  readonly version: number;
  /** The rules document with no webhooks. */
  readonly frame: RulesDocument;
  readonly webhooks: ReadonlyMap<string, KeptWebhook>;
}

/** A row of a webhook. */
interface KeptWebhook {
  readonly id: string;
  /** Where it stands among the others: these rise, and may have gaps. */
  readonly position: number;
  readonly document: WebhookDocument;
}

/** What a router knows before it has read anything. */
export const NOTHING_KEPT: KeptRules = { version: -1, frame: { webhooks: [] }, webhooks: new Map() };

/** Rows written by one statement. */
const ROWS_PER_STATEMENT = 1_000;

/** The rules document; what has not changed in it is the same object as before. */
export function documentOf({ frame, webhooks }: KeptRules): RulesDocument {
  const inOrder = [...webhooks.values()].sort((a, b) => a.position - b.position);
  return { ...frame, webhooks: inOrder.map(({ document }) => document) };
}

/** The version of the rules now. */
export async function readVersion(session: Session): Promise<number> {
  const [row] = await session.rows('SELECT version FROM rules');
  return integer(row?.['version']);
}

/** Lets no other router change the rules until the transaction ends, and waits for one that does. */
export async function lockRules(session: Session): Promise<void> {
  await session.rows('SELECT version FROM rules FOR UPDATE');
}

/**
 * Reads what others have changed since. The transaction must see one state of the database: by the lock, or by its
 * isolation.
 */
export async function readRules(session: Session, known: KeptRules): Promise<KeptRules> {
  const [rules] = await session.rows('SELECT version, frame, last_removal FROM rules');
  const version = integer(rules?.['version']);
  if (version === known.version) return known;
  const frame = text(rules?.['frame']);
  const changed = await session.rows(
    'SELECT id, position, document FROM webhooks WHERE version > $1',
    known.version,
  );
  const webhooks = new Map(known.webhooks);
  for (const row of changed) webhooks.set(text(row['id']), readWebhook(row));
  if (integer(rules?.['last_removal']) > known.version) {
    const left = new Set((await session.rows('SELECT id FROM webhooks')).map((row) => row['id']));
    for (const id of webhooks.keys()) if (!left.has(id)) webhooks.delete(id);
  }
  // Webhooks were checked with the connections as an object; the same one spares checking them all again.
  const isFrameKnown = frame === JSON.stringify(known.frame);
  return { version, frame: isFrameKnown ? known.frame : (JSON.parse(frame) as RulesDocument), webhooks };
}

function readWebhook(row: Row): KeptWebhook {
  const document = JSON.parse(text(row['document'])) as WebhookDocument;
  return { id: text(row['id']), position: integer(row['position']), document };
}

/** Writes what differs in another document. The rules must be locked, and `before` be what is kept. */
export async function writeRules(
  session: Session,
  before: KeptRules,
  document: RulesDocument,
): Promise<KeptRules> {
  const version = before.version + 1;
  const frame = { ...document, webhooks: [] };
  const webhooks = new Map(positioned(document.webhooks, before).map((webhook) => [webhook.id, webhook]));
  const changed = [...webhooks.values()].filter((after) => !isAlike(before.webhooks.get(after.id), after));
  const removed = [...before.webhooks.keys()].filter((id) => !webhooks.has(id));
  for (let from = 0; from < changed.length; from += ROWS_PER_STATEMENT) {
    await writeWebhooks(session, changed.slice(from, from + ROWS_PER_STATEMENT), version);
  }
  if (removed.length > 0) {
    await session.rows('DELETE FROM webhooks WHERE id = ANY($1::text[])', textArray(removed));
  }
  await session.rows(
    'UPDATE rules SET version = $1::bigint, frame = $2, last_removal = CASE WHEN $3 > 0 THEN $1 ELSE last_removal END',
    version,
    JSON.stringify(frame),
    removed.length,
  );
  return { version, frame, webhooks };
}

async function writeWebhooks(
  session: Session,
  webhooks: readonly KeptWebhook[],
  version: number,
): Promise<void> {
  await session.rows(
    `INSERT INTO webhooks (id, position, document, version)
     SELECT id, position, document, $4::bigint
     FROM unnest($1::text[], $2::bigint[], $3::text[]) AS given (id, position, document)
     ON CONFLICT (id) DO UPDATE
     SET position = excluded.position, document = excluded.document, version = excluded.version`,
    textArray(webhooks.map(({ id }) => id)),
    integerArray(webhooks.map(({ position }) => position)),
    textArray(webhooks.map(({ document }) => JSON.stringify(document))),
    version,
  );
}

/** Each webhook where it was if that keeps the order, so that few rows change. */
function positioned(documents: readonly WebhookDocument[], { webhooks }: KeptRules): KeptWebhook[] {
  let last = -1;
  return documents.map((document) => {
    const id = document.id ?? idFromName(document.name);
    const before = webhooks.get(id)?.position ?? 0;
    last = Math.max(before, last + 1);
    return { id, position: last, document };
  });
}

function isAlike(before: KeptWebhook | undefined, after: KeptWebhook): boolean {
  if (before?.position !== after.position) return false;
  if (before.document === after.document) return true;
  // The order of members counts: editors see it.
  return JSON.stringify(before.document) === JSON.stringify(after.document);
}
