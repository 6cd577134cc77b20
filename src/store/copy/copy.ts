import { nameOfCall } from '../identity.ts';
import { optionalText, type Row } from '../sql/columns.ts';
import { PARTS, type Part } from './parts.ts';
import type { Totals } from './totals.ts';

/** A store that no router uses, as long as it is open here, and that is read as a whole: as of one moment. */
export interface StoreSource {
  /** The rows of a part by its key, in pages that fit into memory whatever is in them. */
  pages(part: Part): AsyncIterable<readonly Row[]>;
  totals(): Promise<Totals>;
  close(): Promise<void>;
}

/** An empty store that no router uses as long as it is open here. All that is written to it is one transaction. */
export interface StoreTarget {
  /** Adds rows that come by the key of their part. */
  write(part: Part, rows: readonly Row[]): Promise<void>;
  /** What there is with what was written. */
  totals(): Promise<Totals>;
  /** Makes durable what was written. */
  commit(): Promise<void>;
  /** Closes it; what was not committed is gone. */
  close(): Promise<void>;
}

/** What both sides hold of one thing. */
export interface Compared {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Thrown when a copy does not hold what the original does; nothing was kept of it then. */
export class UnequalCopyError extends Error {
  constructor(compared: readonly Compared[]) {
    const unequal = compared.filter(({ from, to }) => from !== to);
    const told = unequal.map(({ name, from, to }) => `${name}: ${from} became ${to}`).join(', ');
    super(`the copy is not the same, so nothing was kept of it (${told})`);
    this.name = 'UnequalCopyError';
  }
}

/**
 * Copies everything of one store to another, all or nothing, in memory that does not depend on how much it is.
 *
 * @param onPart told when a part is written.
 * @returns what both sides hold, which is the same.
 * @throws UnequalCopyError when it is not.
 */
export async function copyStore(
  source: StoreSource,
  target: StoreTarget,
  onPart: (part: Part, rows: number) => void,
): Promise<readonly Compared[]> {
  for (const part of PARTS) {
    let written = 0;
    for await (const rows of source.pages(part)) {
      await target.write(part, withShortNames(part, rows));
      written += rows.length;
    }
    onPart(part, written);
  }
  const from = await source.totals();
  const to = await target.totals();
  const compared = [...from].map(([name, count]) => ({ name, from: count, to: to.get(name) ?? 0 }));
  if (compared.some((one) => one.from !== one.to)) throw new UnequalCopyError(compared);
  await target.commit();
  return compared;
}

/** Older versions told calls by texts of any length, which an index of PostgreSQL may not hold. */
function withShortNames({ nameOfCall: column }: Part, rows: readonly Row[]): readonly Row[] {
  if (column === undefined) return rows;
  return rows.map((row) => {
    const name = optionalText(row[column]);
    return name === undefined ? row : { ...row, [column]: nameOfCall(name) };
  });
}

/** @throws Error when a store has a schema that this Hookswitch does not read. */
export function refuseOtherVersion(place: string, version: number, known: number): void {
  if (version > known) {
    throw new Error(
      `${place} has version ${version} and this Hookswitch knows ${known}: use the newer Hookswitch`,
    );
  }
  if (version < known) {
    throw new Error(
      `${place} has version ${version} and this Hookswitch needs ${known}: start this Hookswitch on it once, which brings it up to date`,
    );
  }
}

/** @throws Error when there is anything in a store. */
export function refuseFilled(place: string, totals: Totals): void {
  const found = [...totals].find(([, count]) => count > 0);
  if (found === undefined) return;
  throw new Error(`${place} is not empty (${found[0]}: ${found[1]}); name a store that is`);
}
