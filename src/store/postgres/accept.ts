import { fingerprintOf, newCdrId, newDeliveryId } from '../identity.ts';
import type { Accepted, Lease, NewCdr, StoredCdr } from '../records.ts';
import type { StoreSettings } from '../store.ts';
import { text } from '../sql/columns.ts';
import { booleanArray, bytesArray, integerArray, textArray } from './arrays.ts';
import { addCounts, ALL_TIME, hourOf } from './counts.ts';
import type { Session } from './session.ts';
import { inWaves } from './waves.ts';

/**
 * What `Store.accept` has to store, with the ids it gets if it is no duplicate. They are given before the first try, so
 * that what an earlier try has committed is not taken for a duplicate.
 */
export interface PreparedCdr {
  readonly stored: StoredCdr;
  readonly cdr: NewCdr;
  readonly fingerprint: Buffer;
  /** Of each hit in turn. */
  readonly deliveryIds: readonly string[];
}

/** How a batch is accepted. */
export interface AcceptOptions {
  readonly settings: StoreSettings;
  /** Where it is counted. */
  readonly slot: number;
}

/**
 * `Store.accept` for many callers: one statement, which is its own transaction, unless there are CDRs of the same bytes
 * among them; those go one after the other.
 */
export async function acceptCdrs(
  session: Session,
  prepared: readonly PreparedCdr[],
  options: AcceptOptions,
): Promise<Accepted[]> {
  if (options.settings.dedupeWindowMs === 0) {
    await insertAll(session, prepared, options);
    return prepared.map(toAccepted);
  }
  const earlierIds = new Map<PreparedCdr, string>();
  await inWaves(prepared, keyOf, async (wave) => {
    const freshIds = await insertFresh(session, wave, options);
    const duplicates = wave.filter(({ stored }) => !freshIds.has(stored.id));
    const known = await findKnown(session, duplicates);
    for (const one of duplicates) {
      const id = known.get(keyOf(one));
      if (id !== undefined) earlierIds.set(one, id);
    }
    // A duplicate whose earlier CDR was purged in between is none any more.
    return duplicates.filter((one) => !earlierIds.has(one));
  });
  return prepared.map((one) => {
    const earlierId = earlierIds.get(one);
    return earlierId === undefined || earlierId === one.stored.id
      ? toAccepted(one)
      : { id: earlierId, duplicate: true, leases: [] };
  });
}

/** Gives a CDR its ids. */
export function prepareCdr(cdr: NewCdr): PreparedCdr {
  const { source, vendor, receivedAtMs, raw, identity, revision, violation } = cdr;
  const id = newCdrId(receivedAtMs);
  return {
    cdr,
    stored: { id, source, vendor, receivedAtMs, raw, identity, revision, violation, hits: cdr.hits.length },
    fingerprint: fingerprintOf(cdr),
    deliveryIds: cdr.hits.map(() => newDeliveryId(receivedAtMs)),
  };
}

function keyOf({ fingerprint }: PreparedCdr): string {
  return fingerprint.toString('base64');
}

function toAccepted({ stored, cdr, deliveryIds }: PreparedCdr): Accepted {
  const leases = cdr.hits.flatMap(({ webhookId, lease }, index): Lease[] => {
    const deliveryId = deliveryIds[index];
    if (!lease || deliveryId === undefined) return [];
    return [{ deliveryId, webhookId, cdr: stored, number: 1, attempts: 0, rounds: 0 }];
  });
  return { id: stored.id, duplicate: false, leases };
}

/** Stores those whose bytes have not come within the window; gives their ids. */
async function insertFresh(
  session: Session,
  prepared: readonly PreparedCdr[],
  { settings, slot }: AcceptOptions,
): Promise<Set<string>> {
  const { leaseMs, dedupeWindowMs } = settings;
  const rows = await session.rows(INSERT_FRESH, ...columnsOf(prepared), slot, leaseMs, dedupeWindowMs);
  return new Set(rows.map((row) => text(row['id'])));
}

async function insertAll(
  session: Session,
  prepared: readonly PreparedCdr[],
  { settings, slot }: AcceptOptions,
): Promise<void> {
  await session.rows(INSERT_ALL, ...columnsOf(prepared), slot, settings.leaseMs);
}

async function findKnown(session: Session, duplicates: readonly PreparedCdr[]): Promise<Map<string, string>> {
  if (duplicates.length === 0) return new Map();
  const rows = await session.rows(
    `SELECT encode(fingerprint, 'base64') AS key, cdr_id FROM fingerprints WHERE fingerprint = ANY($1::bytea[])`,
    bytesArray(duplicates.map(({ fingerprint }) => fingerprint)),
  );
  return new Map(rows.map((row) => [text(row['key']), text(row['cdr_id'])]));
}

