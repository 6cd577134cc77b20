import type { Counters } from '../counters.ts';
import type { StoreSettings } from '../store.ts';
import type { Statements } from './statements.ts';

/** What the verbs that write need while a transaction is open. */
export interface Transaction {
  readonly statements: Statements;
  readonly settings: StoreSettings;
  /** What this transaction counts; written just before it commits. */
  readonly counters: Counters;
  readonly nowMs: number;
}

/** How the parts of an SQLite store get at its database. */
export interface Access {
  /** Reads what was committed last. */
  read<Result>(work: (statements: Statements) => Result): Promise<Result>;
  /** Does what is to be done in the next transaction, maybe more than once; see GroupCommit. */
  write<Result>(work: (transaction: Transaction) => Result): Promise<Result>;
}
