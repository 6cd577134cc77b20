import ssh2 from 'ssh2';
import { UnusableKeyError } from './unusable-key.ts';

/** Who may put files into the drop. At least one of `password` and `publicKeys` is given. */
export interface SftpUser {
  readonly name: string;
  readonly password: string | undefined;
  /** In OpenSSH's form, such as `ssh-ed25519 AAAA… comment`; checked. */
  readonly publicKeys: readonly string[];
  /** Where the user's files go: a folder that is watched. */
  readonly directory: string;
}

/** How the SFTP server runs. */
export interface SftpSettings {
  readonly listen: { readonly host: string; readonly port: number };
  /** A private key in OpenSSH's form; `undefined` when the server is to make keys of its own and keep them. */
  readonly hostKeyFile: string | undefined;
  readonly users: readonly SftpUser[];
  /** A larger file is refused. */
  readonly maxFileBytes: number;
}

/**
 * A public key as SSH sends it.
 *
 * @throws UnusableKeyError when the text is none.
 */
export function parsePublicKey(text: string): ssh2.ParsedKey {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error || key.isPrivateKey()) {
    throw new UnusableKeyError(
      'is no public key; write it as ssh-ed25519 AAAA…, as it stands in an .pub file',
    );
  }
  return key;
}
