import { join, resolve } from 'node:path';
import { errorAt, pointerTo, type Problem } from './check/problem.ts';
import type { Folder } from './intake/files/folder.ts';
import { parsePublicKey, type SftpSettings } from './intake/sftp/sftp-settings.ts';
import { UnusableKeyError } from './intake/sftp/unusable-key.ts';
import type { Source } from './intake/source.ts';

/** A folder as a user writes it under `folders`. */
export interface FolderDocument {
  readonly path: string;
  readonly source: string;
  readonly pattern?: string;
  readonly settleMs?: number;
  readonly pollMs?: number;
  readonly done?: 'move' | 'delete';
}

/** A user of the SFTP server as it is written under `sftp.users`. */
interface SftpUserDocument {
  readonly name: string;
  readonly password?: string;
  readonly publicKeys?: readonly string[];
  readonly source: string;
  readonly directory?: string;
}

/** What a user writes under `sftp`. */
export interface SftpDocument {
  readonly listen?: { readonly host?: string; readonly port?: number };
  readonly hostKeyFile?: string;
  readonly maxFileBytes?: number;
  readonly users: readonly SftpUserDocument[];
}

/** The parts of a configuration that say how files come in. */
interface FilesDocument {
  readonly sources?: Readonly<Record<string, unknown>>;
  readonly folders?: readonly FolderDocument[];
  readonly sftp?: SftpDocument;
}

/** The defaults that `schemas/config.schema.json` promises. */
const FOLDER_DEFAULTS = { pattern: undefined, settleMs: 2_000, pollMs: 1_000, done: 'move' } as const;
const SFTP_DEFAULTS = { listen: { host: '127.0.0.1', port: 2_222 }, maxFileBytes: 4_294_967_296 };

/** What is wrong with folders and SFTP users that satisfy the schema. */
export function checkFiles(document: FilesDocument): Problem[] {
  const { folders = [], sftp } = document;
  const users = sftp?.users ?? [];
  const known = Object.keys(document.sources ?? {});
  const unknownSource = (source: string, at: string): Problem[] => {
    const message = `there is no source "${source}"; configured are ${known.join(', ')}`;
    return known.includes(source) ? [] : [errorAt(pointerTo(at, 'source'), message)];
  };
  return [
    ...folders.flatMap(({ source }, index) => unknownSource(source, `/folders/${index}`)),
    ...users.flatMap(({ source }, index) => unknownSource(source, `/sftp/users/${index}`)),
    ...repeated(folders.map(({ path }) => resolve(path))).map((index) =>
      errorAt(`/folders/${index}/path`, 'this folder is named already'),
    ),
    ...repeated(users.map(({ name }) => name)).map((index) =>
      errorAt(`/sftp/users/${index}/name`, 'a user of this name is named already'),
    ),
    ...users.flatMap((user, index) => checkUser(user, folders, `/sftp/users/${index}`)),
  ];
}

function checkUser(
  { publicKeys = [], directory, source }: SftpUserDocument,
  folders: readonly FolderDocument[],
  at: string,
): Problem[] {
  const folder = folders.find(({ path }) => directory !== undefined && resolve(path) === resolve(directory));
  const isOther = folder !== undefined && folder.source !== source;
  return [
    ...publicKeys.flatMap((text, index) => checkKey(text, `${at}/publicKeys/${index}`)),
    ...(isOther ? [errorAt(`${at}/source`, `must be "${folder.source}", as the folder says`)] : []),
  ];
}

function checkKey(text: string, at: string): Problem[] {
  try {
    parsePublicKey(text);
    return [];
  } catch (error) {
    if (error instanceof UnusableKeyError) return [errorAt(at, error.message)];
    throw error;
  }
}

/** The places of those that stand further in front, too. */
function repeated(names: readonly string[]): number[] {
  return names.flatMap((name, index) => (names.indexOf(name) < index ? [index] : []));
}

/**
 * How the SFTP server runs, of a document that has been checked.
 *
 * @param secret puts values in the place of each `${NAME}`.
 * @throws MissingReferenceError when one is not set.
 */
export function makeSftp(
  document: SftpDocument | undefined,
  dataDirectory: string,
  secret: (text: string) => string,
): SftpSettings | undefined {
  if (document === undefined) return undefined;
  return {
    listen: { ...SFTP_DEFAULTS.listen, ...document.listen },
    hostKeyFile: document.hostKeyFile,
    maxFileBytes: document.maxFileBytes ?? SFTP_DEFAULTS.maxFileBytes,
    users: document.users.map(({ name, password, publicKeys = [], directory }) => ({
      name,
      password: password === undefined ? undefined : secret(password),
      publicKeys,
      directory: directory ?? join(dataDirectory, 'sftp', name),
    })),
  };
}

/** The folders that are watched: those that are named, and those of SFTP users that are not. */
export function makeFolders(
  { folders = [], sftp: document }: FilesDocument,
  sftp: SftpSettings | undefined,
  sources: ReadonlyMap<string, Source>,
): Folder[] {
  const all = new Map<string, FolderDocument>(folders.map((folder) => [resolve(folder.path), folder]));
  for (const [index, { directory: path }] of (sftp?.users ?? []).entries()) {
    const source = document?.users[index]?.source ?? '';
    if (!all.has(resolve(path))) all.set(resolve(path), { path, source });
  }
  return [...all.values()].flatMap((folder) => {
    const source = sources.get(folder.source);
    return source === undefined ? [] : [{ ...FOLDER_DEFAULTS, ...folder, source }];
  });
}
