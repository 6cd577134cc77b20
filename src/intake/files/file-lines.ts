import { isUtf8 } from 'node:buffer';
import type { Line } from '../../cdr/decode/row-lines.ts';
import { textOf } from '../../cdr/decode/text.ts';
import { UnreadableBodyError } from '../../cdr/decode/unreadable.ts';

/** A CDR is never longer; what is has no line breaks. */
const LONGEST_LINE_BYTES = 16_777_216;

const LINE_FEED = 0x0a;

/** A place between two lines of a file. */
export interface LinePlace {
  /** Lines before it. */
  readonly lines: number;
  /** Bytes before it. */
  readonly endByte: number;
}

/**
 * The lines of a file, some at a time. UTF-8; a line that is not is read as Windows-1252.
 *
 * @param bytes the file's bytes from `place` on.
 * @throws UnreadableBodyError for a line without end.
 */
export async function* linesOf(bytes: AsyncIterable<Buffer>, place: LinePlace): AsyncGenerator<Line[]> {
  let { lines: number, endByte } = place;
  // The beginning of a line that has not ended yet.
  let parts: Buffer[] = [];
  let partBytes = 0;
  for await (const chunk of bytes) {
    const last = chunk.lastIndexOf(LINE_FEED);
    if (last < 0) {
      parts.push(chunk);
      partBytes += chunk.length;
      if (partBytes > LONGEST_LINE_BYTES) throw tooLong(number + 1);
      continue;
    }
    const block = Buffer.concat([...parts, chunk.subarray(0, last + 1)]);
    const lines = linesIn(block, { lines: number, endByte });
    number += lines.length;
    endByte += block.length;
    parts = [chunk.subarray(last + 1)];
    partBytes = chunk.length - last - 1;
    yield lines;
  }
  const rest = Buffer.concat(parts);
  if (rest.length > 0) yield linesIn(rest, { lines: number, endByte });
}

function linesIn(block: Buffer, { lines: before, endByte }: LinePlace): Line[] {
  const lines: Line[] = [];
  const isWhole = isUtf8(block);
  for (let start = 0; start < block.length;) {
    const feed = block.indexOf(LINE_FEED, start);
    const end = feed < 0 ? block.length : feed;
    const text = isWhole ? block.toString('utf8', start, end) : textOf(block.subarray(start, end));
    start = end + 1;
    lines.push({
      text: endByte === 0 && lines.length === 0 ? text.replace(/^\uFEFF/, '') : text,
      number: before + lines.length + 1,
      endByte: endByte + Math.min(start, block.length),
    });
  }
  return lines;
}

function tooLong(line: number): UnreadableBodyError {
  return new UnreadableBodyError(`line ${line} is longer than ${LONGEST_LINE_BYTES} bytes`);
}
