import { access, link, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Whether there is a file. */
export function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Where to put something of a file into a directory: under its name, or one made of the file's fingerprint when that name
 * is in use. So nothing is overwritten but what comes of the same file.
 */
export async function placeFor(directory: string, name: string, fingerprint: string): Promise<string> {
  const wanted = join(directory, name);
  return (await isThere(wanted)) ? join(directory, `${name}.${fingerprint.slice(0, 8)}`) : wanted;
}

/** Renames a file; does nothing when it is not there, because that was done before a crash. */
export async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Gives a file another name, unless that is in use: `false` then. */
export async function moveIfFree(path: string, target: string): Promise<boolean> {
  try {
    // Unlike renaming, linking fails when there is a file of that name.
    await link(path, target);
    await unlink(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code === 'ENOENT') throw error;
  }
  // A file system without links.
  if (await isThere(target)) return false;
  await rename(path, target);
  return true;
}

/** Makes the names in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => undefined);
  // Windows opens no directories, and keeps names by itself.
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
