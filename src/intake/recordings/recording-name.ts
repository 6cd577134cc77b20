import { extname } from 'node:path/posix';
import { decodeTime } from 'ulid';

/** Which recording of which CDR, as it is named on disk and in addresses: `cdr_01….0.wav`. */
export interface RecordingName {
  readonly text: string;
  /** When its CDR was received, epoch milliseconds. */
  readonly receivedAtMs: number;
  readonly mediaType: string;
}

/** Media types by the endings of files (https://www.iana.org/assignments/media-types); what is no audio is none of them. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  wav: 'audio/wav',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  m4a: 'audio/mp4',
  mp4: 'audio/mp4',
  aac: 'audio/aac',
  flac: 'audio/flac',
  webm: 'audio/webm',
  amr: 'audio/amr',
  au: 'audio/basic',
};

/** The ending of every other file. */
const OTHER = 'bin';
const OTHER_TYPE = 'application/octet-stream';

const NAME = /^cdr_([0-7][0-9A-HJKMNP-TV-Z]{25})\.\d{1,3}\.([a-z0-9]{2,4})$/;

/**
 * The name of a recording.
 *
 * @param number its place in the CDR's list, from 0.
 * @param file as the vendor names it: nothing of it but a well-known ending becomes part of the name.
 */
export function recordingName(cdrId: string, number: number, file: string): string {
  const ending = extname(file).slice(1).toLowerCase();
  return `${cdrId}.${number}.${Object.hasOwn(MEDIA_TYPES, ending) ? ending : OTHER}`;
}

/** Reads a name; `undefined` for a text that is none. What is one holds no way out of a folder. */
export function readRecordingName(text: string): RecordingName | undefined {
  const [, ulid, ending = ''] = NAME.exec(text) ?? [];
  if (ulid === undefined) return undefined;
  const known = Object.hasOwn(MEDIA_TYPES, ending) ? MEDIA_TYPES[ending] : undefined;
  if (known === undefined && ending !== OTHER) return undefined;
  return { text, receivedAtMs: decodeTime(ulid), mediaType: known ?? OTHER_TYPE };
}
