import { typed, type MappingLine } from './call.ts';
import { fieldOf, type Cdr } from './cdr.ts';
import type { Scope } from './mapping/scope.ts';

/** How often a line of a mapping gave a value. */
export interface LineCount {
  /** The line's place in the mapping, as a JSON Pointer. */
  readonly pointer: string;
  /** CDRs for which it gave a value that its field can hold. */
  readonly given: number;
}

/**
 * Counts for each line of a mapping, on its own, for how many of some CDRs it gives a value. A path with a mistake in it
 * fails silently; here it shows.
 *
 * @param zone IANA name of the zone of times that are written without one.
 */
export function lineCounts(lines: readonly MappingLine[], cdrs: readonly Cdr[], zone?: string): LineCount[] {
  return lines.map(({ pointer, field, evaluate }) => ({
    pointer,
    given: cdrs.filter((cdr) => typed(field, evaluate(scopeOf(cdr, zone))) !== undefined).length,
  }));
}

function scopeOf(cdr: Cdr, zone: string | undefined): Scope {
  return { zone, value: (path) => fieldOf(cdr, path) };
}
