import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { UnusableKeyError } from './unusable-key.ts';

/** The keys that a server makes for itself: RSA too, because older phone systems know no other. */
const OWN_KEYS = [
  { file: 'sftp_host_ed25519_key', make: () => ssh2.utils.generateKeyPairSync('ed25519') },
  { file: 'sftp_host_rsa_key', make: () => ssh2.utils.generateKeyPairSync('rsa', { bits: 3_072 }) },
];

/**
 * The private keys by which clients know the server. Its own are made once and kept in a directory, readable for the
 * router's user alone: clients refuse a server whose key has changed.
 *
 * @throws UnusableKeyError, or Error when a file cannot be read or written.
 */
export function loadHostKeys(hostKeyFile: string | undefined, directory: string): Buffer[] {
  if (hostKeyFile !== undefined) return [usable(readFileSync(hostKeyFile), hostKeyFile)];
  return OWN_KEYS.map(({ file, make }) => {
    const path = join(directory, file);
    if (!existsSync(path)) writeFileSync(path, makeUsable(make), { mode: 0o600, flag: 'wx', flush: true });
    return usable(readFileSync(path), path);
  });
}

/** ssh2 1.17 makes some Ed25519 keys that it cannot read itself. */
function makeUsable(make: () => { readonly private: string }): string {
  for (;;) {
    const key = make().private;
    if (!(ssh2.utils.parseKey(key) instanceof Error)) return key;
  }
}

function usable(text: Buffer, path: string): Buffer {
  const key = ssh2.utils.parseKey(text);
  if (!(key instanceof Error) && key.isPrivateKey()) return text;
  throw new UnusableKeyError(`${path} is no private key in OpenSSH's form without a passphrase`);
}
