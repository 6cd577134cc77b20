import { hash } from 'node:crypto';
import { encodeTime, monotonicFactory } from 'ulid';
import type { NewCdr } from './records.ts';

const nextUlid = monotonicFactory();

/** The id of a CDR received at a time. Ids sort by their times, and those made by one process in the order made. */
export function newCdrId(receivedAtMs: number): string {
  return `cdr_${nextUlid(receivedAtMs)}`;
}

/** The id of a delivery made at a time; sorts like the ids of CDRs. */
export function newDeliveryId(atMs: number): string {
  return `dlv_${nextUlid(atMs)}`;
}

/** Greater than the id of every CDR received before a time, and less than that of every later one. */
export function cdrIdBoundary(atMs: number): string {
  return `cdr_${encodeTime(atMs)}`;
}

/** What makes two CDRs the same: 128 bits of a SHA-256 over the source and the bytes it sent. */
export function fingerprintOf(cdr: NewCdr): Buffer {
  return hash('sha256', `${cdr.source}\0${cdr.raw}`, 'buffer').subarray(0, 16);
}
