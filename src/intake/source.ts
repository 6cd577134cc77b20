import type { Vendor } from '../cdr/vendor.ts';

/** What a sender has to show. */
export type SourceCredentials =
  { readonly basic: { readonly username: string; readonly password: string } } | { readonly bearer: string };

/** Where CDRs come in: `/cdr/<name>`. */
export interface Source {
  readonly name: string;
  /** Whose CDRs these are; told by each record when `undefined`. */
  readonly vendor?: Vendor | undefined;
  /** None: anybody who can reach the address may send. */
  readonly credentials?: SourceCredentials | undefined;
}

/** The source that `/cdr` alone stands for. */
export const DEFAULT_SOURCE = 'default';
