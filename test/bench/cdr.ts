import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const SERIAL_DIGITS = 12;
/** What stands right before a CDR's unique id; the id ends with the serial number. */
const ID_PREFIX = '"pkid":"c7a0e5d4-6b1f-4a29-8e93-';

const record = JSON.parse(readFileSync(join(import.meta.dirname, 'cdr.json'), 'utf8')) as object;
const template = JSON.stringify(record);
const serialAt = template.indexOf(ID_PREFIX) + ID_PREFIX.length;
const before = template.slice(0, serialAt);
const after = template.slice(serialAt + SERIAL_DIGITS);

/** Bytes of each CDR: all have the same length. */
export const CDR_BYTES = Buffer.byteLength(template);

/** The CDR with a serial number: a missed call as Call Telemetry sends it for Cisco Unified CM, no two alike. */
export function cdrText(serial: number): string {
  return before + String(serial).padStart(SERIAL_DIGITS, '0') + after;
}

/** The serial number of the CDR inside a delivery; `undefined` when there is none. */
export function serialOf(body: Buffer): number | undefined {
  const at = body.indexOf(ID_PREFIX);
  if (at < 0) return undefined;
  const start = at + ID_PREFIX.length;
  return Number(body.toString('latin1', start, start + SERIAL_DIGITS));
}
