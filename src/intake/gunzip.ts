import { gunzipSync } from 'node:zlib';
import { UnreadableBodyError } from '../cdr/decode/unreadable.ts';

/** What a compressed body may unpack to where nothing else is set. */
export const DEFAULT_MAX_BYTES = 67_108_864;

/**
 * The bytes of a body that was compressed with gzip (RFC 1952) without saying so in a header; any other as it is.
 *
 * @param maxBytes more is refused, however small it came.
 * @throws UnreadableBodyError
 */
export function gunzipped(body: Uint8Array, maxBytes = DEFAULT_MAX_BYTES): Uint8Array {
  if (body[0] !== 0x1f || body[1] !== 0x8b) return body;
  try {
    return gunzipSync(body, { maxOutputLength: maxBytes });
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw new UnreadableBodyError(
      isTooLarge
        ? `the body is larger than ${maxBytes} bytes once it is unpacked (intake.maxBodyBytes)`
        : 'the body begins as gzip does but cannot be unpacked',
    );
  }
}
