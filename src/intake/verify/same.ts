import { hash, timingSafeEqual } from 'node:crypto';

/** Compares texts in constant time, whatever their lengths. */
export function isSame(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}
