import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, vi } from 'vitest';
import type { NewCdr } from '../../src/store/records.ts';
import type { RedeliverySelection, ReplaySelection } from '../../src/store/runs.ts';
import type { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { cancelled, delivered, failed, leased, waiting } from '../support/store-samples.ts';
import { connectTo, newCdr, openSqlite } from '../support/store-sqlite.ts';

/** Uses a store and gives how SQLite finds rows of CDRs and deliveries for each statement that it ran, line by line. */
async function plansOf(use: (store: SqliteStore) => Promise<unknown>): Promise<string[]> {
  // Opened anew, so that every statement is prepared anew.
  const { store, directory } = openSqlite({ directory: await directoryWithHistory() });
  const prepare = vi.spyOn(DatabaseSync.prototype, 'prepare');
  await use(store);
  const statements = prepare.mock.calls
    .map(([sql]) => sql)
    .filter((sql) => /\b(cdrs|deliveries|legs|held_calls)\b/.test(sql));
  prepare.mockRestore();
  if (statements.length === 0) throw new Error('the store has not asked for CDRs or deliveries');
  const database = connectTo(directory);
  return statements.flatMap((sql) =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => String(detail)),
  );
}

/** A directory where a store has left deliveries of every state. */
async function directoryWithHistory(): Promise<string> {
  const { store, clock, directory } = openSqlite();
  const cdrs = Array.from({ length: 4 }, () => newCdr(clock, { hits: leased('crm') }));
  const accepted = await store.accept([...cdrs, newCdr(clock), newCdr(clock, { hits: waiting('crm') })]);
  const [made, gaveUp, dropped] = accepted.flatMap(({ leases }) => leases);
  if (!made || !gaveUp || !dropped) throw new Error('there are not three leases');
  await store.settle([delivered(made), failed(gaveUp), cancelled(dropped)]);
  await store.close();
  return directory;
}

/**
 * A walk over a table as it lies, or rows put in order only after all of them are found. What is called `d` or a subquery
 * is the part of a table that another line says how to find; `json_each` is a list that the store has given.
 */
