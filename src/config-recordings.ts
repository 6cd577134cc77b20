import { join } from 'node:path';
import { errorAt, type Problem } from './check/problem.ts';
import type { SourceDocument } from './config-sources.ts';
import type { StoreDocument } from './config-store.ts';
import type { RecordingSettings } from './intake/recordings/recording-settings.ts';

/** What a user writes under `recordings`. */
export interface RecordingsDocument {
  readonly publicUrl: string;
  readonly uploadUrl?: string;
  readonly directory?: string;
  readonly secret?: string;
  readonly maxBytes?: number;
  readonly minFreeBytes?: number;
  readonly uploadSeconds?: number;
  readonly linkDays?: number;
  readonly days?: number;
}

/** The parts of a configuration that say what becomes of recordings. */
interface RecordingParts {
  readonly recordings?: RecordingsDocument;
  readonly store?: StoreDocument;
  readonly sources?: Readonly<Record<string, SourceDocument>>;
}

const DAY_MS = 86_400_000;

/** The defaults that `schemas/config.schema.json` promises. */
const DEFAULTS = { maxBytes: 268_435_456, minFreeBytes: 1_073_741_824, uploadSeconds: 3_600, days: 30 };

/** What is wrong with recordings that satisfy the schema. */
export function checkRecordings({ recordings, store, sources = {} }: RecordingParts): Problem[] {
  if (recordings === undefined) {
    const asking = Object.keys(sources).filter((name) => sources[name]?.recordings === true);
    return asking.map((name) =>
      errorAt(`/sources/${name}/recordings`, 'needs to know where recordings go: give "recordings", too'),
    );
  }
  if (store?.kind !== 'postgres' || recordings.secret !== undefined) return [];
  return [errorAt('/recordings', 'with kind postgres needs a "secret", the same for all routers')];
}

/**
 * How recordings are kept, of a document that has been checked.
 *
 * @param secret puts values in the place of each `${NAME}`.
 * @throws MissingReferenceError when one is not set.
 */
export function makeRecordings(
  document: RecordingsDocument | undefined,
  dataDirectory: string,
  secret: (text: string) => string,
): RecordingSettings | undefined {
  if (document === undefined) return undefined;
  const { maxBytes, minFreeBytes, uploadSeconds, days } = { ...DEFAULTS, ...document };
  const { directory, publicUrl, uploadUrl = publicUrl, linkDays = days } = document;
  return {
    directory: directory ?? join(dataDirectory, 'recordings'),
    publicUrl: publicUrl.replace(/\/+$/, ''),
    uploadUrl: uploadUrl.replace(/\/+$/, ''),
    secret: document.secret === undefined ? undefined : secret(document.secret),
    maxBytes,
    minFreeBytes,
    uploadMs: uploadSeconds * 1_000,
    linkMs: linkDays * DAY_MS,
    retentionMs: days * DAY_MS,
  };
}
