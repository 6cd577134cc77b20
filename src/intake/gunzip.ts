import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import { TooLargeBodyError, UnreadableBodyError } from '../cdr/decode/unreadable.ts';
import { INTAKE_LIMITS } from './intake-limits.ts';

const unpack = promisify(gunzip);

/** Whether a body begins as gzip does (RFC 1952), whatever its headers say. */
export function isGzip(body: Uint8Array): boolean {
  return body[0] === 0x1f && body[1] === 0x8b;
}

/**
 * What was compressed with gzip, while other work goes on.
 *
 * @param maxBytes more is refused, however small it came.
 * @throws UnreadableBodyError, TooLargeBodyError.
 */
export async function unpacked(body: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  try {
    return await unpack(body, { maxOutputLength: maxBytes });
  } catch (error) {
    throw toldError(error, maxBytes);
  }
}

/**
 * The bytes of a body that was compressed with gzip without saying so in a header; any other as it is. For a process that does
 * nothing else meanwhile.
 *
 * @throws UnreadableBodyError, TooLargeBodyError.
 */
export function gunzipped(body: Uint8Array, maxBytes = INTAKE_LIMITS.maxBodyBytes): Uint8Array {
  if (!isGzip(body)) return body;
  try {
    return gunzipSync(body, { maxOutputLength: maxBytes });
  } catch (error) {
    throw toldError(error, maxBytes);
  }
}

function toldError(error: unknown, maxBytes: number): UnreadableBodyError {
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    ? new TooLargeBodyError(
        `the body is larger than ${maxBytes} bytes once it is unpacked (intake.maxBodyBytes)`,
      )
    : new UnreadableBodyError('the body begins as gzip does but cannot be unpacked');
}
