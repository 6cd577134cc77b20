import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, join, matchesGlob, resolve } from 'node:path';
import type { Source } from '../source.ts';

/** A folder whose files are taken in. */
export interface Folder {
  readonly path: string;
  /** Whose CDRs the files hold. */
  readonly source: Source;
  /** Only files of these names, such as `cdr_*`. */
  readonly pattern: string | undefined;
  /** A file whose size and time have not changed for so long is complete. */
  readonly settleMs: number;
  /** How often the folder is looked at. */
  readonly pollMs: number;
  /** What becomes of a file that is taken. */
  readonly done: 'move' | 'delete';
}

/** Where files go that are taken. */
export function doneDirectory({ path }: Folder): string {
  return join(path, 'done');
}

/** Where files and rows go that cannot be read, with the reasons. */
export function failedDirectory({ path }: Folder): string {
  return join(path, 'failed');
}

/** Names under which programs keep what they are still writing. */
const UNFINISHED = /^\.|\.(?:tmp|part|filepart)$/i;

/** Whether a name says that the file is not whole yet. */
export function isUnfinished(name: string): boolean {
  return UNFINISHED.test(name);
}

/** Whether a file of this name is to be taken, as far as its name tells. */
export function isWanted(name: string, { pattern }: Folder): boolean {
  return !isUnfinished(name) && (pattern === undefined || matchesGlob(name, pattern));
}

/**
 * Makes a folder and those below it.
 *
 * @throws Error with what to do.
 */
export function makeFolder(folder: Folder): void {
  try {
    for (const path of [folder.path, doneDirectory(folder), failedDirectory(folder)]) {
      mkdirSync(path, { recursive: true });
      accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    }
  } catch (error) {
    throw new Error(unusable(folder, (error as Error).message), { cause: error });
  }
}

/** Why a folder could not be made or used, without making it; `undefined` when it could. */
export function folderProblem(folder: Folder): string | undefined {
  try {
    const path = nearestExisting(resolve(folder.path));
    if (!statSync(path).isDirectory()) return unusable(folder, `${path} is not a directory`);
    accessSync(path, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return unusable(folder, (error as Error).message);
  }
}

function nearestExisting(path: string): string {
  if (statSync(path, { throwIfNoEntry: false }) !== undefined || dirname(path) === path) return path;
  return nearestExisting(dirname(path));
}

function unusable({ path }: Folder, message: string): string {
  return `the folder ${path} cannot be used (${message}); the router has to read, write and move files in it`;
}
