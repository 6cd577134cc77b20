import { escaped } from './text.ts';

/*
 * Columns as parameters: an array each, so that one statement writes any number of rows by `unnest`. They are sent in
 * PostgreSQL's binary form, which spares both sides quoting and parsing (`array_recv` in its arrayfuncs.c): the number
 * of dimensions, whether there are nulls, the type; the length and lower bound; then of each item its length and bytes.
 */

/** The types' object ids (pg_type.dat). */
const BOOLEAN = 16;
const BYTES = 17;
const INTEGER = 20;
const TEXT = 25;

const HEADER_BYTES = 20;
const NULL_LENGTH = -1;

/** A `text[]`. */
export function textArray(values: readonly (string | undefined)[]): Buffer {
  return encode(
    TEXT,
    values.map((value) => (value === undefined ? undefined : Buffer.from(escaped(value)))),
  );
}

/** An `int8[]`. Throws a RangeError for what is no integer. */
export function integerArray(values: readonly (number | undefined)[]): Buffer {
  return encode(
    INTEGER,
    values.map((value) => (value === undefined ? undefined : integerBytes(value))),
  );
}

/** A `bool[]`. */
export function booleanArray(values: readonly boolean[]): Buffer {
  return encode(
    BOOLEAN,
    values.map((value) => Buffer.of(value ? 1 : 0)),
  );
}

/** A `bytea[]`. */
export function bytesArray(values: readonly Uint8Array[]): Buffer {
  return encode(BYTES, values);
}

function integerBytes(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

function encode(type: number, items: readonly (Uint8Array | undefined)[]): Buffer {
  const size = items.reduce((sum, item) => sum + 4 + (item?.length ?? 0), HEADER_BYTES);
  const buffer = Buffer.allocUnsafe(size);
  const header = [1, items.includes(undefined) ? 1 : 0, type, items.length, 1];
  let at = 0;
  for (const field of header) at = buffer.writeInt32BE(field, at);
  for (const item of items) {
    at = buffer.writeInt32BE(item?.length ?? NULL_LENGTH, at);
    if (item === undefined) continue;
    buffer.set(item, at);
    at += item.length;
  }
  return buffer;
}
