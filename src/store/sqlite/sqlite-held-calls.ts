import {
  dueWithLeg,
  type Held,
  type HeldCall,
  type HeldCallStore,
  type HeldLeg,
  type NewLeg,
  type WaitingCall,
} from '../held-calls.ts';
import { fingerprintOf, newLegId } from '../identity.ts';
import type { Accepted, NewCdr } from '../records.ts';
import { integer, optionalInteger, text } from '../sql/columns.ts';
import { toLeg, toWaitingCall } from '../sql/rows.ts';
import { findEarlier } from './find-earlier.ts';
import type { Statements } from './statements.ts';
import type { Access, Transaction } from './transaction.ts';
import { acceptCdr } from './writes.ts';

/** The held calls of an SQLite store. */
export class SqliteHeldCalls implements HeldCallStore {
  readonly #access: Access;
  readonly #clock: () => number;

  constructor(access: Access, clock: () => number) {
    this.#access = access;
    this.#clock = clock;
  }

  hold(legs: readonly NewLeg[]): Promise<Held[]> {
    return this.#access.write((transaction) => legs.map((leg) => holdLeg(transaction, leg)));
  }

  due(limit: number): Promise<HeldCall[]> {
    return this.#access.read((statements) =>
      statements
        .all(
          'SELECT source, group_key FROM held_calls WHERE due_at_ms <= ? ORDER BY due_at_ms LIMIT ?',
          this.#clock(),
          limit,
        )
        .map((row) => {
          const [source, groupKey] = [text(row['source']), text(row['group_key'])];
          return { source, groupKey, legs: findHeld(statements, source, groupKey) };
        }),
    );
  }

  waiting(limit: number): Promise<WaitingCall[]> {
    return this.#access.read((statements) =>
      statements
        .all('SELECT source, group_key, due_at_ms, legs FROM held_calls ORDER BY due_at_ms LIMIT ?', limit)
        .map(toWaitingCall),
    );
  }

  count(): Promise<number> {
    return this.#access.read((statements) =>
      integer(statements.get('SELECT count(*) AS held FROM held_calls')?.['held'] ?? 0),
    );
  }

  release(call: HeldCall, cdr: NewCdr): Promise<Accepted | undefined> {
    return this.#access.write((transaction) => releaseCall(transaction, call, cdr));
  }
}

function holdLeg(transaction: Transaction, leg: NewLeg): Held {
  const { statements, nowMs } = transaction;
  const fingerprint = fingerprintOf(leg);
  const earlier = findEarlier(transaction, 'legs', fingerprint, leg.receivedAtMs);
  if (earlier !== undefined) return { id: earlier, duplicate: true };
  const { source, groupKey, vendor, receivedAtMs, violation, raw } = leg;
  const id = newLegId(receivedAtMs);
  statements.run(
    `INSERT INTO legs (id, source, group_key, vendor, received_at_ms, fingerprint, violation, raw)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    source,
    groupKey,
    vendor,
    receivedAtMs,
    fingerprint,
    violation,
    raw,
  );
  const call = statements.get(
    'SELECT due_at_ms, legs FROM held_calls WHERE source = ? AND group_key = ?',
    source,
    groupKey,
  );
  const legs = integer(call?.['legs'] ?? 0) + 1;
  const dueAtMs = dueWithLeg(optionalInteger(call?.['due_at_ms']), legs, leg, nowMs);
  statements.run(
    'INSERT OR REPLACE INTO held_calls (source, group_key, due_at_ms, legs) VALUES (?, ?, ?, ?)',
    source,
    groupKey,
    dueAtMs,
    legs,
  );
  return { id, duplicate: false };
}

function findHeld(statements: Statements, source: string, groupKey: string): HeldLeg[] {
  const rows = statements.all(
    `SELECT id, vendor, received_at_ms, violation, raw FROM legs
     WHERE source = ? AND group_key = ? AND cdr_id IS NULL ORDER BY rowid`,
    source,
    groupKey,
  );
  return rows.map(toLeg);
}

function releaseCall(
  transaction: Transaction,
  { source, groupKey, legs }: HeldCall,
  cdr: NewCdr,
): Accepted | undefined {
  const { statements } = transaction;
  const held = findHeld(statements, source, groupKey);
  const isSame = held.length > 0 && held.map(({ id }) => id).join() === legs.map(({ id }) => id).join();
  if (!isSame) return undefined;
  const accepted = acceptCdr(transaction, cdr);
  statements.run(
    'UPDATE legs SET cdr_id = ?, raw = NULL WHERE source = ? AND group_key = ? AND cdr_id IS NULL',
    accepted.id,
    source,
    groupKey,
  );
  statements.run('DELETE FROM held_calls WHERE source = ? AND group_key = ?', source, groupKey);
  return accepted;
}
