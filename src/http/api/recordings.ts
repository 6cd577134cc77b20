import { Router } from 'express';
import type { Cdr } from '../../cdr/cdr.ts';
import type { Vendors } from '../../cdr/vendor.ts';
import type { NamedRecording, Recordings } from '../../intake/recordings/recordings.ts';
import type { ReadCdr, StoredCdr } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import { allowOnly, HttpProblem } from '../problem.ts';

/** What it takes to find the recordings of a CDR. */
export interface RecordingReading {
  readonly vendors: Vendors;
  /** `undefined` where none are kept. */
  readonly recordings: Recordings | undefined;
}

/** `/cdrs/{id}/recordings/{number}`: leads whoever may look at a CDR to its recording. */
export function recordingLinkRoutes(
  reading: RecordingReading & { readonly store: Store; readonly readCdr: ReadCdr },
): Router {
  const router = Router();
  router
    .route('/cdrs/:id/recordings/:number')
    .get(async (request, response) => {
      const { id, number } = request.params;
      const stored = await reading.store.cdr(id);
      if (stored === undefined) throw new HttpProblem('not-found', `there is no CDR "${id}"`);
      const named = await recordingsOf(stored, reading.readCdr(stored), reading);
      const found = /^\d{1,3}$/.test(number) ? named[Number(number)] : undefined;
      if (found?.bytes === undefined || reading.recordings === undefined) {
        throw new HttpProblem('not-found', `there is no recording ${number} of this CDR here`);
      }
      response.status(302).location(reading.recordings.pathFor(found.name)).end();
    })
    .all(allowOnly('GET'));
  return router;
}

/** The recordings that a CDR names, as the API shows them. */
export async function shownRecordings(
  stored: StoredCdr,
  cdr: Cdr,
  reading: RecordingReading,
): Promise<object[]> {
  const named = await recordingsOf(stored, cdr, reading);
  return named.map(({ file, bytes }, number) => ({
    file,
    bytes: bytes ?? null,
    link: bytes === undefined ? null : `/api/v1/cdrs/${stored.id}/recordings/${number}`,
  }));
}

function recordingsOf(
  { id, vendor }: StoredCdr,
  cdr: Cdr,
  { vendors, recordings }: RecordingReading,
): Promise<readonly NamedRecording[]> {
  const files = vendors.named(vendor).recordingsOf(cdr);
  if (recordings !== undefined) return recordings.namedBy({ id, files });
  return Promise.resolve(files.map((file) => ({ file, name: '', bytes: undefined })));
}
