import type ssh2 from 'ssh2';
import type { Shown } from './drop.ts';

/** Types of file in `mode` (POSIX `sys/stat.h`). */
const DIRECTORY_MODE = 0o040700;
const FILE_MODE = 0o100600;

/** What is shown of a path, as SFTP has it; of no owner and no time. */
export function attributesOf(shown: Shown): ssh2.Attributes {
  const isFile = shown.kind === 'file';
  const size = isFile ? shown.size : 0;
  return { mode: isFile ? FILE_MODE : DIRECTORY_MODE, uid: 0, gid: 0, size, atime: 0, mtime: 0 };
}
