import { withRecordings } from './cdr/cdr.ts';
import { cdrAgain } from './cdr/read.ts';
import type { Vendors } from './cdr/vendor.ts';
import type { Config } from './config.ts';
import { Recordings, type RecordingObserver } from './intake/recordings/recordings.ts';
import { loadSigningKey } from './intake/recordings/signing-key.ts';
import type { ReadCdr } from './store/records.ts';

/**
 * What keeps recordings, where the configuration has them kept.
 *
 * @throws Error when their directory cannot be used.
 */
export function makeRecordings(
  { recordings: settings }: Config,
  observer: RecordingObserver,
): Recordings | undefined {
  if (settings === undefined) return undefined;
  const key = loadSigningKey(settings.secret, settings.directory);
  return new Recordings({ settings, key, clock: Date.now, observer });
}

/** Reads stored CDRs again, with links to their recordings where these are kept. */
export function cdrReader(
  { sources }: Pick<Config, 'sources'>,
  vendors: Vendors,
  recordings: Recordings | undefined,
): ReadCdr {
  return (stored) => {
    const cdr = cdrAgain(stored, sources, vendors);
    if (recordings === undefined) return cdr;
    const { id, vendor, receivedAtMs } = stored;
    const files = (): string[] => vendors.named(vendor).recordingsOf(cdr);
    return withRecordings(cdr, () => recordings.linksOf({ id, files: files() }, receivedAtMs));
  };
}
