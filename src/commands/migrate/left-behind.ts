import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** What routers keep in their data directories beside the store, and what a router lacks that does not have it. */
const BESIDE_THE_STORE: readonly (readonly [name: string, what: string])[] = [
  ['files.ndjson', 'which files of folders and SFTP were read; without it those still there are read again'],
  ['sftp_host_ed25519_key', 'by which SFTP clients know the server; they refuse one with another key'],
  ['sftp_host_rsa_key', 'the same for older clients'],
  ['sftp', 'what SFTP users have uploaded'],
  ['captures', 'captured requests'],
  ['recordings', 'recordings, with the key of their links (.signing-key)'],
];

/**
 * Tells what a copy of a store leaves behind, and what is to be done about it: lines for people.
 *
 * @param directory the data directory that is moved away from; `''` where it is not known.
 */
export function leftBehind(directory: string): string[] {
  const found = BESIDE_THE_STORE.filter(([name]) => directory === '' || existsSync(join(directory, name)));
  if (found.length === 0) return [];
  const where = directory === '' ? 'in the data directory of each router' : `in ${directory}`;
  return [
    `Not copied, because it is ${where} and not in the store; copy what a new router needs into its data directory:`,
    ...found.map(([name, what]) => `  ${join(directory, name)}: ${what}`),
  ];
}
