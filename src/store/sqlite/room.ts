import type { Transaction } from './transaction.ts';

/** As much as a large CDR: a few bytes may fit on a disk that is full for everybody else. */
const BYTES = 65_536;

/** Writes something that is of no use: whether there is room for it is known when that is committed. */
export function takeRoom({ statements }: Transaction): void {
  statements.run('CREATE TABLE IF NOT EXISTS room (filler BLOB)');
  statements.run(`INSERT INTO room VALUES (zeroblob(${BYTES}))`);
}

/** Undoes that, in a transaction of its own: pages that one takes and frees are never written. */
export function freeRoom({ statements }: Transaction): void {
  statements.run('DROP TABLE IF EXISTS room');
}
