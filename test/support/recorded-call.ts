import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_FOLDER } from '../../src/package-files.ts';

const SAMPLE = readFileSync(
  join(PACKAGE_FOLDER, 'schemas/vendors/vodia/samples/inbound-queue-recorded.json'),
  'utf8',
);

/** The body that a Vodia PBX posts for a call of its own id, with these recordings. */
export function recordedCall(
  callid: string,
  files: readonly string[] = ['recordings/pbx/400/one.wav'],
): string {
  const call = JSON.parse(SAMPLE) as object;
  const recordings = files.map((file, id) => ({ id, time: 1_790_000_000.5, file, account: '400' }));
  return JSON.stringify({ ...call, callid, recordings });
}
