import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isLocked } from './group-commit.ts';

/**
 * Takes a directory for this process, so that two routers never send each other's deliveries. The lock is a transaction
 * left open on a database of its own: the operating system ends it with the process, however that ends.
 *
 * @returns a function that gives the directory free.
 * @throws Error when another process has it.
 */
export function lockDirectory(directory: string): () => void {
  const database = new DatabaseSync(join(directory, 'hookswitch.lock'));
  try {
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!isLocked(error)) throw new Error(`the data directory ${directory} cannot be used: ${String(error)}`);
    const message = `another Hookswitch is using the data directory ${resolve(directory)}; HOOKSWITCH_DATA names another`;
    throw new Error(message, { cause: error });
  }
  return () => {
    database.close();
  };
}
