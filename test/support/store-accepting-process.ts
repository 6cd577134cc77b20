import { writeSync } from 'node:fs';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';

/*
 * Opens a store in the directory it is given, accepts CDRs and settles some of their deliveries until it is killed.
 * Writes a line for each as soon as the store has said so: `accepted <id of a CDR>`, `delivered <id of a delivery>`.
 */

/** Ends a process that nobody kills. */
const LIFETIME_MS = 20_000;
const CALLERS = 8;

function say(what: string, id: string): void {
  // Straight to the file descriptor: what is written is with the reader, even if the process ends in the next moment.
  writeSync(1, `${what} ${id}\n`);
}

async function acceptForEver(store: SqliteStore, caller: number): Promise<never> {
  for (let number = 0; ; number += 1) {
    const raw = JSON.stringify({ process: process.pid, caller, number, text: 'x'.repeat(500) });
    const receivedAtMs = Date.now();
    const hits = [{ webhookId: 'crm', lease: true }];
    const cdr = { source: 'pbx', vendor: 'vodia', receivedAtMs, raw, hits, errors: [] };
    const [accepted] = await store.accept([cdr]);
    if (accepted === undefined) throw new Error('the store accepted nothing');
    say('accepted', accepted.id);
    const [lease] = accepted.leases;
    if (lease === undefined || number % 2 === 0) continue;
    const attempts = [{ startedAtMs: receivedAtMs, durationMs: 1, status: 200 }];
    await store.settle([{ lease, attempts, outcome: { state: 'delivered' } }]);
    say('delivered', lease.deliveryId);
  }
}

setTimeout(() => {
  process.exit(1);
}, LIFETIME_MS);
const store = new SqliteStore(process.argv[2] ?? '', { dedupeWindowMs: 0, leaseMs: 10_000 });
await Promise.all(Array.from({ length: CALLERS }, (_, caller) => acceptForEver(store, caller)));