const WASTEFUL = /^SCAN (?!\S+ USING (COVERING )?INDEX|d$|\(subquery|json_each)|TEMP B-TREE/;

const neverStored: NewCdr = {
  source: 'pbx',
  vendor: 'vodia',
  receivedAtMs: 0,
  raw: '{}',
  hits: [],
  errors: [],
};

/** Begins a redelivery and takes its first step. */
async function redeliver(store: SqliteStore, selection: RedeliverySelection): Promise<void> {
  const { id } = await store.runs.start({ kind: 'redeliver', selection });
  await store.runs.redeliver(id, 9);
}

/** Begins a replay and takes its first step. */
async function replay(store: SqliteStore, selection: ReplaySelection): Promise<void> {
  const { id } = await store.runs.start({ kind: 'replay', selection });
  const page = await store.runs.replayPage(id, 9);
  if (page === undefined) throw new Error('there is no page');
  await store.runs.replay(page, new Map(page.cdrs.map((cdr) => [cdr.id, ['mail']])));
}

describe('the SQLite store finds by an index', () => {
  it.each<readonly [string, readonly string[], (store: SqliteStore) => Promise<unknown>]>([
    ['the webhooks with due deliveries', ['deliveries_waiting'], (store) => store.due('', 10)],
    ['leases that ran out', ['deliveries_leased'], (store) => store.due('', 10)],
    [
      'the deliveries to lease, and their CDRs',
      ['deliveries_waiting', 'sqlite_autoindex_cdrs_1', 'PRIMARY KEY'],
      (store) => store.lease(new Map([['crm', 10]])),
    ],
    [
      'the CDRs to purge, whether they are open, and what goes with them',
      ['sqlite_autoindex_cdrs_1', 'deliveries_by_cdr'],
      (store) => store.purge(Date.UTC(2200, 0, 1)),
    ],
    ['a CDR', ['sqlite_autoindex_cdrs_1'], (store) => store.cdr('cdr_x')],
    ['a delivery', ['PRIMARY KEY'], (store) => store.delivery('dlv_x')],
    ['all CDRs', ['sqlite_autoindex_cdrs_1'], (store) => store.cdrs({ beforeId: 'cdr_x', limit: 9 })],
    [
      'the CDRs of an identity',
      ['cdrs_by_identity (identity=? AND id<?)'],
      (store) => store.cdrs({ identity: 'x', beforeId: 'cdr_x', limit: 9 }),
    ],
    ['held calls that are due', ['held_calls_due'], (store) => store.calls.due(9)],
    [
      'the legs of a held call',
      ['legs_held'],
      (store) => store.calls.release({ source: 'pbx', groupKey: 'x', legs: [] }, neverStored),
    ],
    ['the CDRs of a source', ['cdrs_by_source'], (store) => store.cdrs({ source: 'pbx', limit: 9 })],
    [
      'the next page of the CDRs of a source',
      ['cdrs_by_source (source=? AND id<?)'],
      (store) => store.cdrs({ source: 'pbx', beforeId: 'cdr_x', limit: 9 }),
    ],
    ['the CDRs of a vendor', ['cdrs_by_vendor'], (store) => store.cdrs({ vendor: 'vodia', limit: 9 })],
    ['the CDRs without a hit', ['cdrs_unmatched'], (store) => store.cdrs({ matched: false, limit: 9 })],
    ['all deliveries', ['PRIMARY KEY (id<?)'], (store) => store.deliveries({ beforeId: 'dlv_x', limit: 9 })],
    [
      'the deliveries of a webhook',
      ['deliveries_by_webhook'],
      (store) => store.deliveries({ webhookId: 'crm', limit: 9 }),
    ],
    [
      'the next page of the deliveries of a webhook',
      ['deliveries_by_webhook (webhook_id=? AND id<?)'],
      (store) => store.deliveries({ webhookId: 'crm', beforeId: 'dlv_x', limit: 9 }),
    ],
    [
      'the deliveries of a CDR',
      ['deliveries_by_cdr'],
      (store) => store.deliveries({ cdrId: 'cdr_x', limit: 9 }),
    ],
    ['failed deliveries', ['deliveries_failed'], (store) => store.deliveries({ state: 'failed', limit: 9 })],
    [
      'cancelled deliveries',
      ['deliveries_cancelled'],
      (store) => store.deliveries({ state: 'cancelled', limit: 9 }),
    ],
    // With a million deliveries waiting for a target that is down, putting them in order took 1.8 s for each page.
    [
      'waiting deliveries',
      ['deliveries_pending'],
      (store) => store.deliveries({ state: 'pending', limit: 9 }),
    ],
    [
      'the waiting deliveries of a webhook',
      ['deliveries_pending'],
      (store) => store.deliveries({ webhookId: 'crm', state: 'pending', limit: 9 }),
    ],
    // With a million deliveries of the webhook, going through them took 0.6 s for each of these two.
    [
      'the delivery of a CDR to a webhook',
      ['deliveries_by_cdr'],
      (store) => store.deliveries({ webhookId: 'crm', cdrId: 'cdr_x', limit: 9 }),
    ],
    [
      'the failed deliveries of a webhook',
      ['deliveries_failed_by_webhook'],
      (store) => store.deliveries({ webhookId: 'crm', state: 'failed', limit: 9 }),
    ],
    [
      'the cancelled deliveries of a webhook',
      ['deliveries_cancelled_by_webhook'],
      (store) => store.deliveries({ webhookId: 'crm', state: 'cancelled', limit: 9 }),
    ],
    [
      'the deliveries of a run',
      ['deliveries_by_run (run_id=? AND state=? AND id<?)'],
      (store) => store.deliveries({ runId: 'run_x', beforeId: 'dlv_x', limit: 9 }),
    ],
    [
      'the deliveries of a run to a CDR',
      ['deliveries_by_cdr'],
      (store) => store.deliveries({ runId: 'run_x', cdrId: 'cdr_x', limit: 9 }),
    ],
    [
      'the deliveries of a time',
      ['PRIMARY KEY (id>? AND id<?)'],
      (store) => store.deliveries({ sinceMs: 1, untilMs: 2, limit: 9 }),
    ],
    [
      'those of some states of a webhook',
      ['deliveries_failed_by_webhook', 'deliveries_pending_by_webhook'],
      (store) => store.deliveries({ webhookId: 'crm', state: ['failed', 'pending'], sinceMs: 1, limit: 9 }),
    ],
    [
      'the failed deliveries to make again, and others of their CDRs',
      ['deliveries_failed (id>? AND id<?)', 'deliveries_by_cdr'],
      (store) => redeliver(store, { states: ['failed'], sinceMs: 1 }),
    ],
    [
      'the failed ones of a webhook',
      ['deliveries_failed_by_webhook (webhook_id=? AND id>? AND id<?)'],
      (store) => redeliver(store, { states: ['failed'], webhookId: 'crm' }),
    ],
    [
      'the cancelled ones of a webhook',
      ['deliveries_cancelled (id>? AND id<?)'],
      (store) => redeliver(store, { states: ['cancelled'], webhookId: 'crm' }),
    ],
    [
      'all of a webhook',
      ['deliveries_by_webhook (webhook_id=? AND id>? AND id<?)'],
      (store) => redeliver(store, { webhookId: 'crm', sinceMs: 1 }),
    ],
    [
      'all there are to make again',
      ['deliveries USING PRIMARY KEY (id>? AND id<?)'],
      (store) => redeliver(store, {}),
    ],
    [
      'the CDRs to replay, and what was made of them',
      ['sqlite_autoindex_cdrs_1 (id>? AND id<?)', 'deliveries_by_cdr'],
      (store) => replay(store, {}),
    ],
    [
      'the CDRs of a source to replay',
      ['cdrs_by_source (source=? AND id>? AND id<?)'],
      (store) => replay(store, { source: 'pbx' }),
    ],
    [
      'those that were answered with an error',
      ['deliveries_by_status (<expr>=? AND id<?)'],
      (store) => store.deliveries({ statusClass: '5xx', beforeId: 'dlv_x', limit: 9 }),
    ],
    [
      'those that were not answered',
      ['deliveries_unanswered (id<?)'],
      (store) => store.deliveries({ statusClass: 'none', webhookId: 'crm', beforeId: 'dlv_x', limit: 9 }),
    ],
    [
      'the CDRs of a time',
      ['sqlite_autoindex_cdrs_1 (id>? AND id<?)'],
      (store) => store.cdrs({ sinceMs: 1, untilMs: 2, limit: 9 }),
    ],
    ['deliveries to cancel', ['PRIMARY KEY (id=?)'], (store) => store.cancel(['dlv_x'])],
    [
      'all waiting deliveries to cancel',
      ['deliveries_pending_by_webhook (webhook_id=? AND id<?)', 'deliveries_leased'],
      (store) => store.cancelPending('crm'),
    ],
  ])('%s', async (_what, indexes, use) => {
    const plans = await plansOf(use);

    for (const index of indexes) expect(plans.join('\n')).toContain(index);
    expect(plans.filter((line) => WASTEFUL.test(line))).toEqual([]);
  });

  it('leased deliveries, which are few enough to be put in order afterwards', async () => {
    const plans = await plansOf((store) => store.deliveries({ state: 'delivering', limit: 9 }));

    expect(plans[0]).toMatch('USING INDEX deliveries_leased');
  });

  it('a duplicate', async () => {
    const { clock } = openSqlite();
    const plans = await plansOf((store) => store.accept([newCdr(clock, { hits: leased('crm') })]));

    expect(plans[0]).toBe('SEARCH cdrs USING INDEX cdrs_by_fingerprint (fingerprint=?)');
    expect(plans.filter((line) => line.startsWith('SCAN'))).toEqual([]);
  });
});
