import { failureOf, isRound, settle } from '../settlement.ts';
import type { NewAttempt, Settlement } from '../records.ts';
import { integer, jsonOf, text } from '../sql/columns.ts';
import { booleanArray, integerArray, textArray } from './arrays.ts';
import { addCounts, ALL_TIME, hourOf } from './counts.ts';
import type { Parameter, Session } from './session.ts';
import { inWaves } from './waves.ts';

/** A settlement, and whether it may have been settled already: by a commit whose outcome nobody was told. */
export interface Settling {
  readonly settlement: Settlement;
  readonly isInDoubt: boolean;
}

/**
 * `Store.settle` for many callers: one statement for all that are held, and one more when there are some that are not.
 * Each is its own transaction, because settling again what was settled changes nothing: a lease's number is good for one
 * outcome, and of attempts in doubt those that are on record are recognised.
 *
 * @returns those whose leases were held. One in doubt whose attempts are on record is taken for such: it was settled by
 *   the commit whose outcome nobody was told.
 */
export async function settleAll(
  session: Session,
  settlings: readonly Settling[],
  slot: number,
): Promise<ReadonlySet<Settlement>> {
  const settled = new Set<Settlement>();
  await inWaves(
    settlings,
    ({ settlement }) => settlement.lease.deliveryId,
    async (wave) => {
      const held = await settleHeld(session, wave, slot);
      const lost = wave.filter((_, index) => !held.has(index));
      const known = await recordLost(session, lost);
      for (const one of wave) if (!lost.includes(one) || known.has(one)) settled.add(one.settlement);
      return [];
    },
  );
  return settled;
}

/** Settles those whose lease is held; gives their places. */
async function settleHeld(
  session: Session,
  settlings: readonly Settling[],
  slot: number,
): Promise<Set<number>> {
  const settlements = settlings.map(({ settlement }) => settlement);
  // What does not depend on what the delivery was before; the statement puts the two together.
  const after = settlements.map((one) => settle({ lastStatus: undefined, lastError: undefined }, one, 0));
  const failures = settlements.map(lastFailed);
  const rows = await session.rows(
    SETTLE_HELD,
    integerArray(settlements.map((_, index) => index)),
    textArray(settlements.map(({ lease }) => lease.deliveryId)),
    integerArray(settlements.map(({ lease }) => lease.number)),
    textArray(after.map(({ state }) => state)),
    integerArray(after.map(({ dueAtMs }) => dueAtMs)),
    integerArray(settlements.map((one) => (isRound(one) ? 1 : 0))),
    integerArray(after.map(({ lastStatus }) => lastStatus)),
    textArray(after.map(({ lastError }) => lastError)),
    integerArray(settlements.map(({ attempts }) => attempts.length)),
    integerArray(failures.map((attempt) => attempt?.status)),
    textArray(failures.map((attempt) => (attempt === undefined ? undefined : failureOf(attempt)))),
    ...attemptColumns(settlements),
    slot,
  );
  return new Set(rows.map((row) => integer(row['item'])));
}

/** The last attempt that failed: of a delivered one the last is the one that succeeded. */
function lastFailed({ attempts, outcome }: Settlement): NewAttempt | undefined {
  return attempts.at(outcome.state === 'delivered' ? -2 : -1);
}

function attemptColumns(settlements: readonly Settlement[]): Parameter[] {
  const attempts = settlements.flatMap((settlement, item) =>
    settlement.attempts.map((attempt, index) => ({ ...attempt, item, number: index + 1 })),
  );
  return [
    integerArray(attempts.map(({ item }) => item)),
    integerArray(attempts.map(({ number }) => number)),
    integerArray(attempts.map(({ startedAtMs }) => startedAtMs)),
    integerArray(attempts.map(({ durationMs }) => durationMs)),
    integerArray(attempts.map(({ status }) => status)),
    textArray(attempts.map(({ excerpt }) => excerpt)),
    textArray(attempts.map(({ error }) => error?.code)),
    textArray(attempts.map(({ error }) => error?.message)),
    textArray(attempts.map(({ request }) => jsonOf(request))),
    textArray(attempts.map(({ responseHeaders }) => jsonOf(responseHeaders))),
  ];
}

/** Columns of attempts as parameters from a number on. */
function attemptsFrom(first: number): string {
  const types = ['bigint', 'bigint', 'bigint', 'bigint', 'bigint', ...Array<string>(5).fill('text')];
  return `unnest(${types.map((type, index) => `$${first + index}::${type}[]`).join(', ')})
      AS a (item, number, started_at_ms, duration_ms, status, excerpt, error_code, error_message, request, response_headers)`;
}

const ATTEMPT_COLUMNS =
  'started_at_ms, duration_ms, status, excerpt, error_code, error_message, request, response_headers';

const FAILED = 'failure_error IS NOT NULL';

