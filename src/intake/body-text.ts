import { isUtf8 } from 'node:buffer';
import { textOf } from '../cdr/decode/text.ts';
import { Slices } from './batches.ts';

/** Bytes made text in one go. */
const PIECE_BYTES = 1_048_576;

/** What `textOf` gives; of a large body it lets others have their turn meanwhile. */
export async function bodyText(body: Uint8Array): Promise<string> {
  if (body.length <= PIECE_BYTES) return textOf(body);
  const decoder = new TextDecoder(isUtf8(body) ? 'utf-8' : 'windows-1252');
  const slices = new Slices();
  let text = '';
  for (let start = 0; start < body.length; start += PIECE_BYTES) {
    text += decoder.decode(body.subarray(start, start + PIECE_BYTES), { stream: true });
    await slices.pause();
  }
  return text + decoder.decode();
}
