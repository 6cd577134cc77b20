import { createHash, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Beside the recordings, so that routers which share the directory share the key. */
const FILE = '.signing-key';
const KEY_BYTES = 32;

/**
 * The key that addresses of recordings are signed with: made of a secret, or once by chance and kept in a directory, readable for
 * the router's user alone.
 *
 * @throws Error when the directory cannot be used.
 */
export function loadSigningKey(secret: string | undefined, directory: string): Buffer {
  if (secret !== undefined) return createHash('sha256').update(`hookswitch recordings ${secret}`).digest();
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, FILE);
  return readKey(path) ?? makeKey(path) ?? unusable(path);
}

function readKey(path: string): Buffer | undefined {
  try {
    const key = readFileSync(path);
    return key.length === KEY_BYTES ? key : unusable(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Of several routers that make one at once, all use the first. */
function makeKey(path: string): Buffer | undefined {
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  writeFileSync(draft, randomBytes(KEY_BYTES), { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readKey(path);
}

function unusable(path: string): never {
  throw new Error(`${path} is no key of ${KEY_BYTES} bytes; remove it, and links that were given out end`);
}