const SETTLE_HELD = `WITH given AS MATERIALIZED (
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
        $8::text[], $9::bigint[], $10::bigint[], $11::text[])
      AS t (item, id, lease_number, state, delay_ms, rounds, last_status, last_error, attempts, failure_status, failure_error)),
  found AS MATERIALIZED (SELECT * FROM open_deliveries WHERE id = ANY($2::text[]) ORDER BY id FOR UPDATE),
  held AS MATERIALIZED (
    SELECT o.id, o.cdr_id, o.webhook_id, o.created_at_ms, o.redelivery_of, o.run_id, o.attempts AS attempts_before,
      o.rounds + g.rounds AS rounds, o.attempts + g.attempts AS attempts, g.item, g.state, g.delay_ms,
      coalesce(g.last_status, o.last_status) AS last_status,
      CASE WHEN g.state <> 'delivered' THEN coalesce(g.last_error, o.last_error) END AS last_error,
      g.failure_status, g.failure_error, now_ms() AS now_ms
    FROM found o JOIN given g ON o.id = g.id AND o.lease_number = g.lease_number),
  again AS (
    UPDATE open_deliveries o SET lease_number = o.lease_number + 1, lease_ends_at_ms = NULL, due_at_ms = h.now_ms + h.delay_ms, attempts = h.attempts,
      rounds = h.rounds, last_status = h.last_status, last_error = h.last_error
    FROM held h WHERE o.id = h.id AND h.state = 'pending'),
  gone AS (DELETE FROM open_deliveries o USING held h WHERE o.id = h.id AND h.state <> 'pending'),
  ended AS (
    INSERT INTO final_deliveries (id, cdr_id, webhook_id, state, attempts, created_at_ms, finished_at_ms, last_status,
      last_error, redelivery_of, run_id)
    SELECT id, cdr_id, webhook_id, state, attempts, created_at_ms, now_ms, last_status, last_error, redelivery_of, run_id
    FROM held WHERE state <> 'pending'),
  recorded AS (
    INSERT INTO attempts (delivery_id, number, ${ATTEMPT_COLUMNS})
    SELECT h.id, h.attempts_before + a.number, a.${ATTEMPT_COLUMNS.replaceAll(', ', ', a.')}
    FROM ${attemptsFrom(12)} JOIN held h ON h.item = a.item),
  counted AS (${addCounts('$22::bigint', [
    {
      webhookId: 'webhook_id',
      hour: String(ALL_TIME),
      columns: {
        delivered: countOf('delivered'),
        failed: countOf('failed'),
        cancelled: countOf('cancelled'),
        pending: `- count(*) FILTER (WHERE state <> 'pending')`,
        last_delivered_at_ms: `max(now_ms) FILTER (WHERE state = 'delivered')`,
        last_failure_at_ms: `max(now_ms) FILTER (WHERE ${FAILED})`,
        last_failure_status: lastOf('failure_status'),
        last_failure_error: lastOf('failure_error'),
      },
      from: 'held',
    },
    endedPerHour('webhook_id'),
    endedPerHour(`''`),
  ])})
  SELECT item FROM held`;

function countOf(state: string): string {
  return `count(*) FILTER (WHERE state = '${state}')`;
}

function lastOf(column: string): string {
  return `(array_agg(${column} ORDER BY item DESC) FILTER (WHERE ${FAILED}))[1]`;
}

function endedPerHour(webhookId: string) {
  const columns = { delivered: countOf('delivered'), failed: countOf('failed') };
  return {
    webhookId,
    hour: hourOf('now_ms'),
    columns,
    from: `(SELECT * FROM held WHERE state IN ('delivered', 'failed')) ended_now`,
  };
}

/** Records the attempts of leases that are no longer held. Gives those whose attempts were on record already. */
async function recordLost(session: Session, lost: readonly Settling[]): Promise<ReadonlySet<Settling>> {
  const withAttempts = lost.filter(({ settlement }) => settlement.attempts.length > 0);
  if (withAttempts.length === 0) return new Set();
  const settlements = withAttempts.map(({ settlement }) => settlement);
  const parameters = [
    integerArray(settlements.map((_, index) => index)),
    textArray(settlements.map(({ lease }) => lease.deliveryId)),
    integerArray(settlements.map(({ attempts }) => attempts.length)),
    booleanArray(withAttempts.map(({ isInDoubt }) => isInDoubt)),
    ...attemptColumns(settlements),
  ];
  const found = await session.rows(recordLostIn('open_deliveries'), ...parameters);
  const open = new Set(found.map((row) => text(row['id'])));
  const final = settlements.some(({ lease }) => !open.has(lease.deliveryId));
  if (final) found.push(...(await session.rows(recordLostIn('final_deliveries'), ...parameters)));
  const known = new Set(found.filter((row) => row['is_known'] === true).map((row) => integer(row['item'])));
  return new Set(withAttempts.filter((_, index) => known.has(index)));
}

/** Attempts in doubt are on record if the first of them is; a real one has its time and duration for itself. */
function recordLostIn(table: 'open_deliveries' | 'final_deliveries'): string {
  return `WITH given AS MATERIALIZED (
      SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::boolean[]) AS t (item, id, attempts, is_in_doubt)),
    made AS MATERIALIZED (SELECT * FROM ${attemptsFrom(5)}),
    found AS MATERIALIZED (
      SELECT d.id, d.attempts AS attempts_before, g.item, g.attempts, g.is_in_doubt
      FROM ${table} d JOIN given g ON d.id = g.id ORDER BY d.id FOR UPDATE OF d),
    unknown AS MATERIALIZED (
      SELECT * FROM found f WHERE NOT (f.is_in_doubt AND EXISTS (
        SELECT 1 FROM attempts r JOIN made m ON m.item = f.item AND m.number = 1
        WHERE r.delivery_id = f.id AND r.started_at_ms = m.started_at_ms AND r.duration_ms = m.duration_ms))),
    counted AS (UPDATE ${table} d SET attempts = u.attempts_before + u.attempts FROM unknown u WHERE d.id = u.id),
    recorded AS (
      INSERT INTO attempts (delivery_id, number, ${ATTEMPT_COLUMNS})
      SELECT u.id, u.attempts_before + m.number, m.${ATTEMPT_COLUMNS.replaceAll(', ', ', m.')}
      FROM made m JOIN unknown u ON u.item = m.item)
    SELECT id, item, item NOT IN (SELECT item FROM unknown) AS is_known FROM found`;
}
