import { hash, randomFillSync } from 'node:crypto';
import { encodeTime, monotonicFactory, TIME_MAX } from 'ulid';
import type { NewCdr } from './records.ts';

/** Random numbers from 0 to 1 for `ulid`, whose own source asks the system for each single byte. */
class RandomBytes {
  readonly #bytes = new Uint8Array(4_096);
  #next = this.#bytes.length;

  readonly number = (): number => {
    if (this.#next === this.#bytes.length) {
      randomFillSync(this.#bytes);
      this.#next = 0;
    }
    this.#next += 1;
    return (this.#bytes[this.#next - 1] ?? 0) / 256;
  };
}

const random = new RandomBytes();

/** Makes ULIDs that rise within one millisecond, and hold the right time also after the clock was set back. */
class UlidSequence {
  #next = monotonicFactory(random.number);
  #lastTimeMs = 0;

  at(timeMs: number): string {
    // Also after what is no time at all.
    if (!(timeMs >= this.#lastTimeMs)) this.#next = monotonicFactory(random.number);
    this.#lastTimeMs = timeMs;
    return this.#next(timeMs);
  }
}

const cdrUlids = new UlidSequence();
const deliveryUlids = new UlidSequence();
const runUlids = new UlidSequence();
const legUlids = new UlidSequence();

/** The id of a CDR received at a time. Ids sort by their times; those of one time and process in the order made. */
export function newCdrId(receivedAtMs: number): string {
  return `cdr_${cdrUlids.at(receivedAtMs)}`;
}

/** The id of a delivery created at a time; sorts like the ids of CDRs. */
export function newDeliveryId(createdAtMs: number): string {
  return `dlv_${deliveryUlids.at(createdAtMs)}`;
}

/** The id of a run that begins at a time; sorts like the ids of CDRs. */
export function newRunId(createdAtMs: number): string {
  return `run_${runUlids.at(createdAtMs)}`;
}

/** The id of a leg received at a time; sorts like the ids of CDRs. */
export function newLegId(receivedAtMs: number): string {
  return `leg_${legUlids.at(receivedAtMs)}`;
}

/** Greater than the id of every CDR received before a time, and less than that of every later one. */
export function cdrIdBoundary(atMs: number): string {
  return `cdr_${timePart(atMs)}`;
}

/** Greater than the id of every delivery created before a time, and less than that of every later one. */
export function deliveryIdBoundary(atMs: number): string {
  return `dlv_${timePart(atMs)}`;
}

function timePart(atMs: number): string {
  return encodeTime(Math.min(TIME_MAX, Math.max(0, Math.ceil(atMs))));
}

/** What makes two CDRs, or two legs, the same: 128 bits of a SHA-256 over the source and what it sent, or what stands for that. */
export function fingerprintOf({
  source,
  raw,
  sameness = raw,
}: Pick<NewCdr, 'source' | 'raw' | 'sameness'>): Buffer {
  return hash('sha256', `${source}\0${sameness}`, 'buffer').subarray(0, 16);
}

/** Of longer ones an index of PostgreSQL could not hold a row: 2,704 bytes at most, of which a character takes up to three. */
const LONGEST_NAME = 512;

/**
 * What a call is told by, no longer than a store can look it up: the end of a longer one is a SHA-256 of the whole, so that
 * two of them stay two.
 */
export function nameOfCall(sent: string): string {
  if (sent.length <= LONGEST_NAME) return sent;
  const end = ` sha256:${hash('sha256', sent)}`;
  return `${sent.slice(0, LONGEST_NAME - end.length).toWellFormed()}${end}`;
}