/** The parameters that `GIVEN` begins with. */
function columnsOf(prepared: readonly PreparedCdr[]): Buffer[] {
  const stored = prepared.map((one) => one.stored);
  const hits = prepared.flatMap(({ cdr, deliveryIds, stored: { id } }) =>
    cdr.hits.map((hit, index) => ({ ...hit, cdrId: id, id: deliveryIds[index] })),
  );
  const errors = prepared.flatMap(({ cdr, stored: { id } }) =>
    cdr.errors.map((webhookId) => ({ webhookId, cdrId: id })),
  );
  return [
    textArray(stored.map(({ id }) => id)),
    textArray(stored.map(({ source }) => source)),
    textArray(stored.map(({ vendor }) => vendor)),
    integerArray(stored.map(({ receivedAtMs }) => receivedAtMs)),
    integerArray(stored.map((cdr) => cdr.hits)),
    bytesArray(prepared.map(({ fingerprint }) => fingerprint)),
    textArray(stored.map(({ violation }) => violation)),
    textArray(stored.map(({ raw }) => raw)),
    textArray(stored.map(({ identity }) => identity)),
    textArray(stored.map(({ revision }) => revision)),
    textArray(hits.map(({ id }) => id)),
    textArray(hits.map(({ cdrId }) => cdrId)),
    textArray(hits.map(({ webhookId }) => webhookId)),
    booleanArray(hits.map(({ lease }) => lease)),
    textArray(errors.map(({ cdrId }) => cdrId)),
    textArray(errors.map(({ webhookId }) => webhookId)),
  ];
}

const GIVEN = `clock AS MATERIALIZED (SELECT now_ms() AS now_ms),
  given AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bytea[], $7::text[], $8::text[],
        $9::text[], $10::text[])
      AS t (id, source, vendor, received_at_ms, hits, fingerprint, violation, raw, identity, revision))`;

/**
 * Takes the fingerprints in their order, so that two nodes with the same CDRs wait for each other in the same order. One
 * that is there is overwritten only when its window has ended; until then it gives no row, and its CDR is not stored.
 */
const FRESH = `fresh AS (
    INSERT INTO fingerprints AS f (fingerprint, cdr_id, received_at_ms)
    SELECT fingerprint, id, received_at_ms FROM given ORDER BY fingerprint
    ON CONFLICT (fingerprint) DO UPDATE SET cdr_id = excluded.cdr_id, received_at_ms = excluded.received_at_ms
      WHERE f.received_at_ms <= excluded.received_at_ms - $19::bigint
    RETURNING cdr_id),
  taken AS MATERIALIZED (SELECT given.* FROM given JOIN fresh ON fresh.cdr_id = given.id)`;

const STORE = `stored AS (
    INSERT INTO cdrs (id, source, vendor, received_at_ms, hits, fingerprint, violation, raw, identity, revision)
    SELECT id, source, vendor, received_at_ms, hits, fingerprint, violation, raw, identity, revision FROM taken),
  hit AS MATERIALIZED (
    SELECT h.id, h.cdr_id, h.webhook_id, h.is_leased, t.received_at_ms
    FROM unnest($11::text[], $12::text[], $13::text[], $14::boolean[]) AS h (id, cdr_id, webhook_id, is_leased)
    JOIN taken t ON t.id = h.cdr_id),
  made AS (
    INSERT INTO open_deliveries (id, cdr_id, webhook_id, attempts, rounds, lease_number, lease_ends_at_ms, due_at_ms, created_at_ms)
    SELECT id, cdr_id, webhook_id, 0, 0, is_leased::int, CASE WHEN is_leased THEN now_ms + $18::bigint END,
      CASE WHEN NOT is_leased THEN now_ms END, received_at_ms
    FROM hit, clock),
  counted AS (${addCounts('$17::bigint', [
    {
      webhookId: `''`,
      hour: hourOf('received_at_ms'),
      columns: { received: 'count(*)', hits: 'count(*) FILTER (WHERE hits > 0)' },
      from: 'taken',
    },
    {
      webhookId: 'webhook_id',
      hour: String(ALL_TIME),
      columns: { hits: 'count(*)', pending: 'count(*)', last_hit_at_ms: 'max(received_at_ms)' },
      from: 'hit',
    },
    {
      webhookId: 'webhook_id',
      hour: hourOf('received_at_ms'),
      columns: { hits: 'count(*)' },
      from: 'hit',
    },
    {
      webhookId: 'e.webhook_id',
      hour: String(ALL_TIME),
      columns: { errors: 'count(*)' },
      from: 'unnest($15::text[], $16::text[]) AS e (cdr_id, webhook_id) JOIN taken t ON t.id = e.cdr_id',
    },
  ])})
  SELECT id FROM taken`;

const INSERT_FRESH = `WITH ${GIVEN}, ${FRESH}, ${STORE}`;
const INSERT_ALL = `WITH ${GIVEN}, taken AS NOT MATERIALIZED (SELECT * FROM given), ${STORE}`;
